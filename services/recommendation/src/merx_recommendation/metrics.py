"""Every metric that this service owns."""

from merx_kit.metrics import counter, gauge, histogram

_STAGE_BUCKETS_SECONDS = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25)
_SCORE_BUCKETS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)

ANSWERS = counter("recommendation_answers", "Lists given.", ("placement", "strategy"))
FALLBACKS = counter("recommendation_fallbacks", "Answers given without a part of the system.", ("reason",))
ITEMS = counter("recommendation_items", "Products shown, by the source that brought them.", ("source",))
STAGE = histogram("recommendation_stage_seconds", "Time in one stage.", ("stage",), buckets=_STAGE_BUCKETS_SECONDS)
SCORE = histogram("recommendation_score", "Score of the first product of a list.", buckets=_SCORE_BUCKETS)
CATALOGUE_PRODUCTS = gauge("recommendation_catalogue_products", "Products in the catalogue in service.")
SHELF_SWAPS = counter("recommendation_shelf_swaps", "Pairs of model and catalogue put into service.")
UNREADABLE = counter("recommendation_records_unreadable", "Records of the event log that were passed over.")
CATALOGUE_CHANGES = gauge("recommendation_catalogue_changes", "Products that changed since the snapshot in service.")
LIVE_LISTS = counter("recommendation_live_lists", "Lists made for open streams.", ("outcome",))
LIVE_SHOPPERS = gauge("recommendation_live_shoppers", "Shoppers with an open stream.")
LIVE_WAITING = gauge("recommendation_live_waiting", "Shoppers whose lists are about to be made anew.")
LIVE_SECONDS = histogram(
    "recommendation_live_seconds", "From what changes a list to the list; the pause between two lists included."
)
