"""The shop's sales as those of peers, and how well peers foretold weeks of what is not among the best sold."""

from typing import TYPE_CHECKING

import numpy as np

from merx_models.demand.peer_counts import NEVER, NEW, PeerSales
from merx_models.demand.peers import CATEGORY, SELDOM, PeerDemand
from merx_models.demand.quantiles import LEVELS, pinball
from merx_models.demand.sales import Doubles, Flags
from merx_pipelines.held_out import AVERAGE, AVERAGED, MERX, NOTHING, PeerScore

if TYPE_CHECKING:
    import pandas as pd


def peer_sales(sales: "pd.DataFrame", days: "pd.DataFrame", on_offer: "pd.Series[str]") -> PeerSales:
    """Of weekly and daily sales, and the category of every product on offer."""
    import pandas as pd

    keys = ["product_id", "channel"]
    series = sales.drop_duplicates(keys)
    place = pd.MultiIndex.from_frame(series[keys]).get_indexer(pd.MultiIndex.from_frame(days[keys]))
    return PeerSales(
        product=series["product_id"].to_numpy(str),
        channel=series["channel"].to_numpy(str),
        category=series["category"].to_numpy(str),
        series=place.astype(np.int64),
        day=days["day"].to_numpy(np.int64),
        units=days["units"].to_numpy(np.float64),
        listed={str(name): int(count) for name, count in on_offer.value_counts().items()},
    )


def scored(sales: PeerSales, peers: PeerDemand, seldom: Flags, *, known: int) -> dict[str, PeerScore]:
    """Of `peers` as they were after the first `known` weeks, in the weeks that followed, by what they go by: of the
    `seldom` series [n] those that had sold, and all that first sold in those weeks, in the weeks after their first."""
    weeks = np.zeros((len(sales.product), known + peers.weeks))
    np.add.at(weeks, (sales.series, sales.day // 7), sales.units)
    kind = sales.classes(known - 1)
    sold = np.flatnonzero(seldom & (kind != NEVER))
    series, ahead = np.repeat(sold, peers.weeks), np.tile(np.arange(known, weeks.shape[1]), len(sold))
    came = np.flatnonzero(sales.first_week >= known)
    new, late = np.nonzero(np.arange(weeks.shape[1]) > sales.first_week[came, None])
    quantiles, point = peers.told(sales, kind, "week")
    young, mean = peers.told(sales, np.full(len(kind), NEW), "week")
    average = weeks[:, known - AVERAGED : known].mean(axis=1)
    found = {
        SELDOM: _score(quantiles[series], point[series], weeks[series, ahead], average[series]),
        CATEGORY: _score(young[came[new]], mean[came[new]], weeks[came[new], late], average[came[new]]),
    }
    return {name: score for name, score in found.items() if score.weeks}


def _score(quantiles: Doubles, point: Doubles, actual: Doubles, average: Doubles) -> PeerScore:
    """Of n weeks of series: quantiles [n, 9], means, what was sold and what a moving average says [n]."""
    if not len(actual):
        return PeerScore(weeks=0, pinball={}, exceeded=0.0, forecast=0.0, sold=0.0)
    said = {MERX: quantiles, AVERAGE: _alone(average), NOTHING: _alone(np.zeros(len(actual)))}
    return PeerScore(
        weeks=len(actual),
        pinball={name: float(pinball(each, actual).mean()) for name, each in said.items()},
        exceeded=float((actual > quantiles[:, -1]).mean()),
        forecast=float(point.sum()),
        sold=float(actual.sum()),
    )


def _alone(point: Doubles) -> Doubles:
    """One number [n] at every level."""
    return np.repeat(point[:, None], len(LEVELS), axis=1)
