"""Components that choose how prices are proposed."""

from kfp import dsl
from kfp.dsl import Artifact, Dataset, Input, Model, Output

from merx_pipelines.components import IMAGE


@dsl.component(base_image=IMAGE, install_kfp_package=False)
def choose_policy(cleaned: Input[Dataset], sales: Input[Dataset], book: Output[Model], profile: str, seed: int) -> str:
    from pathlib import Path

    from merx_pipelines import progress
    from merx_pipelines.folders import Folders
    from merx_pipelines.steps import choose_policy

    progress.report("policy", "learning, and trying every policy in the same seasons")
    made = Folders(clean=Path(cleaned.path), sales=Path(sales.path))
    return choose_policy.run(made, Path(book.path), profile=profile, seed=seed).chosen


@dsl.component(base_image=IMAGE, install_kfp_package=False)
def judge_policy(book: Input[Model], check: Output[Artifact]) -> bool:
    from pathlib import Path

    from merx_pipelines import progress
    from merx_pipelines.steps import judge_policy

    progress.report("check", "loading the price book and asking it")
    return judge_policy.run(Path(book.path), Path(check.path)).passed


@dsl.component(base_image=IMAGE, install_kfp_package=False)
def register_pricing(
    cleaned: Input[Dataset],
    sales: Input[Dataset],
    book: Input[Model],
    check: Input[Artifact],
    documents: Output[Artifact],
) -> str:
    from pathlib import Path

    from merx_pipelines import progress
    from merx_pipelines.folders import Folders
    from merx_pipelines.steps import register_pricing

    progress.report("register", "card, pictures and the page of prices")
    made = Folders(clean=Path(cleaned.path), sales=Path(sales.path), model=Path(book.path), check=Path(check.path))
    return register_pricing.run(made, Path(documents.path)).version
