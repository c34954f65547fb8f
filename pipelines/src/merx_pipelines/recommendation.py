"""The pipeline `recommendation`: one graph, run by kfp.local here and compiled to YAML for a cluster."""

from kfp import dsl

from merx_pipelines.components import features as shared
from merx_pipelines.components import recommendation as components
from merx_pipelines.components import registry


@dsl.pipeline(name="recommendation", description="Trains, judges, registers and promotes the recommendation model.")
def recommendation(profile: str = "quick", seed: int = 0) -> None:
    tables = shared.extract()
    cleaned = shared.clean(tables=tables.outputs["tables"]).outputs["cleaned"]
    candidates = components.train_candidates(cleaned=cleaned, profile=profile, seed=seed).outputs["candidates"]
    lists = components.make_lists(cleaned=cleaned, candidates=candidates, profile=profile, seed=seed).outputs["lists"]
    parts = {"cleaned": cleaned, "candidates": candidates, "lists": lists}
    rankers = components.train_ranker(**parts, profile=profile, seed=seed).outputs["rankers"]
    evaluation = components.evaluate(**parts, rankers=rankers, profile=profile).outputs["evaluation"]
    gate = components.gate(evaluation=evaluation)
    with dsl.If(gate.outputs["Output"] == True, name="passed"):  # noqa: E712 - KFP builds the condition of it
        bundles = components.make_bundle(**parts, rankers=rankers, profile=profile, seed=seed).outputs["bundles"]
        registered = components.register(
            cleaned=cleaned,
            rankers=rankers,
            evaluation=evaluation,
            verdict=gate.outputs["verdict"],
            bundles=bundles,
        )
        registry.promote(name="recommendation", version=registered.outputs["Output"])
