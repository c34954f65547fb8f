"""VectorIndex in this process, by Faiss: a base that an engine searches, and a tail of what came later, scanned.

The base is frozen, so it is memory-mapped as it is and shared by all processes of a machine. A change costs as much as
the tail is long: when `stale` says so, a pipeline builds the index anew beside this one and swaps.
"""

import threading
from pathlib import Path

import numpy as np

from merx_models.vectors.contents import Contents, Scope
from merx_models.vectors.exact import merged, nearest, nearest_of, reranked
from merx_models.vectors.folder import Manifest, read_contents, read_manifest, write_folder
from merx_models.vectors.id_table import IdTable
from merx_models.vectors.index import (
    NO_ROW,
    NOBODY,
    Allowed,
    Floats,
    IdArray,
    IdKind,
    Ids,
    Neighbours,
    Rows,
    as_ids,
    as_unit_vectors,
    no_ids,
    one_for_each,
)
from merx_models.vectors.shortlist import IndexSettings, Kind, Shortlist, build_shortlist, load_shortlist
from merx_models.vectors.tuning import Tuned, tune

MICROSECONDS_PER_ROW = 0.12
"""One allowed row scored exactly (384 dimensions, not in the processor's cache)."""
STALE_TAIL = 20_000
STALE_SHARE = 0.2
SHORTLIST = "shortlist.faiss"


class FaissIndex:
    """Searches take no lock; changes take turns."""

    def __init__(self, contents: Contents, shortlist: Shortlist | None, tuned: Tuned) -> None:
        self._contents = contents
        self._shortlist = shortlist
        self.tuned = tuned
        """Effort of a search, and the recall at 10 that it had when the base was built."""
        self._changing = threading.Lock()
        self._tail = np.empty((0, self.dim), np.float32)
        self._tail_ids: IdArray = no_ids(self.id_kind)

    @classmethod
    def build(
        cls, ids: Ids, vectors: Floats, *, settings: IndexSettings | None = None, queries: Floats | None = None
    ) -> "FaissIndex":
        """Index `vectors` [n, dim] (unit length; kept as they are, so do not write to them). `queries`, real ones if
        there are some, tune the effort. ValueError on what `search` refuses, and on an id that stands twice."""
        chosen = settings or IndexSettings()
        base = as_unit_vectors(vectors)
        known, kind = as_ids(ids)
        one_for_each(known, base)
        shortlist = build_shortlist(base, chosen)
        asked = None if queries is None else as_unit_vectors(queries, base.shape[1])
        tuned = Tuned(0, 1.0) if shortlist is None else tune(shortlist, base, chosen, asked)
        return cls(Contents.of(base, IdTable.of(known, kind)), shortlist, tuned)

    @property
    def dim(self) -> int:
        return int(self._contents.base.shape[1])

    @property
    def rows(self) -> int:
        return self._contents.rows

    @property
    def kind(self) -> Kind:
        return "flat" if self._shortlist is None else self._shortlist.kind

    @property
    def id_kind(self) -> IdKind:
        return self._contents.base_ids.kind

    @property
    def stale(self) -> bool:
        """Whether so much changed that a new build would make searches noticeably cheaper."""
        held = self._contents
        return len(held.tail) > STALE_TAIL or held.dead > STALE_SHARE * max(len(held.base), 1)

    def __len__(self) -> int:
        return len(self._contents)

    def rows_of(self, ids: Ids) -> Rows:
        return self._contents.rows_of(as_ids(ids, self.id_kind)[0])

    def vectors_at(self, rows: Rows) -> Floats:
        """float32 [len(rows), dim]; of rows whose ids are gone too."""
        return self._contents.vectors_at(rows)

    def live_rows(self) -> Rows:
        """The rows that are not empty."""
        return self._contents.live_rows()

    def search(self, queries: Floats, k: int, *, allowed: Allowed | None = None) -> Neighbours:
        if k < 1:
            raise ValueError(f"k is {k}")
        asked = as_unit_vectors(queries, self.dim)
        held = self._contents
        scope = held.scope(allowed)
        found = self._search_base(asked, k, held, scope)
        if len(scope.tail_rows):
            rows, scores = nearest_of(asked, held.tail, k, rows=scope.tail_rows)
            late = np.where(rows >= 0, rows + len(held.base), NO_ROW)
            found = merged(found, (late, scores), k)
        return _neighbours(held, *found)

    def upsert(self, ids: Ids, vectors: Floats) -> None:
        given = as_unit_vectors(vectors, self.dim)
        known, _ = as_ids(ids, self.id_kind)
        one_for_each(known, given)
        with self._changing:
            held = self._contents
            replaced = held.rows_of(known)
            end = len(held.tail) + len(given)
            self._make_room(len(held.tail), end)
            self._tail[len(held.tail) : end] = given
            self._tail_ids[len(held.tail) : end] = known
            emptied = held.without(replaced[replaced >= 0])
            self._contents = emptied.with_tail(known, self._tail[:end], self._tail_ids[:end])

    def delete(self, ids: Ids) -> int:
        known, _ = as_ids(ids, self.id_kind)
        with self._changing:
            rows = np.unique(self._contents.rows_of(known))
            rows = rows[rows >= 0]
            self._contents = self._contents.without(rows)
        return len(rows)

    def rebuilt(self, *, settings: IndexSettings | None = None, queries: Floats | None = None) -> "FaissIndex":
        """Another index of what is in this one now, without tail and empty rows; rows are numbered anew."""
        held = self._contents
        rows = held.live_rows()
        return self.build(held.ids_at(rows), held.vectors_at(rows), settings=settings, queries=queries)

    def save(self, folder: Path) -> Manifest:
        """Write the whole folder; what was there before is replaced only once the new one is complete."""
        held = self._contents
        engine = None if self._shortlist is None else self._shortlist.save
        form = Manifest(
            kind=self.kind,
            id_kind=self.id_kind,
            dim=self.dim,
            base_rows=len(held.base),
            tail_rows=len(held.tail),
            effort=self.tuned.effort,
            recall=self.tuned.recall,
        )
        return write_folder(folder, form, held, engine)

    @classmethod
    def load(cls, folder: Path, *, verify: bool = True) -> "FaissIndex":
        """The index in `folder`, memory-mapped; IndexDamaged names the file that is missing, changed or unreadable.

        `verify` reads every byte to check it: half a second a gigabyte.
        """
        manifest = read_manifest(folder, verify=verify)
        contents, shortlist = read_contents(folder, manifest, load_shortlist)
        index = cls(contents, shortlist, Tuned(manifest.effort, manifest.recall))
        index._tail, index._tail_ids = contents.tail, contents.tail_ids
        return index

    def _search_base(self, queries: Floats, k: int, held: Contents, scope: Scope) -> tuple[Rows, Floats]:
        everything = scope.base_mask is None
        engine = self._shortlist
        if engine is None or not scope.base_count:
            if everything and scope.base_count:
                return nearest(queries, held.base, k)
            return nearest_of(queries, held.base, k, rows=scope.base_rows())
        size = engine.head * k
        effort = engine.effort_for(self.tuned.effort, size=size, share=scope.base_count / scope.base_size)
        if exact_microseconds(scope.base_count, self.dim) <= engine.microseconds(effort):
            return nearest_of(queries, held.base, k, rows=scope.base_rows())
        candidates = engine.candidates(queries, size, effort=effort, bits=scope.base_bits())
        rows, scores = reranked(queries, held.base, k, candidates=candidates)
        # Allowed rows that lie far from the query: the walk ended before it met enough of them.
        short = (candidates >= 0).sum(axis=1) < min(size, scope.base_count)
        if short.any():
            again = np.ascontiguousarray(queries[short])
            rows[short], scores[short] = nearest_of(again, held.base, k, rows=scope.base_rows())
        return rows, scores

    def _make_room(self, used: int, wanted: int) -> None:
        """Room for `wanted` rows of tail. Searches under way keep the old buffer; what they see of it never changes."""
        if wanted <= len(self._tail):
            return
        room = max(wanted, 2 * len(self._tail), 256)
        tail, ids = np.empty((room, self.dim), np.float32), np.empty(room, self._tail_ids.dtype)
        tail[:used], ids[:used] = self._tail[:used], self._tail_ids[:used]
        self._tail, self._tail_ids = tail, ids


def exact_microseconds(rows: int, dim: int) -> float:
    """What scoring so many allowed rows exactly is expected to cost for one query."""
    return rows * MICROSECONDS_PER_ROW * dim / 384


def _neighbours(held: Contents, rows: Rows, scores: Floats) -> Neighbours:
    kind = held.base_ids.kind
    ids = np.full(rows.shape, NOBODY[kind], dtype=np.int64 if kind == "int" else object)
    ids[rows >= 0] = held.ids_at(rows[rows >= 0])
    return Neighbours(ids, np.where(rows >= 0, scores, np.float32(-np.inf)))
