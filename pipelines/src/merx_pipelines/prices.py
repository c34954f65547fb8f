"""The pipeline `prices`: elasticities, forecasts and the policy of one reading of the log, as one graph."""

from kfp import dsl

from merx_pipelines.demand import learn_demand
from merx_pipelines.elasticity import learn_elasticity
from merx_pipelines.price_policy import learn_price_policy
from merx_pipelines.summing import summed


@dsl.pipeline(name="prices", description="Learns, checks, registers and promotes all that pricing serves from.")
def prices(profile: str = "quick", seed: int = 0) -> None:
    cleaned, sales = summed()
    elasticities = learn_elasticity(sales=sales, profile=profile, seed=seed)
    forecasts = learn_demand(sales=sales, profile=profile, seed=seed)
    policy = learn_price_policy(cleaned=cleaned, sales=sales, profile=profile, seed=seed)
    policy.after(elasticities, forecasts)
