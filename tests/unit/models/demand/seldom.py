"""Products that sell seldom, for the tests of what is said of them."""

from datetime import datetime
from functools import cache

import numpy as np

from merx_models.demand.peer_counts import PeerSales
from merx_models.demand.peers import PeerDemand


@cache
def made_peers(start: datetime) -> PeerDemand:
    """Of forty products in the web that sell one a week or so, and were on offer with forty that never sold."""
    rng = np.random.default_rng(0)
    units = rng.poisson(1.0 / 7.0, (40, 7 * 30))
    units[:, 0] = 1
    series, day = np.nonzero(units)
    sales = PeerSales(
        product=np.array([f"seldom{number}" for number in range(len(units))]),
        channel=np.repeat("web", len(units)),
        category=np.repeat("c0", len(units)),
        series=series.astype(np.int64),
        day=day.astype(np.int64),
        units=units[series, day].astype(np.float64),
        listed={"c0": 2 * len(units)},
    )
    return PeerDemand.fit(sales, 29, weeks=6, start=start)
