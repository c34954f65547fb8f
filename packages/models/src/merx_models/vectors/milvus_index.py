"""VectorIndex by Milvus, for more vectors than one machine holds: the same contract, over its client.

A collection holds three fields: `id` (the key), `row` and `vector`. Milvus keeps, shards and replicates them, so there
is nothing to save here: another process opens the collection by its name. Reads are strongly consistent, as the port
promises; what is not promised here is that a change of more than `BATCH` vectors is seen at once.
"""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from merx_models.vectors.exact import merged
from merx_models.vectors.index import (
    NO_ROW,
    NOBODY,
    Allowed,
    Floats,
    IdArray,
    IdKind,
    Ids,
    Mask,
    Neighbours,
    Rows,
    as_ids,
    as_unit_vectors,
    full_mask,
    is_mask,
    no_ids,
    one_for_each,
)

if TYPE_CHECKING:
    from pymilvus import MilvusClient

BATCH = 1_000
LISTED = 20_000
"""Rows named in one filter expression; more of them go in several searches, whose answers are merged."""
DEEPEST = 16_384
"""So many results Milvus gives for one search at most."""
STRONG: Any = "Strong"


@dataclass(frozen=True, slots=True, kw_only=True)
class MilvusSettings:
    """HNSW's M, efConstruction and ef, and the longest string id in bytes. `consistency` is of searches and reads:
    "Strong" waits for what was written just before. A call is given up after `timeout_s`; None: pymilvus tries long."""

    links: int = 16
    construction: int = 128
    effort: int = 64
    longest_id: int = 256
    consistency: str = "Strong"
    timeout_s: float | None = None


class MilvusIndex:
    """One writer at a time: it alone gives out row numbers."""

    def __init__(
        self,
        client: "MilvusClient",
        collection: str,
        *,
        settings: MilvusSettings | None = None,
        rows: int | None = None,
    ) -> None:
        """The collection that `build` made. Milvus's own error where there is none of that name. `rows`, how many were
        given out, is read from it where it is not told, which takes long for many."""
        self._client, self._name = client, collection
        self._settings = settings or MilvusSettings()
        self._asking: dict[str, Any] = {
            "consistency_level": self._settings.consistency,
            "timeout": self._settings.timeout_s,
        }
        fields = {field["name"]: field for field in client.describe_collection(collection)["fields"]}
        self._dim = int(fields["vector"]["params"]["dim"])
        self._kind: IdKind = "int" if fields["id"]["type"].name == "INT64" else "str"
        given_out = (int(found["row"]) for found in self._every(["row"]))
        self._rows = 1 + max(given_out, default=-1) if rows is None else rows
        self._changing = threading.Lock()

    @classmethod
    def build(
        cls,
        client: "MilvusClient",
        collection: str,
        content: tuple[Ids, Floats],
        *,
        settings: MilvusSettings | None = None,
    ) -> "MilvusIndex":
        """A new collection of `content` (ids and unit vectors). Collections are versioned by their names and put in
        service by an alias of Milvus, so one that is there already is refused (ValueError)."""
        chosen = settings or MilvusSettings()
        given = as_unit_vectors(content[1])
        ids, kind = as_ids(content[0])
        one_for_each(ids, given)
        if client.has_collection(collection):
            raise ValueError(f"there is a collection {collection!r} already")
        _create(client, collection, (given.shape[1], kind), chosen)
        index = cls(client, collection, settings=chosen)
        index._put(ids, given)
        return index

    @property
    def dim(self) -> int:
        return self._dim

    @property
    def rows(self) -> int:
        return self._rows

    def __len__(self) -> int:
        found = self._client.query(self._name, filter="", output_fields=["count(*)"], **self._asking)
        return int(found[0]["count(*)"])

    def rows_of(self, ids: Ids) -> Rows:
        known, _ = as_ids(ids, self._kind)
        row_of: dict[Any, int] = {}
        for start in range(0, len(known), BATCH):
            wanted = f"id in {_listed(known[start : start + BATCH])}"
            for found in self._client.query(self._name, filter=wanted, output_fields=["id", "row"], **self._asking):
                row_of[found["id"]] = int(found["row"])
        return np.fromiter((row_of.get(one, NO_ROW) for one in known.tolist()), np.int64, count=len(known))

    def vectors_of(self, ids: Ids) -> Floats:
        """float32 [len(ids), dim]. KeyError where one is not held."""
        known, _ = as_ids(ids, self._kind)
        vector_of: dict[Any, Any] = {}
        for start in range(0, len(known), BATCH):
            wanted = f"id in {_listed(known[start : start + BATCH])}"
            found = self._client.query(self._name, filter=wanted, output_fields=["id", "vector"], **self._asking)
            vector_of.update((each["id"], each["vector"]) for each in found)
        return np.array([vector_of[one] for one in known.tolist()], np.float32).reshape(len(known), self._dim)

    def search(self, queries: Floats, k: int, *, allowed: Allowed | None = None) -> Neighbours:
        if k < 1:
            raise ValueError(f"k is {k}")
        asked = as_unit_vectors(queries, self._dim)
        id_of: dict[int, Any] = {NO_ROW: NOBODY[self._kind]}
        rows, scores = self._among(asked, k, allowed, id_of)
        ids = np.empty(rows.shape, no_ids(self._kind).dtype)
        ids.reshape(-1)[:] = [id_of[row] for row in rows.reshape(-1).tolist()]
        return Neighbours(ids, scores)

    def upsert(self, ids: Ids, vectors: Floats) -> None:
        given = as_unit_vectors(vectors, self._dim)
        known, _ = as_ids(ids, self._kind)
        one_for_each(known, given)
        self._put(known, given)

    def delete(self, ids: Ids) -> int:
        known, _ = as_ids(ids, self._kind)
        with self._changing:
            held = np.unique(known[self.rows_of(known) >= 0])
            for start in range(0, len(held), BATCH):
                # By an expression of our own: the client's `ids=` does not quote what is in them.
                self._client.delete(self._name, filter=f"id in {_listed(held[start : start + BATCH])}")
        return len(held)

    def _put(self, ids: IdArray, vectors: Floats) -> None:
        with self._changing:
            for start in range(0, len(ids), BATCH):
                part = zip(ids[start : start + BATCH].tolist(), vectors[start : start + BATCH], strict=True)
                entities = [
                    {"id": one, "row": self._rows + number, "vector": vector}
                    for number, (one, vector) in enumerate(part)
                ]
                self._client.upsert(self._name, entities)
                self._rows += len(entities)

    def _among(self, queries: Floats, k: int, allowed: Allowed | None, id_of: dict[int, Any]) -> tuple[Rows, Floats]:
        """The best of what is allowed. A filter names rows; the fewer of those that pass and those that do not."""
        nothing = np.full((len(queries), k), NO_ROW, np.int64), np.full((len(queries), k), -np.inf, np.float32)
        if not len(queries):
            return nothing
        if allowed is None:
            return self._search(queries, k, "", id_of)
        mask = np.zeros(self._rows, bool)
        if is_mask(allowed):
            mask |= full_mask(np.asarray(allowed), self._rows)
        else:
            rows = self.rows_of(allowed)
            mask[rows[rows >= 0]] = True
        passing, missing = np.flatnonzero(mask), np.flatnonzero(~mask)
        if len(passing) > LISTED >= len(missing):
            return self._search(queries, k, f"row < {self._rows} and row not in {_listed(missing)}", id_of)
        if len(passing) > LISTED and (wide := self._wide(queries, k, mask, id_of)) is not None:
            return wide
        best = nothing
        for start in range(0, len(passing), LISTED):
            named = f"row in {_listed(passing[start : start + LISTED])}"
            best = merged(best, self._search(queries, k, named, id_of), k)
        return best

    def _wide(self, queries: Floats, k: int, mask: Mask, id_of: dict[int, Any]) -> tuple[Rows, Floats] | None:
        """Where too many rows pass, and too many do not, to name either: more are searched without a filter, and those
        that do not pass left out. None where too few are left."""
        size = min(DEEPEST, int(2 * k / mask.mean()) + k)
        rows, scores = self._search(queries, size, "", id_of)
        passes = (rows >= 0) & mask[np.minimum(np.maximum(rows, 0), len(mask) - 1)] & (rows < len(mask))
        if (passes.sum(axis=1) < k).any():
            return None
        order = np.argsort(~passes, axis=1, kind="stable")[:, :k]
        return np.take_along_axis(rows, order, axis=1), np.take_along_axis(scores, order, axis=1)

    def _search(self, queries: Floats, k: int, wanted: str, id_of: dict[int, Any]) -> tuple[Rows, Floats]:
        rows = np.full((len(queries), k), NO_ROW, np.int64)
        scores = np.full((len(queries), k), -np.inf, np.float32)
        answers = self._client.search(
            self._name,
            data=list(queries),
            limit=k,
            filter=wanted,
            output_fields=["row"],
            search_params={"metric_type": "IP", "params": {"ef": max(self._settings.effort, k)}},
            **self._asking,
        )
        for query, hits in enumerate(answers):
            for place, hit in enumerate(hits):
                row = int(hit["entity"]["row"])
                id_of[row] = hit["id"]
                rows[query, place], scores[query, place] = row, hit["distance"]
        return rows, scores

    def _every(self, fields: list[str]) -> Iterator[dict[str, Any]]:
        pages = self._client.query_iterator(
            self._name, batch_size=10_000, filter="row >= 0", output_fields=fields, consistency_level=STRONG
        )
        try:
            while page := pages.next():
                yield from page
        finally:
            pages.close()


def _create(client: "MilvusClient", collection: str, form: tuple[int, IdKind], settings: MilvusSettings) -> None:
    from pymilvus import DataType

    dim, kind = form
    schema = client.create_schema(auto_id=False, enable_dynamic_field=False)
    if kind == "int":
        schema.add_field("id", DataType.INT64, is_primary=True)
    else:
        schema.add_field("id", DataType.VARCHAR, is_primary=True, max_length=settings.longest_id)
    schema.add_field("row", DataType.INT64)
    schema.add_field("vector", DataType.FLOAT_VECTOR, dim=dim)
    indexes = client.prepare_index_params()
    indexes.add_index(
        "vector",
        index_type="HNSW",
        metric_type="IP",
        params={"M": settings.links, "efConstruction": settings.construction},
    )
    client.create_collection(collection, schema=schema, index_params=indexes, consistency_level=STRONG)


def _listed(values: IdArray) -> str:
    """A list as Milvus reads it. Ids come from outside: JSON's quoting keeps a quote within a string from ending it."""
    return json.dumps(values.tolist(), ensure_ascii=False)
