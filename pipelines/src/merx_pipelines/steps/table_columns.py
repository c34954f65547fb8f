"""Arrays to Arrow columns of the feature tables, and those tables to Parquet."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from merx_core.features import names
from merx_core.features.inputs import Ints
from merx_core.features.sessions import Session, Touch, advance
from merx_pipelines.steps.shop_arrays import ShopArrays

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa
    import pyarrow.parquet as pq

Columns = dict[str, Any]
"""Column name to an array, of numpy or of Arrow."""

SESSION_DAYS = 7


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
    """SESSION_COLUMNS of the sessions of the last week, each at the time of its last event.

    The fold is the one that the live rows are made by (`merx_core.features.sessions`); of a session id that was used
    again after a session's end the last session counts.
    """
    import pyarrow as pa

    sessions: dict[str, Session] = {}
    for session_id, touch in _touches(shop, moment):
        session = advance(sessions.get(session_id), touch, touch.time_us)
        if session is not None:
            sessions[session_id] = session
    known = [sessions[session_id] for session_id in sorted(sessions)]
    return {
        names.SESSION_KEY: pa.array(sorted(sessions), pa.string()),
        "session_products": pa.array([session.products() for session in known], pa.list_(pa.string())),
        "session_events": pa.array([session.events for session in known], pa.int32()),
        "session_carts": pa.array([session.carts for session in known], pa.int32()),
        "session_categories": pa.array([len(session.categories) for session in known], pa.int32()),
        "event_timestamp": pa.array([session.last_us for session in known], pa.timestamp("us", tz="UTC")),
    }


def _touches(shop: ShopArrays, moment: datetime) -> Iterator[tuple[str, Touch]]:
    """Session id and event, of the last week's events that told one, in the order of the table."""
    import pandas as pd

    lines = shop.interactions
    since = pd.Timestamp(moment - timedelta(days=SESSION_DAYS))
    recent = lines[(lines["time"] >= since) & (lines["time"] < pd.Timestamp(moment)) & lines["session_id"].notna()]
    codes = shop.leaf[shop.product_ids.get_indexer(pd.Index(recent["product_id"]))].tolist()
    leaves = shop.leaves.tolist()
    times = recent["time"].to_numpy("datetime64[us]").astype(np.int64).tolist()
    names_of = [recent[name].tolist() for name in ("offset", "session_id", "event_type", "product_id")]
    rows = zip(times, *names_of, codes, strict=True)
    # The lines of an event are adjacent: the table is sorted by time and offset.
    for (time_us, offset, session_id, kind), group in groupby(rows, key=lambda row: row[:4]):
        event = list(group)
        categories = [leaves[row[5]] for row in event if row[5] >= 0]
        yield session_id, Touch(kind, time_us, offset, [row[4] for row in event], session_id, categories)
