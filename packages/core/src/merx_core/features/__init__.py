"""Feature mathematics: every transform once, as a pure array function, for training, the feature store and serving."""

from merx_core.features.inputs import PairInputs, ProductColumns, ProfileFeatures
from merx_core.features.names import (
    FEATURE_SERVICE,
    MAX_HISTORY,
    PRODUCT_COLUMNS,
    PROFILE_COLUMNS,
    RANKING_COLUMNS,
    SEGMENTS,
    SOURCES,
)
from merx_core.features.ranking import ranking_matrix

__all__ = [
    "FEATURE_SERVICE",
    "MAX_HISTORY",
    "PRODUCT_COLUMNS",
    "PROFILE_COLUMNS",
    "RANKING_COLUMNS",
    "SEGMENTS",
    "SOURCES",
    "PairInputs",
    "ProductColumns",
    "ProfileFeatures",
    "ranking_matrix",
]
