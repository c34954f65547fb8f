"""Components that learn price elasticities from purchases."""

from kfp import dsl
from kfp.dsl import Artifact, Dataset, Input, Model, Output

from merx_pipelines.components import IMAGE


@dsl.component(base_image=IMAGE, install_kfp_package=False)
def sum_sales(cleaned: Input[Dataset], sales: Output[Dataset]) -> int:
    from pathlib import Path

    from merx_pipelines import progress
    from merx_pipelines.steps import weekly_sales

    progress.report("sales", "week by week")
    return weekly_sales.run(Path(cleaned.path), Path(sales.path)).rows


@dsl.component(base_image=IMAGE, install_kfp_package=False)
def fit_elasticity(sales: Input[Dataset], model: Output[Model], profile: str, seed: int) -> None:
    from pathlib import Path

    from merx_pipelines import progress
    from merx_pipelines.steps import fit_elasticity

    progress.report("elasticity", "fitting and checking")
    fit_elasticity.run(Path(sales.path), Path(model.path), profile=profile, seed=seed)


@dsl.component(base_image=IMAGE, install_kfp_package=False)
def judge_elasticity(model: Input[Model], check: Output[Artifact]) -> bool:
    from pathlib import Path

    from merx_pipelines import progress
    from merx_pipelines.steps import judge_elasticity

    progress.report("check")
    return judge_elasticity.run(Path(model.path), Path(check.path)).passed


@dsl.component(base_image=IMAGE, install_kfp_package=False)
def register_elasticity(
    sales: Input[Dataset], model: Input[Model], check: Input[Artifact], documents: Output[Artifact]
) -> str:
    from pathlib import Path

    from merx_pipelines import progress
    from merx_pipelines.folders import Folders
    from merx_pipelines.steps import register_elasticity

    progress.report("register")
    made = Folders(sales=Path(sales.path), model=Path(model.path), check=Path(check.path))
    return register_elasticity.run(made, Path(documents.path)).version
