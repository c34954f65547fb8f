"""The names that training, the feature store and serving share: one list each, in one place."""

FEATURE_SERVICE = "recommendation_v1"
"""The versioned Feast FeatureService of the recommendation model; a change of columns is a new version."""
LIVE_SERVICE = "live_v1"
"""What shoppers do now, pushed as it comes in; a service of its own, so that the model's does not change."""

PROFILE, PRODUCT, SESSION = "profile", "product", "session"
PROFILE_KEY, PRODUCT_KEY, SESSION_KEY = "profile_id", "product_id", "session_id"

PROFILE_ACTIVITY = "profile_activity"
PROFILE_AFFINITY = "profile_affinity"
PROFILE_HISTORY = PROFILE_ACTIVITY
"""The history lies in the view of the activity: each view more is a round trip and .1 ms of CPU a request on Redis."""
SESSION_ACTIVITY = "session_activity"
PROFILE_LIVE = "profile_live"
PRODUCT_CATALOGUE = "product_catalogue"
PRODUCT_POPULARITY = "product_popularity"
PRODUCT_PRICE = "product_price"
PRODUCT_COPURCHASE = "product_copurchase"
PROFILE_VIEWS = (PROFILE_ACTIVITY, PROFILE_AFFINITY)
PRODUCT_VIEWS = (PRODUCT_CATALOGUE, PRODUCT_POPULARITY, PRODUCT_PRICE, PRODUCT_COPURCHASE)
VIEWS = (*PROFILE_VIEWS, SESSION_ACTIVITY, *PRODUCT_VIEWS)
"""The views that pipelines make tables of."""
LIVE_VIEWS = (PROFILE_LIVE,)
"""The views that are pushed alone: no table of a pipeline stands behind them."""

WINDOWS_DAYS = (7, 28, 84)
"""The windows of every count: a week, four weeks and twelve, all before the cut-off."""

MAX_HISTORY = 256
TOP_AFFINITIES = 8
TOP_TOGETHER = 20

PROFILE_COLUMNS = (
    "orders_7d",
    "orders_28d",
    "orders_84d",
    "items_7d",
    "items_28d",
    "items_84d",
    "spend_7d",
    "spend_28d",
    "spend_84d",
    "days_since_order",
    "order_interval_days",
    "basket_items",
    "basket_spend",
    "distinct_products_84d",
    "distinct_categories_84d",
    "discount_share_84d",
    "price_position_84d",
    "repeat_share_84d",
    "unit_price_84d",
    "tenure_days",
)
"""Numbers of view `profile_activity`, which holds segment and history too. Spend and prices are in minor units, shares
and positions in [0, 1]."""

POPULARITY_COLUMNS = (
    "sales_7d",
    "sales_28d",
    "sales_84d",
    "buyers_28d",
    "buyers_84d",
    "units_84d",
    "revenue_84d",
    "trend_7d",
    "trend_28d",
    "repeat_rate_84d",
    "repurchase_days",
    "leaf_share_84d",
    "on_sale_days",
)
"""Numbers of view `product_popularity`: sales are orders with the product, trends logarithms around 0."""

PRICE_COLUMNS = ("usual_price", "lowest_price_84d", "discount_84d", "discount_frequency_84d", "price_position")
"""Numbers of view `product_price`: prices in minor units, the rest in [0, 1]."""

PRODUCT_COLUMNS = (*POPULARITY_COLUMNS, *PRICE_COLUMNS)

HISTORY_COLUMNS = ("history_ids", "history_times", "history_counts", "history_intervals", "history_weights")
AFFINITY_COLUMNS = ("top_categories", "category_weights", "top_brands", "brand_weights")
TOGETHER_COLUMNS = ("together_ids", "together_weights")
CATALOGUE_COLUMNS = (
    "title",
    "brand",
    "category",
    "department",
    "leaf",
    "picture",
    "currency",
    "price",
    "list_price",
    "in_stock",
)
LIVE_COLUMNS = ("live_products", "live_session", "live_events", "live_views", "live_carts", "live_purchases")
SESSION_COLUMNS = ("session_products", "session_events", "session_carts", "session_categories")

SEGMENTS = ("new", "occasional", "regular", "loyal", "lapsed")

SOURCES = ("repeat", "neighbours", "sequence", "graph", "content", "popular", "explore")
"""Where a candidate came from; the order of the columns of `source_scores`."""

PROFILE_RANKING_COLUMNS = (
    "profile_orders_28d",
    "profile_orders_84d",
    "profile_basket_items",
    "profile_basket_spend",
    "profile_days_since_order",
    "profile_order_interval",
    "profile_discount_share",
    "profile_price_position",
)
PRODUCT_RANKING_COLUMNS = (
    "product_sales_7d",
    "product_sales_28d",
    "product_sales_84d",
    "product_trend_7d",
    "product_trend_28d",
    "product_repeat_rate",
    "product_leaf_share",
    "product_price",
    "product_discount",
    "product_price_position",
)
PAIR_RANKING_COLUMNS = (
    "pair_times_bought",
    "pair_days_since_bought",
    "pair_share_of_history",
    "pair_due",
    "pair_category_affinity",
    "pair_department_affinity",
    "pair_brand_affinity",
    "pair_days_since_category",
    "pair_price_to_usual",
    "pair_price_position_gap",
)
CONTEXT_RANKING_COLUMNS = (
    "context_same_category",
    "context_same_department",
    "context_price_ratio",
    "context_together",
)
SOURCE_RANKING_COLUMNS = tuple(f"source_{name}" for name in SOURCES)
TIME_RANKING_COLUMNS = ("weekend",)

RANKING_COLUMNS = (
    *PROFILE_RANKING_COLUMNS,
    *PRODUCT_RANKING_COLUMNS,
    *PAIR_RANKING_COLUMNS,
    *CONTEXT_RANKING_COLUMNS,
    *SOURCE_RANKING_COLUMNS,
    *TIME_RANKING_COLUMNS,
)
"""The columns of a ranking matrix, in order. Missing is NaN throughout."""
