"""The catalogue by columns: filters, facets, order and pages as array functions over rows.

Labels are compared as values, never as part of an expression, so that nothing a shopper sends can be read as code.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from merx_core.catalogue import Product

Rows = NDArray[np.int64]
Mask = NDArray[np.bool_]
Doubles = NDArray[np.float64]
FILE = "columns.npz"
FEW = 16
"""Of so many labels one row asked for, or fewer: it is cheaper to look each up than to pass over all."""
MAX_PAGE = 500


class UnknownColumn(ValueError):
    """A filter, facet or order names a column that the catalogue has not, or has of another kind."""


@dataclass(frozen=True, slots=True)
class OneOf:
    """Rows that carry at least one of the labels."""

    column: str
    labels: Collection[str]


@dataclass(frozen=True, slots=True)
class Between:
    """Rows whose number is at least `low` and at most `high` (None: no bound); a missing number is in no range."""

    column: str
    low: float | None = None
    high: float | None = None

    def __post_init__(self) -> None:
        bounds = [bound for bound in (self.low, self.high) if bound is not None]
        if not np.isfinite(bounds).all():
            raise ValueError("bounds are finite numbers")


Filter = OneOf | Between


@dataclass(frozen=True, slots=True)
class Sort:
    """By a column of numbers instead of relevance; rows without a number stand last either way."""

    column: str
    direction: Literal["ascending", "descending"] = "ascending"


@dataclass(frozen=True, slots=True)
class Entry:
    """What one document has: labels (any number in a column) and numbers."""

    labels: Mapping[str, Sequence[str]] = field(default_factory=dict)
    numbers: Mapping[str, float] = field(default_factory=dict)


@dataclass(slots=True)
class _Labels:
    """Entry e says that row `rows[e]` carries the label numbered `codes[e]`; `rows` never falls."""

    names: list[str] = field(default_factory=list)
    rows: Rows = field(default_factory=lambda: np.empty(0, np.int64))
    codes: Rows = field(default_factory=lambda: np.empty(0, np.int64))
    _sorted: list[int] = field(default_factory=list)

    def by_name(self) -> Rows:
        """All codes in the order of their names."""
        if len(self._sorted) < len(self.names):
            new = range(len(self._sorted), len(self.names))
            self._sorted = sorted([*self._sorted, *new], key=self.names.__getitem__)
        return np.array(self._sorted, np.int64)

    def codes_of(self, among: Mask) -> Rows:
        """The labels that the rows `among` carry, with their repeats."""
        rows = np.flatnonzero(among)
        if len(rows) * FEW > len(self.rows):
            return self.codes[among[self.rows]]
        first = np.searchsorted(self.rows, rows)
        counts = np.searchsorted(self.rows, rows, side="right") - first
        before = np.cumsum(counts) - counts
        found: Rows = self.codes[np.arange(counts.sum()) + np.repeat(first - before, counts)]
        return found


def entry_of(product: Product) -> Entry:
    """Brand, every level of the category, attributes by name; price and list price in minor units, stock in units."""
    labels = {"brand": [product.brand] if product.brand else [], "category": list(product.category)}
    labels |= {f"attributes.{name}": [value] for name, value in product.attributes.items() if value}
    prices = {"price": product.price, "list_price": product.list_price}
    numbers = {name: float(money.amount) for name, money in prices.items() if money is not None}
    numbers["in_stock"] = float(product.in_stock)
    if product.stock is not None:
        numbers["stock"] = float(product.stock)
    return Entry({name: values for name, values in labels.items() if values}, numbers)


class Columns:
    """Rows 0, 1, ... in the order in which entries came; dead rows are left out by the caller's mask."""

    def __init__(self, entries: Sequence[Entry] = ()) -> None:
        self._rows = 0
        self._labels: dict[str, _Labels] = {}
        self._numbers: dict[str, Doubles] = {}
        self.extend(entries)

    def __len__(self) -> int:
        return self._rows

    @property
    def label_columns(self) -> tuple[str, ...]:
        return tuple(self._labels)

    @property
    def number_columns(self) -> tuple[str, ...]:
        return tuple(self._numbers)

    def extend(self, entries: Sequence[Entry]) -> None:
        """Rows more; a column that one of them brings is empty for the rows before."""
        first, self._rows = self._rows, self._rows + len(entries)
        for name in sorted({name for entry in entries for name in entry.labels}):
            self._extend_labels(name, entries, first)
        for name in sorted({*self._numbers, *(name for entry in entries for name in entry.numbers)}):
            before = self._numbers.get(name, np.full(first, np.nan))
            new = [float(entry.numbers.get(name, np.nan)) for entry in entries]
            self._numbers[name] = np.concatenate([before, np.array(new, np.float64)])

    def declare(self, *, labels: Collection[str] = (), numbers: Collection[str] = ()) -> None:
        """Columns that are to be there, if only empty: a filter on one finds nothing, where others are unknown."""
        for name in labels:
            self._labels.setdefault(name, _Labels())
        for name in numbers:
            self._numbers.setdefault(name, np.full(self._rows, np.nan))

    def put(self, row: int, numbers: Mapping[str, float]) -> None:
        """Other numbers for a row; in columns that there are, the rest is passed over."""
        for name in numbers.keys() & self._numbers.keys():
            self._numbers[name][row] = numbers[name]

    def numbers(self, column: str) -> Doubles:
        """float64[rows], NaN where missing."""
        if column not in self._numbers:
            raise UnknownColumn(f"the catalogue has no column of numbers called {column[:64]!r}")
        return self._numbers[column]

    def allowed(self, filters: Sequence[Filter]) -> Mask:
        """bool[rows]: rows that pass every filter."""
        found = np.ones(self._rows, bool)
        for wanted in filters:
            found &= self._passing(wanted)
        return found

    def facet(self, column: str, among: Mask) -> dict[str, int]:
        """How many of the rows `among` carry each label, most first, then by name; labels of none are left out."""
        labels = self._label_column(column)
        counts = np.bincount(labels.codes_of(among), minlength=len(labels.names))
        some = labels.by_name()
        some = some[counts[some] > 0]
        ordered = some[np.argsort(-counts[some], kind="stable")]
        return {
            labels.names[code]: count for code, count in zip(ordered.tolist(), counts[ordered].tolist(), strict=True)
        }

    def facets(self, columns: Sequence[str], filters: Sequence[Filter], among: Mask) -> dict[str, dict[str, int]]:
        """Facets of the rows `among` under all filters but the column's own: what choosing another label would give."""
        return {
            column: self.facet(column, among & self.allowed([some for some in filters if some.column != column]))
            for column in columns
        }

    def ordered(self, rows: Rows, sort: Sort) -> Rows:
        """The rows by a number; equal ones keep the order that they came in."""
        values = self.numbers(sort.column)[rows]
        keys = values if sort.direction == "ascending" else -values
        return rows[np.argsort(keys, kind="stable")]  # NaN sorts last

    def save(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        arrays: dict[str, NDArray[np.generic]] = {"rows": np.array(self._rows)}
        for name, labels in self._labels.items():
            arrays[f"names/{name}"] = np.array(labels.names, np.str_)
            arrays[f"rows/{name}"], arrays[f"codes/{name}"] = labels.rows, labels.codes
        arrays |= {f"numbers/{name}": values for name, values in self._numbers.items()}
        keys = np.array(list(arrays), np.str_)
        # numbered, because a column's name may hold what a file's name may not
        numbered: dict[str, Any] = {f"a{place}": array for place, array in enumerate(arrays.values())}
        np.savez(folder / FILE, keys=keys, **numbered)

    @classmethod
    def load(cls, folder: Path) -> "Columns":
        columns = cls()
        with np.load(folder / FILE) as stored:
            arrays = {str(key): stored[f"a{place}"] for place, key in enumerate(stored["keys"])}
        columns._rows = int(arrays["rows"])
        for key, array in arrays.items():
            kind, _, name = key.partition("/")
            if kind == "names":
                parts = arrays[f"rows/{name}"], arrays[f"codes/{name}"]
                columns._labels[name] = _Labels([str(label) for label in array], *parts)
            elif kind == "numbers":
                columns._numbers[name] = array
        return columns

    def _label_column(self, column: str) -> _Labels:
        if column not in self._labels:
            raise UnknownColumn(f"the catalogue has no column of labels called {column[:64]!r}")
        return self._labels[column]

    def _passing(self, wanted: Filter) -> Mask:
        if isinstance(wanted, Between):
            values = self.numbers(wanted.column)
            low = -np.inf if wanted.low is None else wanted.low
            high = np.inf if wanted.high is None else wanted.high
            return np.asarray((values >= low) & (values <= high))
        labels = self._label_column(wanted.column)
        asked = set(wanted.labels)
        codes = np.array([name in asked for name in labels.names], bool)
        found = np.zeros(self._rows, bool)
        found[labels.rows[codes[labels.codes]]] = True
        return found

    def _extend_labels(self, name: str, entries: Sequence[Entry], first: int) -> None:
        labels = self._labels.setdefault(name, _Labels())
        codes = {label: code for code, label in enumerate(labels.names)}
        pairs = [
            (first + place, codes.setdefault(label, len(codes)))
            for place, entry in enumerate(entries)
            for label in dict.fromkeys(entry.labels.get(name, ()))
        ]
        new = np.array(pairs, np.int64).reshape(-1, 2)
        labels.names = list(codes)
        labels.rows = np.concatenate([labels.rows, new[:, 0]])
        labels.codes = np.concatenate([labels.codes, new[:, 1]])


def page(rows: Rows, start: int, size: int) -> Rows:
    """Some rows of an ordered answer; ValueError where the bounds make no sense."""
    if start < 0 or not 0 <= size <= MAX_PAGE:
        raise ValueError(f"a page starts at 0 or later and holds at most {MAX_PAGE}")
    return rows[start : start + size]
