"""The pipeline `demand`: purchases to forecasts by product and channel, checked, registered, promoted."""

from kfp import dsl
from kfp.dsl import Dataset, Input

from merx_pipelines.components import demand as components
from merx_pipelines.components import registry
from merx_pipelines.summing import summed


@dsl.pipeline(name="learn-demand")
def learn_demand(sales: Input[Dataset], profile: str, seed: int) -> None:
    model = components.fit_demand(sales=sales, profile=profile, seed=seed).outputs["model"]
    check = components.judge_demand(model=model)
    with dsl.If(check.outputs["Output"] == True, name="passed"):  # noqa: E712 - KFP builds the condition of it
        registered = components.register_demand(sales=sales, model=model, check=check.outputs["check"])
        registry.promote(name="demand", version=registered.outputs["Output"])


@dsl.pipeline(name="demand", description="Forecasts demand, checks, registers and promotes the forecasts.")
def demand(profile: str = "quick", seed: int = 0) -> None:
    _, sales = summed()
    learn_demand(sales=sales, profile=profile, seed=seed)
