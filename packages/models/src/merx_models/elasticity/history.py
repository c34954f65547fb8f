"""What a shop knows of its prices and sales, as one table; lags and calendar worked out from it."""

from collections import Counter
from collections.abc import Mapping, Sequence, Sized
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Doubles = NDArray[np.float64]
Ints = NDArray[np.int64]
Texts = NDArray[np.str_]

Cell = tuple[str, str]
"""A product and a segment of shoppers ("" where the shop has one)."""


@dataclass(frozen=True, slots=True)
class PriceHistory:
    """N rows, one for each product, segment, store (or channel, or price zone) and period.

    `time` counts periods (weeks, say) from any start. `log_price` and `log_units` are natural logs of the price in one
    currency and of units sold. `controls` are what moved demand and was known when the price was set: promotion,
    competitor price, visits; not the cost, which moves the price alone, and nothing that the price itself has moved.
    `unsold` counts, by cell, the rows that `of` left out because nothing was sold (a log needs a sale); `listed` is the
    category of every product that there was, whether it sold or not.
    """

    product: Texts
    category: Texts
    segment: Texts
    store: Texts
    time: Ints
    log_price: Doubles
    log_units: Doubles
    controls: Mapping[str, Doubles]
    unsold: Mapping[Cell, int]
    listed: Mapping[str, str]

    def __post_init__(self) -> None:
        taken = set(self.controls) & {"product", "category", "segment", "store", "time", "log_price", "log_units"}
        if taken:
            raise ValueError(f"a control cannot be called {sorted(taken)}")
        _same_length(len(self.log_price), self._columns())
        if not len(self.time):
            raise ValueError("a price history without rows")
        for name, column in {"log_price": self.log_price, "log_units": self.log_units, **self.controls}.items():
            _refuse(name, "missing or infinite", ~np.isfinite(column))

    @classmethod
    def of(  # noqa: PLR0913
        cls,
        *,
        product: Sequence[str] | Texts,
        category: Sequence[str] | Texts,
        time: Sequence[int] | Ints | Doubles,
        price: Sequence[float] | Doubles,
        units: Sequence[float] | Doubles,
        segment: Sequence[str] | Texts | None = None,
        store: Sequence[str] | Texts | None = None,
        controls: Mapping[str, Sequence[float] | Doubles] | None = None,
    ) -> "PriceHistory":
        """The table from plain prices and units. Rows without a sale are left out and counted in `unsold`.

        Raises ValueError, which names the column, for a price that is not above zero, negative or missing units, a
        time that is no whole number, a control that is missing or no number, columns of different lengths, a product
        in two categories, and two rows of one product, segment, store and period.
        """
        given = {"product": product, "category": category, "time": time, "segment": segment, "store": store}
        _same_length(len(price), {"units": units, **given, **(controls or {})})
        prices, sold, whole = (_numbers(*it) for it in (("price", price), ("units", units), ("time", time)))
        _refuse("price", "missing or not above zero", ~(np.isfinite(prices) & (prices > 0)))
        _refuse("units", "missing or below zero", ~(np.isfinite(sold) & (sold >= 0)))
        _refuse("time", "not a whole number", ~(np.isfinite(whole) & (whole == np.round(whole))))
        known = {name: _numbers(name, column) for name, column in (controls or {}).items()}
        blank = np.full(len(prices), "")
        names = np.asarray(product, np.str_)
        segments = blank if segment is None else np.asarray(segment, np.str_)
        categories = np.asarray(category, np.str_)
        stores = blank if store is None else np.asarray(store, np.str_)
        periods = whole.astype(np.int64)
        listed = _listed(names, categories)
        _once(codes(names, segments, stores, periods))
        kept = sold > 0
        if not kept.any():
            raise ValueError("units are zero in all rows: nothing was sold")
        missed = zip(names[~kept].tolist(), segments[~kept].tolist(), strict=True)
        return cls(
            product=names[kept],
            category=categories[kept],
            segment=segments[kept],
            store=stores[kept],
            time=periods[kept],
            log_price=np.log(prices[kept]),
            log_units=np.log(sold[kept]),
            controls={name: column[kept] for name, column in known.items()},
            unsold=Counter(missed),
            listed=listed,
        )

    def __len__(self) -> int:
        return len(self.time)

    @property
    def design(self) -> Doubles:
        """The controls as [N, C], in the order of their names."""
        return np.column_stack([np.empty((len(self), 0)), *(self.controls[name] for name in sorted(self.controls))])

    @property
    def series(self) -> Ints:
        """Which series (product, segment, store) each row belongs to: 0, 1, ..."""
        return codes(self.product, self.segment, self.store)

    def cells(self) -> dict[Cell, NDArray[np.intp]]:
        """The row numbers of every product and segment, cells in alphabetical order."""
        code = codes(self.product, self.segment)
        order = np.argsort(code, kind="stable")
        parts = np.split(order, np.flatnonzero(np.diff(code[order])) + 1)
        return {(str(self.product[rows[0]]), str(self.segment[rows[0]])): rows for rows in parts}

    def take(self, rows: NDArray[np.intp]) -> "PriceHistory":
        """Some rows, in the order given."""
        picked = {name: column[rows] for name, column in self._columns().items() if name not in self.controls}
        return PriceHistory(
            **picked,  # type: ignore[arg-type]  # columns by their own names
            controls={name: column[rows] for name, column in self.controls.items()},
            unsold=self.unsold,
            listed=self.listed,
        )

    def with_controls(self, added: Mapping[str, Doubles]) -> "PriceHistory":
        """The same rows with more controls; ValueError where a name is taken."""
        taken = set(added) & set(self.controls)
        if taken:
            raise ValueError(f"there are controls called {sorted(taken)} already")
        return replace(self, controls={**self.controls, **added})

    def with_calendar(self, period: float = 52.0, *, waves: int = 2) -> "PriceHistory":
        """Adds a trend and `waves` sine waves of the year (`period` periods of time)."""
        angle = 2 * np.pi * self.time / period
        added = {"trend": (self.time - self.time.mean()) / period}
        for wave in range(1, waves + 1):
            added |= {f"season_sin_{wave}": np.sin(wave * angle), f"season_cos_{wave}": np.cos(wave * angle)}
        return self.with_controls(added)

    def with_lags(self) -> "PriceHistory":
        """Adds what the same series had in its row before: units, price and the controls that vary; and its mean over
        the stores, which tells a shock of all stores from one store's luck. The first row of a series has none and is
        left out. Call it before `with_calendar`."""
        given = {"log_units": self.log_units, "log_price": self.log_price, **self.controls}
        series = self.series
        order = np.lexsort((self.time, series))
        before = np.full(len(self), -1, np.intp)
        follows = series[order][1:] == series[order][:-1]
        before[order[1:][follows]] = order[:-1][follows]
        kept = np.flatnonzero(before >= 0)
        if not len(kept):
            raise ValueError("no series has two rows: there is nothing to lag")
        lagged = {f"last_{name}": column[before[kept]] for name, column in given.items()}
        stores = len(np.unique(self.store)) > 1
        group = codes(self.product, self.segment, self.time)
        for name in ("log_units", "log_price") if stores else ():
            usual = within(given[name], series)
            lagged[f"last_{name}_everywhere"] = _mean_by(usual, group)[group][before[kept]]
        return self.take(kept).with_controls(lagged)

    def _columns(self) -> dict[str, NDArray[np.generic]]:
        named = ("product", "category", "segment", "store", "time", "log_price", "log_units")
        return {**{name: getattr(self, name) for name in named}, **self.controls}


def _same_length(rows: int, columns: Mapping[str, Sized | None]) -> None:
    lengths = {name: len(column) for name, column in columns.items() if column is not None}
    if set(lengths.values()) - {rows}:
        raise ValueError(f"columns of different lengths: {lengths} beside {rows} prices")


def _numbers(name: str, values: Sequence[float] | Sequence[int] | Doubles | Ints) -> Doubles:
    try:
        return np.asarray(values, np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name}: not a number in some row: {error}") from error


def _refuse(name: str, what: str, wrong: NDArray[np.bool_]) -> None:
    if wrong.any():
        raise ValueError(f"{name}: {what} in {int(wrong.sum())} rows, the first of them row {int(wrong.argmax())}")


def _once(code: Ints) -> None:
    twice = len(code) - len(np.unique(code))
    if twice:
        raise ValueError(f"{twice} rows repeat a product, segment, store and time that there is already")


def _listed(product: Texts, category: Texts) -> dict[str, str]:
    """The category of each product; ValueError where one has two."""
    if not len(product):
        raise ValueError("a price history without rows")
    listed: dict[str, str] = {}
    for name, place in sorted(set(zip(product.tolist(), category.tolist(), strict=True))):
        if name in listed:
            raise ValueError(f"product {name!r} is in more than one category: {listed[name]!r} and {place!r}")
        listed[name] = place
    return listed


def codes(*columns: NDArray[np.generic]) -> Ints:
    """0, 1, ... for every combination of the columns' values, in their order."""
    code = np.zeros(len(columns[0]), np.int64)
    for column in columns:
        values, place = np.unique(column, return_inverse=True)
        code = np.unique(code * len(values) + place, return_inverse=True)[1].astype(np.int64)
    return code


def within(values: Doubles, group: Ints) -> Doubles:
    """Each value ([N] or [N, C]) less the mean of its group."""
    if values.ndim == 1:
        return values - _mean_by(values, group)[group]
    return np.column_stack([within(column, group) for column in values.T] or [values])


def _mean_by(values: Doubles, group: Ints) -> Doubles:
    return np.asarray(np.bincount(group, weights=values) / np.bincount(group))
