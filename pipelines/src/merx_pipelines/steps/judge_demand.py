"""May forecasts be registered: they must be no worse than what anyone would guess, and be quantiles at all."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from merx_models.demand.forecast_table import ForecastTable
from merx_models.demand.peers import SELDOM
from merx_pipelines.held_out import MERX, HeldOut
from merx_pipelines.steps.fit_demand import DAILY, FORECAST
from merx_pipelines.verdicts import Verdict

VERDICT = "demand_check.json"
MOST_ERROR = 1.02
"""Times the best naive method's error in the held-out weeks: what a handful of products may be off by chance."""


@dataclass(frozen=True)
class DemandVerdict(Verdict):
    """Errors are those of the held-out weeks over all series: absolute, over the units sold."""

    series: int
    error: float
    naive: str
    naive_error: float
    covered: float

    file = VERDICT


def judge(told: HeldOut, forecasts: ForecastTable, days: ForecastTable) -> DemandVerdict:
    score = told.whole
    error, naive = score.error[MERX], score.error[score.best_naive]
    reasons = []
    if error > MOST_ERROR * naive:
        reasons.append(
            f"the error in the last {told.weeks} weeks is {error:.3f} of the units, that of the {score.best_naive} "
            f"{naive:.3f}; at most {MOST_ERROR} times that is asked"
        )
    others = told.peers.get(SELDOM)
    if others is not None and others.pinball[MERX] > MOST_ERROR * others.pinball[others.best_naive]:
        reasons.append(
            f"the loss of products past the best sold is {others.pinball[MERX]:.4f}, that of {others.best_naive} "
            f"{others.pinball[others.best_naive]:.4f}; at most {MOST_ERROR} times that is asked"
        )
    for table in (forecasts, days):
        if (np.diff(table.quantiles, axis=2) < 0).any():
            reasons.append(f"quantiles cross ({table.period})")
        if (table.quantiles < 0).any() or (table.point < 0).any():
            reasons.append(f"demand below zero is forecast ({table.period})")
    return DemandVerdict(len(forecasts), error, score.best_naive, naive, score.covered, reasons=tuple(reasons))


def run(model: Path, out: Path) -> DemandVerdict:
    """Reads what `fit_demand` wrote, as finite as a ForecastTable must be; writes demand_check.json into `out`."""
    verdict = judge(HeldOut.read(model), *(ForecastTable.load(model / name) for name in (FORECAST, DAILY)))
    verdict.write(out)
    return verdict
