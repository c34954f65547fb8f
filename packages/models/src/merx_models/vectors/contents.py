"""What an index holds at one moment: a frozen base, and what changed since it was built."""

from dataclasses import dataclass, replace

import numpy as np

from merx_models.vectors.id_table import IdTable
from merx_models.vectors.index import NO_ROW, Allowed, Floats, IdArray, Mask, Rows, as_ids, full_mask, is_mask
from merx_models.vectors.shortlist import Bits


@dataclass(frozen=True, slots=True)
class Scope:
    """What a search may answer. `base_mask` None: every row of the base; `base_count` of them, and `tail_rows`.

    Cheap to make: what only one way of searching needs (row numbers, bits) is made when it is asked for.
    """

    base_mask: Mask | None
    base_count: int
    base_size: int
    tail_rows: Rows

    def base_rows(self) -> Rows:
        return np.arange(self.base_size) if self.base_mask is None else np.flatnonzero(self.base_mask)

    def base_bits(self) -> Bits | None:
        return None if self.base_mask is None else np.packbits(self.base_mask, bitorder="little")


@dataclass(frozen=True, slots=True)
class Contents:
    """Rows 0..b-1 are the base's, rows b.. the tail's. Immutable: a change makes another one, so that a search that
    is under way sees all of a change or nothing. The tail's arrays are views of a buffer that only grows."""

    base: Floats
    base_ids: IdTable
    live: Mask
    dead: int
    tail: Floats
    tail_ids: IdArray
    tail_live: Mask
    tail_row: dict[int | str, int]

    @classmethod
    def of(cls, base: Floats, base_ids: IdTable) -> "Contents":
        tail = np.empty((0, base.shape[1]), np.float32)
        no_ids = np.empty(0, np.int64 if base_ids.kind == "int" else object)
        return cls(base, base_ids, np.ones(len(base), bool), 0, tail, no_ids, np.zeros(0, bool), {})

    @property
    def rows(self) -> int:
        return len(self.base) + len(self.tail)

    def __len__(self) -> int:
        return len(self.base) - self.dead + len(self.tail_row)

    def rows_of(self, ids: IdArray) -> Rows:
        """The live row of each id, -1 where there is none."""
        found = self.base_ids.rows(ids)
        held = found >= 0
        found[held] = np.where(self.live[found[held]], found[held], NO_ROW)
        if self.tail_row:
            later = np.fromiter((self.tail_row.get(one, NO_ROW) for one in ids.tolist()), np.int64, count=len(ids))
            found = np.where(later >= 0, later, found)
        return found

    def ids_at(self, rows: Rows) -> IdArray:
        """The ids in rows that are not empty."""
        late = rows >= len(self.base)
        found = np.empty(len(rows), self.tail_ids.dtype)
        found[~late] = self.base_ids.at(rows[~late])
        found[late] = self.tail_ids[rows[late] - len(self.base)]
        return found

    def scope(self, allowed: Allowed | None) -> Scope:
        """The live rows among `allowed` (all of them: None)."""
        base = len(self.base)
        if allowed is None:
            return Scope(self.live if self.dead else None, base - self.dead, base, np.flatnonzero(self.tail_live))
        mask = self._mask(allowed)
        held = mask[:base] & self.live if self.dead else mask[:base]
        return Scope(held, int(np.count_nonzero(held)), base, np.flatnonzero(mask[base:] & self.tail_live))

    def without(self, rows: Rows) -> "Contents":
        """These live rows emptied."""
        base, tail = rows[rows < len(self.base)], rows[rows >= len(self.base)] - len(self.base)
        live, tail_live = self.live.copy(), self.tail_live.copy()
        live[base] = False
        tail_live[tail] = False
        gone = set(self.tail_ids[tail].tolist())
        kept = {one: row for one, row in self.tail_row.items() if one not in gone} if gone else self.tail_row
        return replace(self, live=live, dead=self.dead + len(base), tail_live=tail_live, tail_row=kept)

    def with_tail(self, ids: IdArray, tail: Floats, tail_ids: IdArray) -> "Contents":
        """The tail grown by `ids`, none of which is live; `tail` and `tail_ids` are its whole arrays, old and new."""
        rows = range(self.rows, self.rows + len(ids))
        tail_live = np.concatenate([self.tail_live, np.ones(len(ids), bool)])
        tail_row = self.tail_row | dict(zip(ids.tolist(), rows, strict=True))
        return replace(self, tail=tail, tail_ids=tail_ids, tail_live=tail_live, tail_row=tail_row)

    def live_rows(self) -> Rows:
        return np.concatenate([np.flatnonzero(self.live), len(self.base) + np.flatnonzero(self.tail_live)])

    def vectors_at(self, rows: Rows) -> Floats:
        late = rows >= len(self.base)
        found = np.empty((len(rows), self.base.shape[1]), np.float32)
        found[~late] = self.base[rows[~late]]
        found[late] = self.tail[rows[late] - len(self.base)]
        return found

    def _mask(self, allowed: Allowed) -> Mask:
        if is_mask(allowed):
            return full_mask(np.asarray(allowed), self.rows)
        rows = self.rows_of(as_ids(allowed, self.base_ids.kind)[0])
        mask = np.zeros(self.rows, bool)
        mask[rows[rows >= 0]] = True
        return mask
