"""Components that forecast demand from weekly sales."""

from kfp import dsl
from kfp.dsl import Artifact, Dataset, Input, Model, Output

from merx_pipelines.components import IMAGE


@dsl.component(base_image=IMAGE, install_kfp_package=False)
def fit_demand(sales: Input[Dataset], model: Output[Model], profile: str, seed: int) -> None:
    from pathlib import Path

    from merx_pipelines import progress
    from merx_pipelines.steps import fit_demand

    progress.report("demand", "learning, and forecasting the weeks that were held out")
    fit_demand.run(Path(sales.path), Path(model.path), profile=profile, seed=seed)


@dsl.component(base_image=IMAGE, install_kfp_package=False)
def judge_demand(model: Input[Model], check: Output[Artifact]) -> bool:
    from pathlib import Path

    from merx_pipelines import progress
    from merx_pipelines.steps import judge_demand

    progress.report("check")
    return judge_demand.run(Path(model.path), Path(check.path)).passed


@dsl.component(base_image=IMAGE, install_kfp_package=False)
def register_demand(
    sales: Input[Dataset], model: Input[Model], check: Input[Artifact], documents: Output[Artifact]
) -> str:
    from pathlib import Path

    from merx_pipelines import progress
    from merx_pipelines.folders import Folders
    from merx_pipelines.steps import register_demand

    progress.report("register")
    made = Folders(sales=Path(sales.path), model=Path(model.path), check=Path(check.path))
    return register_demand.run(made, Path(documents.path)).version
