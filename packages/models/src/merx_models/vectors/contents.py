"""What an index holds at one moment: a frozen base, and what changed since it was built."""

from dataclasses import dataclass, replace

import numpy as np

from merx_models.vectors.id_table import IdTable
from merx_models.vectors.index import NO_ROW, Allowed, Floats, IdArray, Mask, Rows, as_ids, full_mask, is_mask
from merx_models.vectors.shortlist import Bits


@dataclass(frozen=True, slots=True)
class Scope:
    """What a search may answer. `base_bits` None: every row of the base; `base_count` of them, and `tail_rows`."""

    base_bits: Bits | None
    base_count: int
    base_size: int
    tail_rows: Rows

    def base_rows(self) -> Rows:
        if self.base_bits is None:
            return np.arange(self.base_size)
        return np.flatnonzero(_unpacked(self.base_bits, self.base_size))


@dataclass(frozen=True, slots=True)
class Contents:
    """Rows 0..b-1 are the base's, rows b.. the tail's. Immutable: a change makes another one, so that a search that
    is under way sees all of a change or nothing. The tail's arrays are views of a buffer that only grows."""

    base: Floats
    base_ids: IdTable
    live: Bits
    dead: int
    tail: Floats
    tail_ids: IdArray
    tail_live: Mask
    tail_row: dict[int | str, int]

    @classmethod
    def of(cls, base: Floats, base_ids: IdTable) -> "Contents":
        tail = np.empty((0, base.shape[1]), np.float32)
        no_ids = np.empty(0, np.int64 if base_ids.kind == "int" else object)
        return cls(base, base_ids, _packed(np.ones(len(base), bool)), 0, tail, no_ids, np.zeros(0, bool), {})

    @property
    def rows(self) -> int:
        return len(self.base) + len(self.tail)

    def __len__(self) -> int:
        return len(self.base) - self.dead + len(self.tail_row)

    def rows_of(self, ids: IdArray) -> Rows:
        """The live row of each id, -1 where there is none."""
        found = self.base_ids.rows(ids)
        held = found >= 0
        found[held] = np.where(self._base_live(found[held]), found[held], NO_ROW)
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
        if allowed is None:
            bits = self.live if self.dead else None
            return Scope(bits, len(self.base) - self.dead, len(self.base), np.flatnonzero(self.tail_live))
        mask = self._mask(allowed)
        bits = _packed(mask[: len(self.base)]) & self.live
        count = ones(bits)
        return Scope(bits, count, len(self.base), np.flatnonzero(mask[len(self.base) :] & self.tail_live))

    def without(self, rows: Rows) -> "Contents":
        """These live rows emptied."""
        base, tail = rows[rows < len(self.base)], rows[rows >= len(self.base)] - len(self.base)
        live, tail_live = self.live.copy(), self.tail_live.copy()
        # One bit at a time: two rows may share a byte.
        np.bitwise_and.at(live, base >> 3, ~(np.uint8(1) << (base & 7).astype(np.uint8)))
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
        base = np.flatnonzero(_unpacked(self.live, len(self.base)))
        return np.concatenate([base, len(self.base) + np.flatnonzero(self.tail_live)])

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

    def _base_live(self, rows: Rows) -> Mask:
        return np.asarray((self.live[rows >> 3] >> (rows & 7).astype(np.uint8)) & 1, bool)


def ones(bits: Bits) -> int:
    """How many bits are set."""
    return int.from_bytes(bits.tobytes(), "little").bit_count()


def _packed(mask: Mask) -> Bits:
    return np.packbits(mask, bitorder="little")


def _unpacked(bits: Bits, rows: int) -> Mask:
    return np.unpackbits(bits, count=rows, bitorder="little").view(np.bool_)
