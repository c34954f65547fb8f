"""Any long table of series, time, value and covariates, read into a SalesTable or refused with the field's name."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from merx_models.demand.sales import CODES, WEEKLY, Cadence, Doubles, Ints, SalesError, SalesTable

NEEDED = ("series", "time", "value")
PROMOTION = "promotion_"
UNKNOWN_ALLOWED = ("value", "price", "competitor_price")
"""NaN there says that nothing is known; elsewhere it is refused, because 0 says none."""

Columns = Mapping[str, Any]


def read_long(columns: Columns, *, cadence: Cadence = WEEKLY, ahead: int = 0) -> SalesTable:
    """A table from long columns of equal length (sequences or arrays), in any order of rows.

    Needed: `series`, `time` (period numbers, or days as datetime64) and `value` (units, NaN where not yet known).
    Read where given: `product`, `store`, `category`, `family` (text), `price`, `competitor_price` (NaN where unknown),
    `stock_out` (0 or 1) and promotions, which are all columns named `promotion_*`. Without product a series is a
    product of its own; without family its product is. A period without a row is unknown, its promotions none; `ahead`
    empty periods are added at the end. Raises SalesError.
    """
    _check_lengths(columns)
    names, series = np.unique(np.asarray(columns["series"]).astype(str), return_inverse=True)
    period = _period(np.asarray(columns["time"]), cadence)
    first, shape = int(period.min()), (len(names), int(np.ptp(period)) + 1 + ahead)
    places = series * shape[1] + (period - first)
    _check_unique(places, names, first, shape[1])

    def grid(name: str, empty: float = np.nan) -> Doubles:
        out = np.full(shape, empty)
        if name in columns:
            out.reshape(-1)[places] = _numbers(name, columns[name], np.asarray(columns["series"]), period)
        return out

    promotions = tuple(sorted(name for name in columns if name.startswith(PROMOTION)))
    codes, families = _codes(columns, series, names)
    return SalesTable(
        names=tuple(names.tolist()),
        first=first,
        cadence=cadence,
        sold=grid("value"),
        price=grid("price"),
        promotions=np.stack([np.zeros(shape), *(grid(name, 0.0) for name in promotions)], axis=2)[:, :, 1:],
        competitor_price=grid("competitor_price"),
        empty_shelf=grid("stock_out", 0.0) > 0,
        codes=codes,
        promotion_names=promotions,
        families=families,
    )


def _check_lengths(columns: Columns) -> None:
    for name in NEEDED:
        if name not in columns:
            raise SalesError(f"{name}: the column is missing")
    rows = len(columns["series"])
    if not rows:
        raise SalesError("series: no rows")
    for name, values in columns.items():
        if len(values) != rows:
            raise SalesError(f"{name}: {len(values)} rows beside {rows} of series")


def _check_unique(places: Ints, names: NDArray[Any], first: int, periods: int) -> None:
    found, times = np.unique(places, return_counts=True)
    if (times > 1).any():
        row, column = divmod(int(found[times > 1][0]), periods)
        raise SalesError(f"time: series {str(names[row])!r} has two rows for period {first + column}")


def _period(time: NDArray[Any], cadence: Cadence) -> Ints:
    if np.issubdtype(time.dtype, np.datetime64):
        if np.isnat(time).any():
            raise SalesError("time: a date is missing")
        days = time.astype("datetime64[D]").astype(np.int64)
        return np.asarray(days // cadence.days, dtype=np.int64)
    if not np.issubdtype(time.dtype, np.integer):
        raise SalesError(f"time: period numbers or dates, not {time.dtype}")
    return time.astype(np.int64)


def _numbers(name: str, values: Sequence[Any] | NDArray[Any], series: NDArray[Any], period: Ints) -> Doubles:
    """A column as numbers, unknown ones only where they may be."""
    try:
        numbers = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise SalesError(f"{name}: not numbers ({error})") from error
    wrong = np.isinf(numbers) if name in UNKNOWN_ALLOWED else ~np.isfinite(numbers)
    if wrong.any():
        place = int(wrong.argmax())
        raise SalesError(f"{name}: {numbers[place]} (series {str(series[place])!r}, period {period[place]})")
    return numbers


def _codes(columns: Columns, series: Ints, names: NDArray[Any]) -> tuple[Ints, tuple[str, ...]]:
    """Codes [S, 4], and the names of the families."""
    given = {name: _of_series(name, columns[name], series, names) for name in CODES if name in columns}
    given.setdefault("product", names)
    given.setdefault("store", np.full(len(names), ""))
    given.setdefault("category", np.full(len(names), ""))
    given.setdefault("family", given["product"])
    numbered = [np.unique(given[name], return_inverse=True)[1] for name in CODES]
    return np.stack(numbered, axis=1).astype(np.int64), tuple(np.unique(given["family"]).tolist())


def _of_series(name: str, values: Sequence[Any] | NDArray[Any], series: Ints, names: NDArray[Any]) -> NDArray[Any]:
    """What all rows of a series agree on [S]."""
    texts = np.asarray(values).astype(str)
    _, first_row = np.unique(series, return_index=True)
    wrong = texts != texts[first_row][series]
    if wrong.any():
        place = int(wrong.argmax())
        raise SalesError(f"{name}: series {str(names[series[place]])!r} has two, {texts[place]!r} is one of them")
    return texts[first_row]
