"""The card of a price book: what it was made of, how its policy was chosen, and what it cannot do."""

from merx_models.pricing.book import PriceBook
from merx_pipelines.price_choice import Told, Trials
from merx_pipelines.price_trials import COST_SHARE, FIXED, REGIMES, RULE, WEEKS, WORLDS
from merx_pipelines.steps.judge_policy import TOLERANCE, PolicyVerdict

CARD = """# Model card: pricing

**What it does.** Proposes prices for the products whose demand it knows, one price for everyone; guard-rails have the
last word. It serves the policy `{policy}`, {products:,} demand curves, the elasticities and the forecasts that they
were made of, as one version.

**Made of.** {parts}; purchases up to {end}, amounts in {currency}. Profile `{profile}`, seed {seed}. A curve is a
product's forecast, taken for what the mix of its last prices sells, and its elasticity (its own, or its category's).
What is not known of both is kept as a normal distribution, and policies are asked with {draws} draws of it, bent as
{families}.

**How the policy was chosen.** {tried} products, from the best sold to the least, in {seasons:,} seasons of {weeks}
weeks ({regimes}), each in {worlds} worlds in which demand bends otherwise than it was fitted
({world_names}).
All policies met the same luck under the same guard-rails. Chosen is the one whose profit over the fixed rule has the
best lower 95 % bound in the world that suits it least. Costs are known of {costs_known} of these products; of the
others a unit is taken to cost {cost_share:.0%} of its price.

| policy | profit over the fixed rule | 95 % | over the elasticity rule | 95 % | in its worst world at least | revenue |
|---|---|---|---|---|---|---|
{policies}

Profits are shares of the fixed rule's. It is registered where the lower bound lies at most {tolerance:.0%} below the
elasticity rule, and no guard-rail was broken: {broken} of {prices:,} prices were.

**Limits.** A simulation says how policies compare where demand is like what was fitted, or bent as above; not what the
shop will earn: an experiment says that. A product without a forecast keeps its price. Demand is looked at product by
product: what a lower price takes away from substitutes is not counted. Costs that are not known are a guess, and the
profits that rest on them too.
"""


def pricing_card(book: PriceBook, trials: Trials, verdict: PolicyVerdict, *, profile: str, seed: int) -> str:
    """Markdown."""
    order = sorted(trials.policies.items(), key=lambda item: -item[1].worst)
    return CARD.format(
        policy=trials.chosen,
        products=verdict.products,
        parts=", ".join(f"{name} {version}" for name, version in book.terms.parts.items()),
        end=book.terms.window_end[:10],
        currency=book.terms.currency,
        profile=profile,
        seed=seed,
        draws=book.policy.draws,
        families=" and ".join(book.policy.families),
        tried=trials.products,
        seasons=trials.seasons,
        weeks=WEEKS,
        regimes=", ".join(f"{name}: stock for {factor * WEEKS:.0f} weeks" for name, (factor, _) in REGIMES.items()),
        worlds=len(WORLDS),
        world_names=", ".join(WORLDS),
        costs_known=trials.costs_known,
        cost_share=COST_SHARE,
        policies="\n".join(_row(name, told) for name, told in order),
        tolerance=TOLERANCE,
        broken=verdict.broken,
        prices=verdict.prices,
    )


def _row(name: str, told: Told) -> str:
    fixed, rule = (_share(name, told.over_fixed, FIXED), _share(name, told.over_rule, RULE))
    return f"| {name} | {fixed} | {rule} | {told.worst:+.1%} | {told.revenue:+.1%} |"


def _share(name: str, values: tuple[float, float, float], itself: str) -> str:
    return " | " if name == itself else f"{values[0]:+.1%} | {values[1]:+.1%} to {values[2]:+.1%}"
