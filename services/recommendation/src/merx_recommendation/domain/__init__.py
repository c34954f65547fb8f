"""The rules of a list, as pure functions over arrays and frozen shapes."""

from merx_recommendation.domain.assortment import Assortment
from merx_recommendation.domain.listing import Listing
from merx_recommendation.domain.lists import (
    explore_slots,
    fingerprint,
    pinned_rows,
    place,
    reason_of,
    strategy_of,
    usable,
)
from merx_recommendation.domain.shapes import (
    Attribution,
    Explained,
    Floats,
    Mask,
    Pick,
    Picks,
    Query,
    Ranked,
    Reason,
    Rows,
    Rules,
    Strategy,
)

__all__ = [
    "Assortment",
    "Attribution",
    "Explained",
    "Floats",
    "Listing",
    "Mask",
    "Pick",
    "Picks",
    "Query",
    "Ranked",
    "Reason",
    "Rows",
    "Rules",
    "Strategy",
    "explore_slots",
    "fingerprint",
    "pinned_rows",
    "place",
    "reason_of",
    "strategy_of",
    "usable",
]
