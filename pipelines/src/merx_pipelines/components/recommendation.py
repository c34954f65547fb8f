"""Components that make a recommendation model of cleaned tables."""

from kfp import dsl
from kfp.dsl import Artifact, Dataset, Input, Model, Output

from merx_pipelines.components import IMAGE


@dsl.component(base_image=IMAGE, install_kfp_package=False)
def train_candidates(cleaned: Input[Dataset], candidates: Output[Model], profile: str, seed: int) -> None:
    from functools import partial
    from pathlib import Path

    from merx_pipelines import progress
    from merx_pipelines.steps import train_candidates

    say = partial(progress.report, "train candidates")
    train_candidates.run(Path(cleaned.path), Path(candidates.path), profile=profile, seed=seed, progress=say)


@dsl.component(base_image=IMAGE, install_kfp_package=False)
def make_lists(
    cleaned: Input[Dataset], candidates: Input[Model], lists: Output[Dataset], profile: str, seed: int
) -> None:
    from functools import partial
    from pathlib import Path

    from merx_pipelines import progress
    from merx_pipelines.folders import Folders
    from merx_pipelines.steps import ranking_lists

    say = partial(progress.report, "lists")
    made = Folders(clean=Path(cleaned.path), candidates=Path(candidates.path))
    ranking_lists.run(made, Path(lists.path), profile=profile, seed=seed, progress=say)


@dsl.component(base_image=IMAGE, install_kfp_package=False)
def train_ranker(
    cleaned: Input[Dataset],
    candidates: Input[Model],
    lists: Input[Dataset],
    rankers: Output[Model],
    profile: str,
    seed: int,
) -> str:
    from functools import partial
    from pathlib import Path

    from merx_pipelines import progress
    from merx_pipelines.folders import Folders
    from merx_pipelines.steps import train_ranker

    say = partial(progress.report, "train ranker")
    made = Folders(clean=Path(cleaned.path), candidates=Path(candidates.path), lists=Path(lists.path))
    return train_ranker.run(made, Path(rankers.path), profile=profile, seed=seed, progress=say)


@dsl.component(base_image=IMAGE, install_kfp_package=False)
def evaluate(
    cleaned: Input[Dataset],
    candidates: Input[Model],
    lists: Input[Dataset],
    rankers: Input[Model],
    evaluation: Output[Artifact],
    profile: str,
) -> float:
    from functools import partial
    from pathlib import Path

    from merx_pipelines import progress
    from merx_pipelines.folders import Folders
    from merx_pipelines.steps import champion, evaluate

    say = partial(progress.report, "evaluate")
    say("champion")
    best = champion.run(Path(cleaned.path), Path(lists.path), Path(evaluation.path), profile=profile)
    paths = {"clean": cleaned, "candidates": candidates, "lists": lists, "rankers": rankers}
    made = Folders(**{name: Path(each.path) for name, each in paths.items()})
    found = evaluate.run(made, Path(evaluation.path), profile=profile, champion=best.lists or None, progress=say)
    return found.systems["merx"].ndcg.mean


@dsl.component(base_image=IMAGE, install_kfp_package=False)
def gate(evaluation: Input[Artifact], verdict: Output[Artifact]) -> bool:
    from pathlib import Path

    from merx_pipelines import progress
    from merx_pipelines.steps import gate

    found = gate.run(Path(evaluation.path), Path(verdict.path))
    progress.report("gate", "passed" if found.passed else "; ".join(found.reasons))
    return found.passed


@dsl.component(base_image=IMAGE, install_kfp_package=False)
def make_bundle(
    cleaned: Input[Dataset],
    candidates: Input[Model],
    lists: Input[Dataset],
    rankers: Input[Model],
    bundles: Output[Model],
    profile: str,
    seed: int,
) -> None:
    from functools import partial
    from pathlib import Path

    from merx_pipelines import progress
    from merx_pipelines.folders import Folders
    from merx_pipelines.steps import bundle

    say = partial(progress.report, "bundle")
    paths = {"clean": cleaned, "candidates": candidates, "lists": lists, "rankers": rankers}
    made = Folders(**{name: Path(each.path) for name, each in paths.items()})
    bundle.run(made, Path(bundles.path), profile=profile, seed=seed, progress=say)


@dsl.component(base_image=IMAGE, install_kfp_package=False)
def register(
    cleaned: Input[Dataset],
    rankers: Input[Model],
    evaluation: Input[Artifact],
    verdict: Input[Artifact],
    bundles: Input[Model],
    registered: Output[Artifact],
) -> str:
    from pathlib import Path

    from merx_pipelines import progress
    from merx_pipelines.folders import Folders
    from merx_pipelines.steps import register

    progress.report("register", "MLflow")
    paths = {"clean": cleaned, "rankers": rankers, "evaluation": evaluation, "gate": verdict, "bundles": bundles}
    made = Folders(**{name: Path(each.path) for name, each in paths.items()})
    return register.run(made, Path(registered.path)).version
