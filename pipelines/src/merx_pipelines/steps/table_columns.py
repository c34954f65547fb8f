"""Arrays to Arrow columns of the feature tables, and those tables to Parquet."""

from collections.abc import Sequence
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from merx_core.events import EventType
from merx_core.features import names
from merx_core.features.inputs import Ints
from merx_pipelines.steps.shop_arrays import ShopArrays

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa
    import pyarrow.parquet as pq

Columns = dict[str, Any]
"""Column name to an array, of numpy or of Arrow."""

SESSION_DAYS = 7
MAX_SESSION_PRODUCTS = 20


def texts(values: "pd.Index[str] | Sequence[str]", rows: npt.NDArray[np.integer]) -> "pa.Array":
    """The strings at `rows`, as a dictionary column."""
    import pyarrow as pa

    return pa.DictionaryArray.from_arrays(pa.array(rows, pa.int32()), pa.array(values, pa.string()))


def as_lists(owner: Ints, here: npt.NDArray[np.integer], values: Any) -> "pa.Array":
    """One list for each owner in `here`; `values` are grouped by owner, in the order of `here`."""
    import pyarrow as pa

    counts = np.bincount(owner, minlength=int(here.max(initial=-1)) + 1)[here]
    offsets = np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)
    flat = values.dictionary_decode() if isinstance(values, pa.DictionaryArray) else pa.array(values)
    return pa.ListArray.from_arrays(pa.array(offsets), flat)


def write(
    stack: ExitStack, writers: "dict[str, pq.ParquetWriter]", *, path: Path, columns: Columns, moment: datetime
) -> int:
    """Appends one cut-off to the file of a view, which is opened on first use, and returns the number of rows."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    size = len(next(iter(columns.values())))
    if "event_timestamp" not in columns:
        microseconds = np.full(size, np.datetime64(moment.replace(tzinfo=None), "us"))
        columns = {**columns, "event_timestamp": pa.array(microseconds, pa.timestamp("us", tz="UTC"))}
    arrays = {name: _decoded(values) for name, values in columns.items()}
    table = pa.table(arrays)
    if path.name not in writers:
        writers[path.name] = stack.enter_context(pq.ParquetWriter(path, table.schema, coerce_timestamps="us"))
    writers[path.name].write_table(table)
    return size


def _decoded(values: Any) -> "pa.Array":
    import pyarrow as pa

    if isinstance(values, pa.DictionaryArray):
        return values.dictionary_decode()
    # NaN stays NaN in a list and becomes a missing value in a plain column, as the online store has it.
    return values if isinstance(values, pa.Array) else pa.array(values, from_pandas=True)


def catalogue_table(shop: ShopArrays) -> Columns:
    """CATALOGUE_COLUMNS of every product of the catalogue, as it is now."""
    import pyarrow as pa

    catalogue = shop.catalogue
    columns: Columns = {names.PRODUCT_KEY: pa.array(catalogue["product_id"], pa.string())}
    for name in names.CATALOGUE_COLUMNS:
        kind = {"price": pa.int64(), "list_price": pa.int64(), "in_stock": pa.bool_()}.get(name, pa.string())
        columns[name] = pa.array(catalogue[name], kind, from_pandas=True)
    return columns


def session_table(shop: ShopArrays, moment: datetime) -> Columns:
    """SESSION_COLUMNS of the sessions of the last week, each at the time of its last event."""
    import pandas as pd
    import pyarrow as pa

    lines = shop.interactions
    since = pd.Timestamp(moment - timedelta(days=SESSION_DAYS))
    recent = lines[(lines["time"] >= since) & (lines["time"] < pd.Timestamp(moment)) & lines["session_id"].notna()]
    leaf = shop.leaf[shop.product_ids.get_indexer(pd.Index(recent["product_id"]))]
    recent = recent.assign(leaf=leaf, cart=recent["event_type"] == EventType.ADD_TO_CART)
    groups = recent.groupby("session_id", sort=True)
    touched = recent.drop_duplicates(["session_id", "product_id"], keep="last").groupby("session_id", sort=True)
    products = touched["product_id"].agg(lambda ids: list(ids.iloc[-MAX_SESSION_PRODUCTS:]))
    categories = (
        recent[recent["leaf"] >= 0].groupby("session_id")["leaf"].nunique().reindex(products.index, fill_value=0)
    )
    stamps = groups["time"].max().astype("datetime64[us, UTC]")
    return {
        names.SESSION_KEY: pa.array(products.index, pa.string()),
        "session_products": pa.array(products.to_list(), pa.list_(pa.string())),
        "session_events": pa.array(groups.size().to_numpy(np.int32)),
        "session_carts": pa.array(groups["cart"].sum().to_numpy(np.int32)),
        "session_categories": pa.array(categories.to_numpy(np.int32)),
        "event_timestamp": pa.array(stamps, pa.timestamp("us", tz="UTC")),
    }
