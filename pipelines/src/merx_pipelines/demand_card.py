"""The card of a demand model: what it was made from, and how far it was off in weeks that it had not seen."""

from collections import Counter

from merx_models.demand.forecast_table import ForecastTable
from merx_models.demand.peers import CATEGORY, SELDOM
from merx_pipelines.held_out import AVERAGE, AVERAGED, LAST_YEAR, LEAST_UNITS, MERX, NOTHING, HeldOut, Score
from merx_pipelines.steps.fit_demand import HORIZON
from merx_pipelines.steps.judge_demand import MOST_ERROR, DemandVerdict
from merx_pipelines.weekly_sales import About

PEERS_OF = {SELDOM: "past the best sold", CATEGORY: "that first sold in them"}
CARD = """# Model card: demand

**What it does.** Says how many units of a product a channel will sell in each of the next {horizon} weeks: nine
quantiles, from the one that sales exceed in nine weeks of ten to the one that they exceed in one, and a mean.

**Made from.** {rows:,} rows of weekly sales, {weeks} weeks up to {end}; forecast are {series:,} series (product and
channel), the best sold. Profile `{profile}`. Served by: {members}.

**Held out.** Without the last {held} weeks, which were then forecast from the week before them; of what sold at least
{least:g} unit a week until then. Error is the absolute error over the units sold (of the median), pinball loss the mean
over nine quantiles in units. A forecast is registered where its error is at most {most} times that of the better naive
method: seasonal naive is the week a year before, or the last known one where a year ago is not; the moving average is
of {averaged} weeks.

| family | series | units | error | seasonal naive | moving average | in the 80 % interval |
|---|---|---|---|---|---|---|
{scores}

Pinball loss over all: {pinball:.2f}; of the naive methods, which say one number: {naive_pinball}.

**By day.** {daily}

**Told.** {inputs}

**All other products.** Those past the best sold are expected to sell what products of their category and channel sold
that had sold about as often before; those that never sold, what such products of their category sold; those that the
catalogue did not have yet, what new ones sold after their first week. {peers}

**Limits.** Prices to come are taken to stay as they are. A product that left the shop is seen as one that sells ever
less. Where a shelf was empty for a day or more, the week is learned from as one in which at least so much was wanted;
peers count what was sold.
"""


def demand_card(told: HeldOut, verdict: DemandVerdict, forecasts: ForecastTable, about: About, *, profile: str) -> str:
    """Markdown."""
    served = Counter(forecasts.members[place] for place in forecasts.member.tolist())
    largest = sorted(told.families.items(), key=lambda item: -item[1].units)
    return CARD.format(
        horizon=HORIZON,
        rows=about.rows,
        weeks=about.weeks,
        end=about.end[:10],
        series=verdict.series,
        profile=profile,
        members=", ".join(f"{name} ({count:,} series)" for name, count in served.most_common()),
        held=told.weeks,
        least=LEAST_UNITS,
        most=MOST_ERROR,
        averaged=AVERAGED,
        scores="\n".join(_row(name, score) for name, score in [("**all**", told.whole), *largest]),
        pinball=told.whole.pinball[MERX],
        daily=_daily(told),
        inputs=_inputs(told),
        peers=_peers(told),
        naive_pinball=", ".join(f"{name} {told.whole.pinball[name]:.2f}" for name in (LAST_YEAR, AVERAGE)),
    )


def _daily(told: HeldOut) -> str:
    if told.daily is None:
        return "Not forecast."
    score = told.daily
    losses = ", ".join(f"{name} {score.pinball[name]:.3f} (error {score.error[name]:.3f})" for name in score.pinball)
    return (
        f"The {score.chosen} serves: on the {score.days} held-out days, all series, the pinball losses were {losses}; "
        f"its 80 % intervals held {score.covered:.1%} (counts are whole: an interval may hold more than it says)."
    )


def _inputs(told: HeldOut) -> str:
    if not told.inputs:
        return "Sales alone: what was asked, by the shop and by others, hardly changed, or is not known."
    losses = ", ".join(f"{name} {loss:.3f}" for name, loss in told.inputs.items())
    return f"Of forecasters that had not seen the weeks before the held-out ones, the pinball losses were: {losses}."


def _peers(told: HeldOut) -> str:
    return " ".join(
        f"In {score.weeks:,} held-out weeks of series {PEERS_OF[name]} the pinball loss was {score.pinball[MERX]:.4f} "
        f"(moving average {score.pinball[AVERAGE]:.4f}, nothing {score.pinball[NOTHING]:.4f}); {score.forecast:,.0f} "
        f"units were expected, {score.sold:,.0f} sold, and {score.exceeded:.1%} of weeks exceeded the highest quantile."
        for name, score in told.peers.items()
    )


def _row(name: str, score: Score) -> str:
    errors = " | ".join(f"{score.error[method]:.3f}" for method in (MERX, LAST_YEAR, AVERAGE))
    return f"| {name} | {score.series:,} | {score.units:,.0f} | {errors} | {score.covered:.1%} |"
