"""The pipeline `elasticity`: purchases to elasticities by product and category, checked, registered, promoted."""

from kfp import dsl

from merx_pipelines.components import elasticity as components
from merx_pipelines.components import features as shared
from merx_pipelines.components import registry


@dsl.pipeline(name="elasticity", description="Fits, checks, registers and promotes price elasticities.")
def elasticity(profile: str = "quick", seed: int = 0) -> None:
    tables = shared.extract()
    cleaned = shared.clean(tables=tables.outputs["tables"]).outputs["cleaned"]
    sales = components.sum_sales(cleaned=cleaned).outputs["sales"]
    model = components.fit_elasticity(sales=sales, profile=profile, seed=seed).outputs["model"]
    check = components.judge_elasticity(model=model)
    with dsl.If(check.outputs["Output"] == True, name="passed"):  # noqa: E712 - KFP builds the condition of it
        registered = components.register_elasticity(sales=sales, model=model, check=check.outputs["check"])
        registry.promote(name="elasticity", version=registered.outputs["Output"])
