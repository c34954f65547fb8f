"""Sales as the forecaster reads them: one row per series, one column per period."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Doubles = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

CODES = ("product", "store", "category", "family")
DAYS_A_YEAR = 365.25


class SalesError(ValueError):
    """A table that cannot be read: the message names the column and what is wrong with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cadence:
    """Lengths in periods: of trailing windows, of a season, of what the recurrent network reads."""

    name: str
    days: int
    windows: tuple[int, ...]
    season: int
    year: int
    usual: int
    memory: int

    @property
    def level_window(self) -> int:
        return self.windows[-2]


WEEKLY = Cadence(name="weekly", days=7, windows=(2, 4, 8, 13, 26, 52), season=52, year=52, usual=13, memory=26)
DAILY = Cadence(name="daily", days=1, windows=(3, 7, 14, 28, 91, 364), season=7, year=364, usual=56, memory=56)
CADENCES = {cadence.name: cadence for cadence in (WEEKLY, DAILY)}


@dataclass(frozen=True, slots=True, kw_only=True)
class SalesTable:
    """S series over T consecutive periods; covariates reach as far ahead as they are known, sales end where they end.

    `sold` [S, T] are units, NaN where nothing is known. `price` [S, T] is in any one currency (NaN: unknown),
    `promotions` [S, T, K] are numbers from 0 (none), `competitor_price` [S, T] may be all NaN. Where `empty_shelf`
    [S, T] is true, sales are a lower bound of demand. `codes` [S, 4] number the product, store, category and family of
    each series from 0. `first` is the number of the first period (weeks or days since any origin).
    """

    names: tuple[str, ...]
    first: int
    cadence: Cadence
    sold: Doubles
    price: Doubles
    promotions: Doubles
    competitor_price: Doubles
    empty_shelf: Flags
    codes: Ints
    promotion_names: tuple[str, ...] = ()
    families: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        shape = self.sold.shape
        for name in ("price", "competitor_price", "empty_shelf"):
            if getattr(self, name).shape != shape:
                raise SalesError(f"{name}: {getattr(self, name).shape} beside sales of {shape}")
        if self.promotions.shape != (*shape, len(self.promotion_names)):
            raise SalesError(f"promotions: {self.promotions.shape} for {len(self.promotion_names)} names")
        if self.codes.shape != (shape[0], len(CODES)) or len(self.names) != shape[0]:
            raise SalesError("codes and names: one row for each series")
        for name, why, wrong in (
            ("value", "sales below zero; book returns apart", self.sold < 0),
            ("price", "not above zero", self.price <= 0),
            ("competitor_price", "not above zero", self.competitor_price <= 0),
        ):
            if wrong.any():
                raise SalesError(f"{name}: {why} ({self.where(wrong)})")

    @property
    def periods(self) -> int:
        return int(self.sold.shape[1])

    def column(self, period: int) -> int:
        """The column of a period's number. Raises SalesError."""
        if not self.first <= period < self.first + self.periods:
            raise SalesError(f"time: period {period} is outside {self.first} to {self.first + self.periods - 1}")
        return period - self.first

    def rows_of(self, series: Sequence[str]) -> Ints:
        """Of series by their names. Raises SalesError."""
        known = {name: row for row, name in enumerate(self.names)}
        for name in series:
            if name not in known:
                raise SalesError(f"series: {name!r} is not in the table; a new one needs a row, its value unknown")
        return np.array([known[name] for name in series], dtype=np.int64)

    def where(self, flags: Flags) -> str:
        """The first place that is true of flags [S, T], in words."""
        row, column = (int(part[0]) for part in np.nonzero(flags))
        return f"series {self.names[row]!r}, period {self.first + column}"

    def code(self, name: str) -> Ints:
        return self.codes[:, CODES.index(name)]

    def until(self, column: int) -> "SalesTable":
        """The same table as it was known at the end of `column`: later sales unknown, covariates kept."""
        sold = self.sold.copy()
        sold[:, column + 1 :] = np.nan
        return self.replace(sold=sold)

    def replace(self, **changed: Any) -> "SalesTable":
        fields = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return SalesTable(**(fields | changed))
