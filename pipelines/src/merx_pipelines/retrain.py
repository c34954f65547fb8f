"""The pipeline `retrain`: features, then the models, as one graph for a recurring run on a cluster."""

from kfp import dsl

from merx_pipelines.features import features
from merx_pipelines.recommendation import recommendation
from merx_pipelines.search import search


@dsl.pipeline(name="retrain", description="Makes features of what came in, then trains and judges the models.")
def retrain(profile: str = "full", seed: int = 0, repository: str = "feature_repo") -> None:
    served = features(profile=profile, repository=repository)
    recommendation(profile=profile, seed=seed).after(served)
    search(profile=profile, seed=seed).after(served)
