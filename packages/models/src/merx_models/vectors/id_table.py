"""Which id stands in which row, for millions of rows, read from disk in place.

A dictionary of a million strings takes 150 MB and a second to fill. Here ids are sorted by a key of 64 bits (an integer
is its own key, a string has the first 8 bytes of its BLAKE2b), and found by bisection: 12 bytes a row, memory-mapped.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from merx_models.vectors.index import NO_ROW, IdArray, IdKind, Rows

TEXT, STARTS, NUMBERS, KEYS, ORDER = "id_text.npy", "id_starts.npy", "id_numbers.npy", "id_keys.npy", "id_order.npy"


@dataclass(frozen=True, slots=True)
class IdTable:
    """Ids of rows 0..n-1: `numbers` [n], or UTF-8 `text` cut at `starts` [n + 1]; `keys` sorted, `order` their rows."""

    kind: IdKind
    keys: NDArray[np.int64]
    order: NDArray[np.int32]
    numbers: NDArray[np.int64]
    text: NDArray[np.uint8]
    starts: NDArray[np.int64]

    @classmethod
    def of(cls, ids: IdArray, kind: IdKind) -> "IdTable":
        """ValueError where an id stands twice, or two strings have one key (3 in 100 million tables of a million)."""
        keys = _keys(ids, kind)
        order = np.argsort(keys, kind="stable").astype(np.int32)
        keys = keys[order]
        if np.any(keys[1:] == keys[:-1]):
            raise ValueError("an id stands twice")
        if kind == "int":
            return cls(kind, keys, order, ids.astype(np.int64), np.empty(0, np.uint8), np.zeros(1, np.int64))
        encoded = [text.encode() for text in ids]
        starts = np.zeros(len(encoded) + 1, np.int64)
        np.cumsum([len(text) for text in encoded], out=starts[1:])
        text = np.frombuffer(b"".join(encoded), np.uint8)
        return cls(kind, keys, order, np.empty(0, np.int64), text, starts)

    def __len__(self) -> int:
        return len(self.keys)

    def rows(self, ids: IdArray) -> Rows:
        """The row of each id, -1 where it is not here."""
        if not len(self) or not len(ids):
            return np.full(len(ids), NO_ROW, np.int64)
        keys = _keys(ids, self.kind)
        place = np.minimum(np.searchsorted(self.keys, keys), len(self) - 1)
        found = np.where(self.keys[place] == keys, self.order[place], NO_ROW).astype(np.int64)
        if self.kind == "str":  # a string that is not here may have the key of one that is
            for position in np.flatnonzero(found >= 0):
                if self._text(found[position]) != ids[position]:
                    found[position] = NO_ROW
        return found

    def at(self, rows: Rows) -> IdArray:
        """The ids in `rows` (all within the table)."""
        if self.kind == "int":
            return np.asarray(self.numbers[rows], np.int64)
        found = np.empty(len(rows), dtype=object)
        found[:] = [self._text(row) for row in rows]
        return found

    def save(self, folder: Path) -> None:
        for name, values in self._files().items():
            np.save(folder / name, values)

    @classmethod
    def load(cls, folder: Path, kind: IdKind) -> "IdTable":
        keys, order, numbers, text, starts = (
            np.load(folder / name, mmap_mode="r" if (folder / name).stat().st_size > 4096 else None)
            for name in (KEYS, ORDER, NUMBERS, TEXT, STARTS)
        )
        return cls(kind, keys, order, numbers, text, starts)

    def _files(self) -> dict[str, NDArray[np.int64] | NDArray[np.int32] | NDArray[np.uint8]]:
        return {
            KEYS: self.keys,
            ORDER: self.order,
            NUMBERS: self.numbers,
            TEXT: self.text,
            STARTS: self.starts,
        }

    def _text(self, row: np.integer) -> str:
        return self.text[self.starts[row] : self.starts[row + 1]].tobytes().decode()


def _keys(ids: IdArray, kind: IdKind) -> NDArray[np.int64]:
    if kind == "int":
        return ids.astype(np.int64)
    return np.fromiter(_string_keys(ids), np.int64, count=len(ids))


def _string_keys(ids: Iterable[str]) -> Iterable[int]:
    for text in ids:
        yield int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little", signed=True)
