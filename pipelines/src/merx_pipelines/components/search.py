"""Components that make a search index of the event log."""

from kfp import dsl
from kfp.dsl import Artifact, Dataset, Input, Model, Output

from merx_pipelines.components import IMAGE


@dsl.component(base_image=IMAGE, install_kfp_package=False)
def read_catalogue(catalogue: Output[Dataset]) -> int:
    from pathlib import Path

    from merx_pipelines import progress
    from merx_pipelines.steps import index_catalogue

    progress.report("catalogue", "reading the event log")
    return index_catalogue.run(Path(catalogue.path)).products


@dsl.component(base_image=IMAGE, install_kfp_package=False)
def encode_texts(catalogue: Input[Dataset], texts: Output[Dataset], profile: str, seed: int) -> None:
    from functools import partial
    from pathlib import Path

    from merx_pipelines import progress
    from merx_pipelines.steps import index_texts

    say = partial(progress.report, "texts")
    index_texts.run(Path(catalogue.path), Path(texts.path), profile=profile, seed=seed, progress=say)


@dsl.component(base_image=IMAGE, install_kfp_package=False)
def read_pictures(
    catalogue: Input[Dataset], texts: Input[Dataset], pictures: Output[Model], profile: str, drawn: bool, seed: int
) -> int:
    from functools import partial
    from pathlib import Path

    from merx_pipelines import progress
    from merx_pipelines.folders import Folders
    from merx_pipelines.steps import index_pictures

    say = partial(progress.report, "pictures")
    made = Folders(catalogue=Path(catalogue.path), texts=Path(texts.path))
    return index_pictures.run(made, Path(pictures.path), profile=profile, drawn=drawn, seed=seed, progress=say)


@dsl.component(base_image=IMAGE, install_kfp_package=False)
def read_judgements(judgements: Output[Dataset]) -> int:
    from functools import partial
    from pathlib import Path

    from merx_pipelines import progress
    from merx_pipelines.steps import index_judgements

    return index_judgements.run(Path(judgements.path), progress=partial(progress.report, "judgements"))


@dsl.component(base_image=IMAGE, install_kfp_package=False)
def build_index(
    catalogue: Input[Dataset],
    texts: Input[Dataset],
    pictures: Input[Model],
    judgements: Input[Dataset],
    index: Output[Model],
    profile: str,
    seed: int,
) -> None:
    from functools import partial
    from pathlib import Path

    from merx_pipelines import progress
    from merx_pipelines.folders import Folders
    from merx_pipelines.steps import build_index

    say = partial(progress.report, "index")
    made = Folders(
        catalogue=Path(catalogue.path),
        texts=Path(texts.path),
        pictures=Path(pictures.path),
        judgements=Path(judgements.path),
    )
    build_index.run(made, Path(index.path), profile=profile, seed=seed, progress=say)


@dsl.component(base_image=IMAGE, install_kfp_package=False)
def check_index(
    catalogue: Input[Dataset], texts: Input[Dataset], index: Input[Model], check: Output[Artifact], seed: int
) -> bool:
    from pathlib import Path

    from merx_pipelines import progress
    from merx_pipelines.folders import Folders
    from merx_pipelines.steps import check_index

    progress.report("check", "counting and asking")
    made = Folders(catalogue=Path(catalogue.path), texts=Path(texts.path), index=Path(index.path))
    return check_index.run(made, Path(check.path), seed=seed).passed


@dsl.component(base_image=IMAGE, install_kfp_package=False)
def register_index(
    texts: Input[Dataset],
    pictures: Input[Model],
    judgements: Input[Dataset],
    index: Input[Model],
    check: Input[Artifact],
    documents: Output[Artifact],
) -> str:
    from pathlib import Path

    from merx_pipelines import progress
    from merx_pipelines.folders import Folders
    from merx_pipelines.steps import register_index

    progress.report("register")
    made = Folders(
        texts=Path(texts.path),
        pictures=Path(pictures.path),
        judgements=Path(judgements.path),
        index=Path(index.path),
        check=Path(check.path),
    )
    return register_index.run(made, Path(documents.path)).version
