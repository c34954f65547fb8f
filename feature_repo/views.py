"""Feature views. A row is right for `ttl` after its cut-off; past that it is missing, online and in training alike."""

from datetime import timedelta

from feast import FeatureView, Field
from feast.types import Array, Bool, Float32, Float64, Int32, Int64, String

from feature_repo import sources
from feature_repo.entities import product, profile, session
from merx_core.features import names
from merx_core.features.sessions import SESSION_SECONDS

WEEKS = timedelta(weeks=4)
"""Tables are made at least weekly: three runs in a row may fail before shoppers and products lose their features."""


def _numbers(columns: tuple[str, ...]) -> list[Field]:
    return [Field(name=column, dtype=Float32) for column in columns]


profile_activity = FeatureView(
    name=names.PROFILE_ACTIVITY,
    entities=[profile],
    ttl=WEEKS,
    source=sources.profile_activity,
    schema=[
        *_numbers(names.PROFILE_COLUMNS),
        Field(name="segment", dtype=String),
        Field(name="history_ids", dtype=Array(String)),
        Field(name="history_times", dtype=Array(Float64)),
        Field(name="history_counts", dtype=Array(Int32)),
        Field(name="history_intervals", dtype=Array(Float32)),
        Field(name="history_weights", dtype=Array(Float32)),
    ],
)

profile_affinity = FeatureView(
    name=names.PROFILE_AFFINITY,
    entities=[profile],
    ttl=WEEKS,
    source=sources.profile_affinity,
    schema=[
        Field(name="top_categories", dtype=Array(String)),
        Field(name="category_weights", dtype=Array(Float32)),
        Field(name="top_brands", dtype=Array(String)),
        Field(name="brand_weights", dtype=Array(Float32)),
    ],
)

profile_live = FeatureView(
    name=names.PROFILE_LIVE,
    entities=[profile],
    ttl=timedelta(seconds=SESSION_SECONDS),
    source=sources.profile_live,
    schema=[
        Field(name="live_products", dtype=Array(String)),
        Field(name="live_session", dtype=String),
        Field(name="live_events", dtype=Int32),
        Field(name="live_views", dtype=Int32),
        Field(name="live_carts", dtype=Int32),
        Field(name="live_purchases", dtype=Int32),
    ],
)

session_activity = FeatureView(
    name=names.SESSION_ACTIVITY,
    entities=[session],
    ttl=timedelta(days=1),
    source=sources.session_activity,
    schema=[
        Field(name="session_products", dtype=Array(String)),
        Field(name="session_events", dtype=Int32),
        Field(name="session_carts", dtype=Int32),
        Field(name="session_categories", dtype=Int32),
    ],
)

product_catalogue = FeatureView(
    name=names.PRODUCT_CATALOGUE,
    entities=[product],
    ttl=WEEKS,
    source=sources.product_catalogue,
    schema=[
        *(Field(name=text, dtype=String) for text in names.CATALOGUE_COLUMNS[:7]),
        Field(name="price", dtype=Int64),
        Field(name="list_price", dtype=Int64),
        Field(name="in_stock", dtype=Bool),
    ],
)

product_popularity = FeatureView(
    name=names.PRODUCT_POPULARITY,
    entities=[product],
    ttl=WEEKS,
    source=sources.product_popularity,
    schema=_numbers(names.POPULARITY_COLUMNS),
)

product_price = FeatureView(
    name=names.PRODUCT_PRICE,
    entities=[product],
    ttl=WEEKS,
    source=sources.product_price,
    schema=_numbers(names.PRICE_COLUMNS),
)

product_copurchase = FeatureView(
    name=names.PRODUCT_COPURCHASE,
    entities=[product],
    ttl=WEEKS,
    source=sources.product_copurchase,
    schema=[
        Field(name="together_ids", dtype=Array(String)),
        Field(name="together_weights", dtype=Array(Float32)),
    ],
)
