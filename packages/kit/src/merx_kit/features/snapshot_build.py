"""From Feast to one Arrow file: the product views of a feature service, as they are at one moment."""

import itertools
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from merx_core.digests import sha256_of
from merx_core.features import names
from merx_core.features.inputs import Ints
from merx_kit.features.rows import ViewReader, items, number, text
from merx_kit.features.snapshot import (
    CODED,
    IN_STOCK,
    MATRIX,
    MONEY,
    TABLE,
    TEXTS,
    TOGETHER,
    WEIGHTS,
    SnapshotManifest,
)
from merx_kit.features.store import feature_service_hash, historical

if TYPE_CHECKING:
    import pyarrow as pa
    from feast import FeatureStore

BATCH = 1_000
Values = dict[str, Sequence[Any]]
"""Feature name to one Python value for each product, None or NaN where missing."""


def build_snapshot(
    store: "FeatureStore",
    product_ids: Sequence[str],
    folder: Path,
    *,
    as_of: datetime,
    source: Literal["online", "offline"] = "offline",
    service: str = names.FEATURE_SERVICE,
) -> SnapshotManifest:
    """Writes the snapshot of `product_ids` into `folder`, and returns its manifest.

    "offline" joins the tables point in time; "online" reads what was materialised. The values are the same, the first
    takes an eighth of the time and needs no product in the online store. Raises ValueError on an id that comes twice.
    """
    import pyarrow as pa

    if len(set(product_ids)) != len(product_ids):
        raise ValueError("each product comes once")
    read = _online if source == "online" else _offline
    table = _table(product_ids, read(store, product_ids, as_of, service))
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / TABLE
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)
    created, digest = time.time(), sha256_of(path)
    manifest = SnapshotManifest(
        version=f"{datetime.fromtimestamp(created, UTC):%Y%m%dT%H%M%S%fZ}-{digest[:12]}",
        as_of=as_of.timestamp(),
        created=created,
        feature_service=service,
        feature_service_hash=feature_service_hash(store, service),
        products=len(product_ids),
        columns=names.PRODUCT_COLUMNS,
        sha256=digest,
    )
    manifest.write(folder)
    return manifest


def _product_views(store: "FeatureStore", service: str) -> Iterator[Any]:
    for projection in store.get_feature_service(service).feature_view_projections:
        if store.get_feature_view(projection.name).join_keys == [names.PRODUCT_KEY]:
            yield projection


def _online(store: "FeatureStore", ids: Sequence[str], as_of: datetime, service: str) -> Values:
    values: Values = {}
    now = as_of.timestamp()
    for projection in _product_views(store, service):
        reader = ViewReader(store, projection.name)
        batches = (reader.read(ids[start : start + BATCH], now=now) for start in range(0, len(ids), BATCH))
        rows = list(itertools.chain.from_iterable(batches))
        for column in reader.columns:
            decode = _decoder(column)
            values[column] = [decode(row.values[column]) if row else None for row in rows]
    return values


def _decoder(column: str) -> Any:
    if column in TEXTS:
        return text
    return (lambda value: list(items(value)) or None) if column in names.TOGETHER_COLUMNS else number


def _offline(store: "FeatureStore", ids: Sequence[str], as_of: datetime, service: str) -> Values:
    import pandas as pd

    references = [
        f"{projection.name}:{column.name}"
        for projection in _product_views(store, service)
        for column in projection.features
    ]
    moment = pd.Timestamp(as_of.astimezone(UTC)).as_unit("us")
    entities = pd.DataFrame({names.PRODUCT_KEY: list(ids), "event_timestamp": moment})
    frame = historical(store, entities, references).set_index(names.PRODUCT_KEY).loc[list(ids)]
    return {reference.partition(":")[2]: frame[reference.partition(":")[2]].tolist() for reference in references}


def _table(ids: Sequence[str], values: Values) -> "pa.Table":
    """One row more than products: the last is of missing values."""
    import pyarrow as pa

    arrays: dict[str, pa.Array] = {"product_id": pa.array([*ids, None], pa.string())}
    numbers = np.full((len(ids) + 1, len(names.PRODUCT_COLUMNS)), np.nan, np.float32)
    for position, name in enumerate(names.PRODUCT_COLUMNS):
        numbers[:-1, position] = np.array(values[name], np.float64)
    arrays[MATRIX] = _fixed(numbers)
    for name in TEXTS:
        column = pa.array([*map(_string, values[name]), None], pa.string())
        arrays[name] = column.dictionary_encode() if name in {*CODED, "category", "currency"} else column
    for name in CODED:
        arrays[f"{name}_code"] = pa.array(_codes(values[name]))
    for name in MONEY:
        arrays[name] = pa.array(np.append(np.array(values[name], np.float64), np.nan))
    stock = np.append(np.array(values[IN_STOCK], np.float64), np.nan)
    arrays[IN_STOCK] = pa.array(np.where(np.isnan(stock), -1, stock).astype(np.int8))
    together, weights = _partners(ids, values)
    arrays[TOGETHER], arrays[WEIGHTS] = _fixed(together), _fixed(weights)
    return pa.table(arrays)


def _fixed(matrix: Any) -> "pa.Array":
    import pyarrow as pa

    return pa.FixedSizeListArray.from_arrays(pa.array(matrix.ravel()), matrix.shape[1])


def _string(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _codes(values: Sequence[Any]) -> Ints:
    """Codes in the order of the names, -1 for a missing or empty name and for the row of missing values."""
    known = {name: code for code, name in enumerate(sorted({name for name in map(_string, values) if name}))}
    return np.array([*(known.get(_string(name) or "", -1) for name in values), -1], np.int32)


def _partners(ids: Sequence[str], values: Mapping[str, Sequence[Any]]) -> tuple[Any, Any]:
    row_of = {product_id: row for row, product_id in enumerate(ids)}
    together = np.full((len(ids) + 1, names.TOP_TOGETHER), -1, np.int32)
    weights = np.zeros((len(ids) + 1, names.TOP_TOGETHER), np.float32)
    for row, (partners, strengths) in enumerate(zip(values["together_ids"], values["together_weights"], strict=True)):
        if not _is_list(partners):
            continue
        width = min(len(partners), names.TOP_TOGETHER)
        together[row, :width] = [row_of.get(partner, -1) for partner in partners[:width]]
        weights[row, :width] = strengths[:width]
    return together, weights


def _is_list(value: Any) -> bool:
    return value is not None and not isinstance(value, float)
