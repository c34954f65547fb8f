"""The pipeline `elasticity`: purchases to elasticities by product and category, checked, registered, promoted."""

from kfp import dsl
from kfp.dsl import Dataset, Input

from merx_pipelines.components import elasticity as components
from merx_pipelines.components import registry
from merx_pipelines.summing import summed


@dsl.pipeline(name="learn-elasticity")
def learn_elasticity(sales: Input[Dataset], profile: str, seed: int) -> None:
    model = components.fit_elasticity(sales=sales, profile=profile, seed=seed).outputs["model"]
    check = components.judge_elasticity(model=model)
    with dsl.If(check.outputs["Output"] == True, name="passed"):  # noqa: E712 - KFP builds the condition of it
        registered = components.register_elasticity(sales=sales, model=model, check=check.outputs["check"])
        registry.promote(name="elasticity", version=registered.outputs["Output"])


@dsl.pipeline(name="elasticity", description="Fits, checks, registers and promotes price elasticities.")
def elasticity(profile: str = "quick", seed: int = 0) -> None:
    _, sales = summed()
    learn_elasticity(sales=sales, profile=profile, seed=seed)
