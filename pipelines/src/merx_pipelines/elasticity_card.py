"""The card of a set of elasticities: what they were made from and what was checked, in one page."""

from merx_models.elasticity import Elasticities
from merx_pipelines.steps.judge_elasticity import MOST_WRONG, ElasticityVerdict
from merx_pipelines.weekly_sales import About

CARD = """# Model card: elasticity

**What it does.** Says by how many per cent the units sold of a product change where its price rises by 1 %, with a 95 %
interval; for a product without a history of its own, what is to be expected in its category.

**Made from.** {rows:,} rows of weekly sales in {currency}, {weeks} weeks up to {end}; dropped: {dropped}. Profile
`{profile}`.

**Method.** Double machine learning, cross-fitted over time (Chernozhukov et al. 2018): of price and units what season,
trend and the week before foretell is taken away, and the elasticity is read from what is left. Products lean on their
category the more, the less their own prices tell (empirical Bayes).

| | |
|---|---|
| products | {products:,} |
| with an estimate of their own | {estimated:,} |
| without one, by reason | {without} |
| estimates above zero, before they lean on their category | {wrong:,} |
| served above zero | {served:,} (at most {most:.0%} is asked) |

| check | measured | at most | estimates |
|---|---|---|---|
{checks}

**Limits.** Promotions that were not recorded apart from the price count as the price's doing. A product that is sold in
few weeks takes its category's elasticity, since the weeks in which nothing was sold are another matter than how much is
sold when something is. Prices far from those ever asked are guesses.
"""


def elasticity_card(fitted: Elasticities, verdict: ElasticityVerdict, about: About, *, profile: str) -> str:
    """Markdown."""
    without = fitted.report["without"]
    checks = [
        f"| {check.name} | {check.value:.3f} | {check.limit:.3f} | {check.cells} |" for check in fitted.refutations
    ]
    return CARD.format(
        rows=about.rows,
        currency=about.currency,
        weeks=about.weeks,
        end=about.end[:10],
        dropped=_counts(about.dropped),
        profile=profile,
        products=verdict.products,
        estimated=verdict.estimated,
        without=_counts(without if isinstance(without, dict) else {}),
        wrong=verdict.wrong_sign,
        served=verdict.wrong_sign_served,
        most=MOST_WRONG,
        checks="\n".join(checks) or "| none could be made | | | |",
    )


def _counts(by_reason: dict[str, int]) -> str:
    return ", ".join(f"{count:,} {reason}" for reason, count in by_reason.items() if count) or "none"
