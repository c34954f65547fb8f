"""The pipeline `features`: the event log to offline tables, the online store and the product snapshot."""

from kfp import dsl

from merx_pipelines.components import features as components


@dsl.pipeline(name="features", description="Makes features of the event log and serves them.")
def features(profile: str = "quick", repository: str = "feature_repo") -> None:
    tables = components.extract()
    cleaned = components.clean(tables=tables.outputs["tables"]).outputs["cleaned"]
    components.feature_tables(cleaned=cleaned, profile=profile, repository=repository)
