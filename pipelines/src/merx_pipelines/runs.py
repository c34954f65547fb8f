"""The pipelines as one call each, for the command line and for the first start."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from merx_kit.settings import MerxSettings
from merx_pipelines.local_run import RunFailed, run_locally
from merx_pipelines.plan import profile_named

__all__ = [
    "RunFailed",
    "build_index",
    "choose_policy",
    "find_repository",
    "fit_demand",
    "fit_elasticity",
    "make_features",
    "make_prices",
    "train",
    "train_model",
]
REPOSITORY = "feature_repo"
ALREADY = "{} of this log already; the outputs would be mixed"


def train(
    settings: MerxSettings, *, profile: str = "quick", seed: int = 0, featured: Callable[[], None] = lambda: None
) -> bool:
    """Features, then the model; prints how it did. False where the gate refused it. Raises RunFailed, ValueError.
    `featured` is called when the features are there, for what may begin then."""
    from merx_pipelines.plan import profile_named
    from merx_pipelines.retraining import remember_run

    profile_named(profile)  # a name nobody knows is refused before anything is touched
    with _alone(settings, "training", "another training run is at work on this log; its outputs would be mixed"):
        remember_run(settings)
        make_features(settings, profile=profile)
        featured()
        return train_model(settings, profile=profile, seed=seed)


def make_features(settings: MerxSettings, *, profile: str = "quick", repository: Path | None = None) -> Path:
    """The pipeline `features`; returns the folder of its outputs."""
    from merx_pipelines.features import features

    profile_named(profile)
    folder = repository or find_repository(Path.cwd())
    return run_locally(features, settings, profile=profile, repository=str(folder.resolve()))


def train_model(settings: MerxSettings, *, profile: str = "quick", seed: int = 0) -> bool:
    """The pipeline `recommendation`; prints the evaluation. False where the gate refused the model."""
    from merx_pipelines.recommendation import recommendation
    from merx_pipelines.results import print_results

    profile_named(profile)
    return print_results(run_locally(recommendation, settings, profile=profile, seed=seed))


def build_index(settings: MerxSettings, *, profile: str = "quick", drawn: bool | None = None, seed: int = 0) -> bool:
    """The pipeline `search`; prints what was checked. False where the check refused the index. Raises RunFailed,
    ValueError. `drawn`: products that name no picture get one that is drawn by code; None: if they are the demo's."""
    from merx_pipelines.plan import index_profile_named
    from merx_pipelines.results import print_check
    from merx_pipelines.search import search
    from merx_pipelines.sources import holds_demo

    index_profile_named(profile)
    draws = holds_demo(settings) if drawn is None else drawn
    with _alone(settings, "indexing", "another index is being built of this log; their outputs would be mixed"):
        return print_check(run_locally(search, settings, profile=profile, drawn=draws, seed=seed))


def fit_elasticity(settings: MerxSettings, *, profile: str = "quick", seed: int = 0) -> bool:
    """The pipeline `elasticity`; prints what was found. False where its checks refused it. Raises RunFailed,
    ValueError."""
    from merx_pipelines.elasticity import elasticity
    from merx_pipelines.plan import pricing_profile_named
    from merx_pipelines.results import print_elasticities

    pricing_profile_named(profile)
    with _alone(settings, "elasticity", ALREADY.format("elasticities are being learned")):
        return print_elasticities(run_locally(elasticity, settings, profile=profile, seed=seed))


def fit_demand(settings: MerxSettings, *, profile: str = "quick", seed: int = 0) -> bool:
    """The pipeline `demand`; prints how far its forecasts were off. False where the check refused them. Raises
    RunFailed, ValueError."""
    from merx_pipelines.demand import demand
    from merx_pipelines.plan import pricing_profile_named
    from merx_pipelines.results import print_forecasts

    pricing_profile_named(profile)
    with _alone(settings, "demand", ALREADY.format("forecasts are being made")):
        return print_forecasts(run_locally(demand, settings, profile=profile, seed=seed))


def choose_policy(settings: MerxSettings, *, profile: str = "quick", seed: int = 0) -> bool:
    """The pipeline `price-policy`; prints what each policy earned. False where the check refused the chosen one. Raises
    RunFailed, ValueError."""
    from merx_pipelines.plan import pricing_profile_named
    from merx_pipelines.price_policy import price_policy
    from merx_pipelines.results import print_policies

    pricing_profile_named(profile)
    with _alone(settings, "price-policy", ALREADY.format("a price policy is being chosen")):
        return print_policies(run_locally(price_policy, settings, profile=profile, seed=seed))


def make_prices(settings: MerxSettings, *, profile: str = "quick", seed: int = 0) -> bool:
    """The pipeline `prices`: elasticities, forecasts and the policy; prints what each came to. False where a check
    refused any of them; the policy is then chosen with what serves. Raises RunFailed, ValueError."""
    from merx_pipelines.plan import pricing_profile_named
    from merx_pipelines.prices import prices
    from merx_pipelines.results import print_elasticities, print_forecasts, print_policies

    pricing_profile_named(profile)
    with _alone(settings, "price-policy", ALREADY.format("prices are being learned")):
        outputs = run_locally(prices, settings, profile=profile, seed=seed)
    return all([print_elasticities(outputs), print_forecasts(outputs), print_policies(outputs)])


@contextmanager
def _alone(settings: MerxSettings, lock: str, otherwise: str) -> Iterator[None]:
    """No other run that takes this lock on the same log works meanwhile. Raises RunFailed with `otherwise`."""
    from merx_kit.eventlog import EventLog
    from merx_kit.eventlog.locks import only_one

    with EventLog(settings.database_url) as log, only_one(log, lock) as alone:
        if alone is None:
            raise RunFailed(otherwise)
        yield


def find_repository(start: Path) -> Path:
    """The Feast declarations in `start` or a folder above it. Raises ValueError."""
    for folder in (start, *start.parents):
        if (folder / REPOSITORY / "__init__.py").is_file():
            return folder / REPOSITORY
    raise ValueError(f"no folder {REPOSITORY} in {start} or above; name it with --repository")
