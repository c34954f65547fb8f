"""From lists that were shown, and what shoppers did then, to grades of products for queries.

Clicks are biased by position: a product far down is looked at less. A list is read from its top, and place p (from 0)
is looked at with a chance of (1 / (1 + p)) ** bias; a click there counts as often as that chance is small (inverse
propensity weighting, Joachims, Swaminathan & Schnabel 2017), at most MOST_WEIGHT times, so that no single click far
down outweighs a page of them (clipping, Strehl et al. 2010). Without a click a product is known to have been seen only
above the lowest click of its list (Joachims et al. 2005): there it was not wanted, below nothing is known of it.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from merx_pipelines.indexing.judgements import BEST, UNSEEN

MINUTE_US = 60 * 1_000_000
WITHIN_US = {1: 30 * MINUTE_US, 2: 30 * MINUTE_US, 3: 24 * 60 * MINUTE_US}
"""How long after a list a view, a cart and a purchase of what it showed count as its doing, by grade."""
MOST_WEIGHT = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """`bias` 0: every place is looked at alike. Queries of fewer than `fewest_shoppers` who wanted something are left
    out, and so are the words that only they typed."""

    bias: float = 0.5
    fewest_shoppers: int = 3


def judge(shown: pd.DataFrame, acts: pd.DataFrame, rules: Rules) -> pd.DataFrame:
    """(query, product, grade, shoppers), one row a pair; `shoppers` is how many wanted something of the query's lists.

    Each shopper has one voice for a query and a product, however often they asked or clicked. A product's worth is what
    its clicks weigh, by grade, for each shopper that it was shown to; as if all of the query's had been shown it once
    more and not wanted it, for one click of the only one proves little. Grades are relative to the query's best
    product, which has BEST. `shown` and `acts` are `merx_pipelines.indexing.behaviour`'s.
    """
    voices = _voices(shown, _wanted(shown, acts))
    clicked = voices[voices["grade"] > 0]
    shoppers = clicked.groupby("query")["shopper"].nunique()
    enough = shoppers[shoppers >= rules.fewest_shoppers]
    pairs = _pairs(voices[voices["query"].isin(enough.index)], rules)
    pairs["shoppers"] = pairs["query"].map(enough).astype(np.int64)
    worth = pairs["gain"] / (pairs["looks"] + pairs["shoppers"])
    best = worth.groupby(pairs["query"]).transform("max")
    grades = np.floor(BEST * worth / best + 0.5).astype(np.int64)
    pairs["grade"] = grades.where(pairs["seen"], UNSEEN)
    return pairs[["query", "product", "grade", "shoppers"]]


def propensity_weight(positions: "pd.Series[int]", bias: float) -> "pd.Series[float]":
    """How often a click at each place counts."""
    return ((1.0 + positions) ** bias).clip(upper=MOST_WEIGHT)


def _wanted(shown: pd.DataFrame, acts: pd.DataFrame) -> pd.DataFrame:
    """(shopper, query, product, position, grade) of every act, with the last list before it that showed the product to
    this shopper, where that was recent enough."""
    lists = shown.sort_values("time_us", kind="stable")
    joined = [
        pd.merge_asof(
            acts[acts["grade"] == grade].sort_values("time_us", kind="stable"),
            lists,
            on="time_us",
            by=["shopper", "product"],
            tolerance=within,
        ).dropna()
        for grade, within in WITHIN_US.items()
    ]
    return pd.concat(joined, ignore_index=True).astype(np.int64)


def _voices(shown: pd.DataFrame, wanted: pd.DataFrame) -> pd.DataFrame:
    """(shopper, query, product, position, grade, seen) of lists in which the shopper wanted something; one row a
    product, at the best place that it was shown at, or clicked at."""
    by = ["shopper", "query", "product"]
    many = int(max(shown["query"].max(), 0)) + 1 if len(shown) else 1
    of_wanted = np.unique(wanted["shopper"].to_numpy() * many + wanted["query"].to_numpy())
    lists = shown[np.isin(shown["shopper"].to_numpy() * many + shown["query"].to_numpy(), of_wanted)]
    looks = lists.groupby(by)[["position"]].min()
    clicks = wanted.groupby(by).agg(grade=("grade", "max"), clicked=("position", "min"))
    voices = looks.join(clicks)
    voices["position"] = voices["clicked"].fillna(voices["position"]).astype(np.int64)
    voices["grade"] = voices["grade"].fillna(0).astype(np.int64)
    lowest = voices["clicked"].groupby(level=["shopper", "query"]).transform("max")
    voices["seen"] = (voices["grade"] > 0) | (voices["position"] < lowest)
    return voices.drop(columns="clicked").reset_index()


def _pairs(voices: pd.DataFrame, rules: Rules) -> pd.DataFrame:
    """(query, product, gain, looks, seen): what its clicks weigh, and how many shoppers it was shown to."""
    gains = voices["grade"] * propensity_weight(voices["position"], rules.bias)
    by = voices.assign(gain=gains).groupby(["query", "product"])
    return by.agg(gain=("gain", "sum"), looks=("gain", "size"), seen=("seen", "any")).reset_index()
