"""Every metric that this service owns."""

from merx_kit.metrics import counter, gauge, histogram

_STAGE_BUCKETS_SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0)
_BATCH_BUCKETS = (1, 2, 4, 8, 16, 32, 64)

ANSWERS = counter("search_answers", "Answers given.", ("asked", "ordered_by"))
EMPTY = counter("search_nothing_found", "Answers for which something was changed, or that are empty.", ("recovery",))
FALLBACKS = counter("search_fallbacks", "Answers given without a part of the system.", ("reason",))
PICTURES_REFUSED = counter("search_pictures_refused", "Pictures that were not read.", ("reason",))
STAGE = histogram("search_stage_seconds", "Time in one stage.", ("stage",), buckets=_STAGE_BUCKETS_SECONDS)
BATCH = histogram("search_encoder_batch", "Texts or pictures encoded together.", ("kind",), buckets=_BATCH_BUCKETS)
PRODUCTS = gauge("search_index_products", "Products that can be found.")
PICTURED = gauge("search_index_pictured_products", "Products that can be found by a picture.")
CHANGED = counter("search_index_changes", "Changes of the catalogue taken into the index.", ("kind",))
UNREADABLE = counter("search_records_unreadable", "Records of the event log that were passed over.")
INDEX_SWAPS = counter("search_index_swaps", "Indexes put into service.")
