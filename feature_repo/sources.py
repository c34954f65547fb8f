"""The tables that `merx_pipelines.steps.feature_tables` and the log's consumers write, in the state folder."""

from feast import FileSource

from merx_core.features import names


def _table(view: str) -> FileSource:
    return FileSource(name=view, path=f"offline/{view}.parquet", timestamp_field="event_timestamp")


profile_activity = _table(names.PROFILE_ACTIVITY)
profile_affinity = _table(names.PROFILE_AFFINITY)
session_activity = _table(names.SESSION_ACTIVITY)
product_catalogue = _table(names.PRODUCT_CATALOGUE)
product_popularity = _table(names.PRODUCT_POPULARITY)
product_price = _table(names.PRODUCT_PRICE)
product_copurchase = _table(names.PRODUCT_COPURCHASE)

profile_live = FileSource(
    name=names.PROFILE_LIVE,
    path=f"offline/{names.PROFILE_LIVE}/*.parquet",
    timestamp_field="event_timestamp",
)
"""What the consumer `live-history` appends: one file for each finished day, and parts of the day that goes on."""
