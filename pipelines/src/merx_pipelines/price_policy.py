"""The pipeline `price-policy`: the elasticities and forecasts that serve, to the policy that prices, as one book."""

from kfp import dsl
from kfp.dsl import Dataset, Input

from merx_pipelines.components import price_policy as components
from merx_pipelines.components import registry
from merx_pipelines.summing import summed


@dsl.pipeline(name="learn-price-policy")
def learn_price_policy(cleaned: Input[Dataset], sales: Input[Dataset], profile: str, seed: int) -> None:
    book = components.choose_policy(cleaned=cleaned, sales=sales, profile=profile, seed=seed).outputs["book"]
    check = components.judge_policy(book=book)
    with dsl.If(check.outputs["Output"] == True, name="passed"):  # noqa: E712 - KFP builds the condition of it
        registered = components.register_pricing(cleaned=cleaned, sales=sales, book=book, check=check.outputs["check"])
        registry.promote(name="pricing", version=registered.outputs["Output"])


@dsl.pipeline(name="price-policy", description="Chooses, checks, registers and promotes how prices are proposed.")
def price_policy(profile: str = "quick", seed: int = 0) -> None:
    cleaned, sales = summed()
    learn_price_policy(cleaned=cleaned, sales=sales, profile=profile, seed=seed)
