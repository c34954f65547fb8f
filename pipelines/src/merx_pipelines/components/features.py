"""Components that bring the event log to the feature store."""

from kfp import dsl
from kfp.dsl import Dataset, Input, Output

from merx_pipelines.components import IMAGE


@dsl.component(base_image=IMAGE, install_kfp_package=False)
def extract(tables: Output[Dataset]) -> int:
    from pathlib import Path

    from merx_pipelines import progress
    from merx_pipelines.steps import extract

    progress.report("extract", "reading the event log")
    return extract.run(Path(tables.path)).interactions


@dsl.component(base_image=IMAGE, install_kfp_package=False)
def clean(tables: Input[Dataset], cleaned: Output[Dataset]) -> int:
    from pathlib import Path

    from merx_pipelines import progress
    from merx_pipelines.steps import clean

    progress.report("clean")
    return clean.run_folder(Path(tables.path), Path(cleaned.path)).rows_out


@dsl.component(base_image=IMAGE, install_kfp_package=False)
def feature_tables(cleaned: Input[Dataset], profile: str, repository: str) -> str:
    from pathlib import Path

    from merx_pipelines import progress
    from merx_pipelines.steps import features

    progress.report("features", "tables at every cut-off, online store and snapshot")
    return features.run(Path(cleaned.path), Path(repository), profile=profile).snapshot
