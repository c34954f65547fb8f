"""How much work a training run does: `quick` for the first start on a laptop, `full` for a night on a server."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, kw_only=True)
class TrainingProfile:
    """`weeks` are the ranker's cut-offs before the held-out week, the last of them for validation.

    At most `max_products` products stand in the index: those sold at least `min_sales` times in the window, best sold
    first, and up to `cold_products` of the others, so that new ones can be shown at all. Of each cut-off at most
    `shoppers` are asked, with `list_size` candidates each, of which the ranker trains on all that were bought and
    `negatives` that were not; `page_share` of the lists are about a product or a cart; neural
    rankers read at most `neural_lists` of them. `history_days` is what
    candidate models learn from, `order_days` what they learn of products that are bought together.
    """

    name: str
    weeks: int = 8
    max_products: int = 30_000
    cold_products: int = 1_000
    min_sales: int = 4
    history_days: float = 365.0
    order_days: float = 120.0
    shoppers: int = 900
    list_size: int = 200
    negatives: int = 60
    page_share: float = 0.25
    trail: int = 200
    sequence_epochs: int = 1
    graph_steps: int = 60
    neural_epochs: int = 2
    neural_lists: int = 1_500
    boosting_rounds: int = 150
    boosting_rate: float = 0.1
    boosting_leaves: int = 15
    rankers: tuple[str, ...] = ("neighbours", "boosting", "din", "wide_deep")
    encoded_texts: int = 1_500
    threads: int = 1


@dataclass(frozen=True, kw_only=True)
class IndexProfile:
    """How much work an index build does.

    `encoded_texts` distinct texts go through the sentence encoder (None: all), the others are placed among them by
    their words. `pictures` products, the best sold, are read by their pictures; the network learns for `cpu_minutes`
    before (0: it stays as its package has it, under a head of closed form). Where `careful`, each is looked at four
    times (whole and nearer, and mirrored), which finds its like more surely.
    """

    name: str
    encoded_texts: int | None = 2_500
    pictures: int = 2_000
    cpu_minutes: float = 0.0
    swatches: int = 30
    careful: bool = False


QUICK_INDEX: Final = IndexProfile(name="quick")
FULL_INDEX: Final = IndexProfile(
    name="full", encoded_texts=None, pictures=1_000_000, cpu_minutes=30.0, swatches=80, careful=True
)
INDEX_PROFILES: Final = {profile.name: profile for profile in (QUICK_INDEX, FULL_INDEX)}


@dataclass(frozen=True, kw_only=True)
class PricingProfile:
    """How much is learned of prices.

    A product sold in fewer than `least_weeks` takes the elasticity of its category. `checked_products` go through the
    refutation checks; of the `crossed_products` best sold it is asked whose prices move each other's sales.

    Of the `forecast_products` best sold demand is forecast, by the best of `forecasters` in each family. Policies are
    tried in seasons of `trial_products`, each drawn `trial_seeds` times in every regime and world; one of them learns
    in `learner_steps` weeks of selling. What is not known of a demand curve is served as `draws` of it.
    """

    name: str
    least_weeks: int = 26
    checked_products: int = 200
    crossed_products: int = 100
    forecast_products: int = 800
    forecasters: tuple[str, ...] = ("boosted", "baselines")
    trial_products: int = 12
    trial_seeds: int = 2
    learner_steps: int = 500
    draws: int = 8


QUICK_PRICING: Final = PricingProfile(name="quick")
FULL_PRICING: Final = PricingProfile(
    name="full",
    least_weeks=16,
    checked_products=2_000,
    crossed_products=3_000,
    forecast_products=10_000,
    forecasters=("boosted", "recurrent", "baselines"),
    trial_products=60,
    trial_seeds=12,
    learner_steps=20_000,
    draws=24,
)
PRICING_PROFILES: Final = {profile.name: profile for profile in (QUICK_PRICING, FULL_PRICING)}

QUICK: Final = TrainingProfile(name="quick")
FULL: Final = TrainingProfile(
    name="full",
    weeks=12,
    max_products=200_000,
    cold_products=20_000,
    min_sales=3,
    shoppers=20_000,
    list_size=300,
    negatives=120,
    sequence_epochs=20,
    graph_steps=1_000,
    neural_epochs=8,
    neural_lists=1_000_000,
    boosting_rounds=1_000,
    boosting_rate=0.03,
    boosting_leaves=31,
    encoded_texts=50_000,
)
PROFILES: Final = {profile.name: profile for profile in (QUICK, FULL)}
