"""The matrix a ranker scores: one row per candidate, RANKING_COLUMNS wide, for one request.

Training calls this function on past requests, serving on the present one. Everything is gathered by integer rows, so
100 candidates cost about as much as one.
"""

from typing import Final

import numpy as np

from merx_core.features.inputs import SECONDS_A_DAY, Floats, Ints, PairInputs, ProductColumns, ProfileFeatures
from merx_core.features.names import (
    CONTEXT_RANKING_COLUMNS,
    PAIR_RANKING_COLUMNS,
    PRODUCT_COLUMNS,
    PRODUCT_RANKING_COLUMNS,
    PROFILE_COLUMNS,
    PROFILE_RANKING_COLUMNS,
    RANKING_COLUMNS,
    SOURCES,
)
from merx_core.features.pairs import context_features, pair_features, price_of

_PROFILE: Final = np.array(
    [
        PROFILE_COLUMNS.index(name)
        for name in (
            "orders_28d",
            "orders_84d",
            "basket_items",
            "basket_spend",
            "days_since_order",
            "order_interval_days",
            "discount_share_84d",
            "price_position_84d",
        )
    ]
)
_PROFILE_LOGS: Final = 6
"""How many of the profile's columns, from the left, are counts, money or days and so enter as logarithms."""
_DAYS_SINCE_ORDER: Final = PROFILE_RANKING_COLUMNS.index("profile_days_since_order")
_PRICE_POSITION: Final = PROFILE_COLUMNS.index("price_position_84d")

_PRODUCT: Final = np.array(
    [
        PRODUCT_COLUMNS.index(name)
        for name in (
            "sales_7d",
            "sales_28d",
            "sales_84d",
            "trend_7d",
            "trend_28d",
            "repeat_rate_84d",
            "leaf_share_84d",
            "usual_price",
            "discount_84d",
            "price_position",
        )
    ]
)
_PRODUCT_LOGS: Final = np.array([0, 1, 2, PRODUCT_RANKING_COLUMNS.index("product_price")])

_PRODUCTS_FROM: Final = len(PROFILE_RANKING_COLUMNS)
_PAIRS_FROM: Final = _PRODUCTS_FROM + len(PRODUCT_RANKING_COLUMNS)
_CONTEXT_FROM: Final = _PAIRS_FROM + len(PAIR_RANKING_COLUMNS)
_SOURCES_FROM: Final = _CONTEXT_FROM + len(CONTEXT_RANKING_COLUMNS)
_WEEKEND: Final = _SOURCES_FROM + len(SOURCES)


def ranking_matrix(
    profile: ProfileFeatures,
    products: ProductColumns,
    rows: Ints,
    *,
    pair: PairInputs,
    source_scores: Floats,
    now: float,
) -> Floats:
    """float32 [n, len(RANKING_COLUMNS)] for the candidates `rows` of `products`; missing is NaN.

    `source_scores` is [n, len(SOURCES)], NaN where a source did not propose the candidate; `now` is epoch seconds.
    """
    matrix = np.empty((rows.shape[0], len(RANKING_COLUMNS)), np.float32)
    matrix[:, :_PRODUCTS_FROM] = profile_columns(profile, pair)
    values = products.values[rows]
    shown = values[:, _PRODUCT]
    shown[:, _PRODUCT_LOGS] = np.log1p(shown[:, _PRODUCT_LOGS])
    matrix[:, _PRODUCTS_FROM:_PAIRS_FROM] = shown
    prices = price_of(values)
    pair_features(products, rows, pair=pair, prices=prices, out=matrix[:, _PAIRS_FROM:_CONTEXT_FROM])
    gap = matrix[:, _CONTEXT_FROM - 1]
    np.subtract(shown[:, -1], profile.values[_PRICE_POSITION], out=gap)
    context_features(products, rows, pair=pair, prices=prices, out=matrix[:, _CONTEXT_FROM:_SOURCES_FROM])
    matrix[:, _SOURCES_FROM:_WEEKEND] = source_scores
    matrix[:, _WEEKEND] = weekend(now)
    return matrix


def profile_columns(profile: ProfileFeatures, pair: PairInputs) -> Floats:
    """The shopper's own columns [8]: counts, money and days as log(1 + x), shares as they are.

    Days since the last order come from the history, so that they are right at the moment of the request and not at the
    moment of materialisation.
    """
    shown: Floats = profile.values[_PROFILE]
    if pair.history_ages_days.shape[0]:
        shown[_DAYS_SINCE_ORDER] = pair.history_ages_days.min()
    shown[:_PROFILE_LOGS] = np.log1p(shown[:_PROFILE_LOGS])
    return shown


def weekend(now: float) -> float:
    """1.0 on a Saturday or Sunday (UTC), else 0.0. `now` is epoch seconds."""
    # 1 January 1970 was a Thursday: day 2 after it a Saturday.
    return 1.0 if int(now // SECONDS_A_DAY + 5) % 7 in {0, 1} else 0.0
