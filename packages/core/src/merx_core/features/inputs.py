"""What a ranking matrix is made of: one shopper, all products, and the pairs between them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

import numpy as np
import numpy.typing as npt

from merx_core.features.names import PRODUCT_COLUMNS, PROFILE_COLUMNS, TOP_TOGETHER

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int32]
Mask = npt.NDArray[np.bool_]

SECONDS_A_DAY = 86_400.0
HABIT_HALF_LIFE_DAYS = 90.0
"""What is left of an order after this long is half: the best of 28 to 365 days on a year of groceries."""


def _no_floats() -> Floats:
    return np.empty(0, np.float32)


def _no_doubles() -> Doubles:
    return np.empty(0, np.float64)


def _no_ints() -> Ints:
    return np.empty(0, np.int32)


def _nothing_known() -> Floats:
    return np.full(len(PROFILE_COLUMNS), np.nan, np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class ProfileFeatures:
    """One shopper as the feature store knows them at `as_of` (epoch seconds; NaN for a shopper it does not know).

    `values` follows PROFILE_COLUMNS, NaN where missing. The history holds distinct products, the one bought longest ago
    first, at most MAX_HISTORY: time of the last purchase in epoch seconds, number of orders with it, mean days
    between those orders (NaN after one), and the orders faded to `as_of` (HABIT_HALF_LIFE_DAYS halve one).

    `recent_ids` are the distinct products touched in the session that goes on, the one touched longest ago first; a
    shopper of whom nothing else is known may have them.
    """

    profile_id: str
    values: Floats = field(default_factory=_nothing_known)
    history_ids: tuple[str, ...] = ()
    history_times: Doubles = field(default_factory=_no_doubles)
    history_counts: Ints = field(default_factory=_no_ints)
    history_intervals: Floats = field(default_factory=_no_floats)
    history_weights: Floats = field(default_factory=_no_floats)
    segment: str = "new"
    as_of: float = float("nan")
    top_categories: tuple[str, ...] = ()
    category_weights: Floats = field(default_factory=_no_floats)
    top_brands: tuple[str, ...] = ()
    brand_weights: Floats = field(default_factory=_no_floats)
    recent_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class ProductColumns:
    """All products as arrays: row r is product r, and one more row at the end, of missing values, so that row -1 is
    "unknown product" everywhere.

    `values` follows PRODUCT_COLUMNS. `leaf`, `department` and `brand` are codes from 0, -1 where missing; the counts of
    codes are the `*_count` fields. `together` are the rows most often bought in the same order, best first, padded by
    -1, with their cosine in (0, 1].
    """

    values: Floats
    leaf: Ints
    department: Ints
    brand: Ints
    together: Ints
    together_weights: Floats
    leaf_count: int
    department_count: int
    brand_count: int

    @property
    def size(self) -> int:
        """Number of products, the row of missing values not counted."""
        return int(self.leaf.shape[0]) - 1

    @classmethod
    def of(
        cls,
        columns: Mapping[str, npt.NDArray[np.generic]],
        *,
        codes: Mapping[str, npt.NDArray[np.generic]],
        together: npt.NDArray[np.generic] | None = None,
        together_weights: npt.NDArray[np.generic] | None = None,
    ) -> Self:
        """From one array per name of PRODUCT_COLUMNS, and codes named leaf, department and brand (-1 is missing)."""
        size = len(codes["leaf"])
        values = np.full((size + 1, len(PRODUCT_COLUMNS)), np.nan, np.float32)
        for position, name in enumerate(PRODUCT_COLUMNS):
            values[:size, position] = columns[name]
        width = TOP_TOGETHER if together is None else together.shape[1]
        rows = np.full((size + 1, width), -1, np.int32)
        weights = np.zeros((size + 1, width), np.float32)
        if together is not None and together_weights is not None:
            rows[:size], weights[:size] = together, together_weights
        leaf, department, brand = (
            np.append(codes[name], -1).astype(np.int32) for name in ("leaf", "department", "brand")
        )
        return cls(
            values=values,
            leaf=leaf,
            department=department,
            brand=brand,
            together=rows,
            together_weights=weights,
            leaf_count=int(leaf.max()) + 1,
            department_count=int(department.max()) + 1,
            brand_count=int(brand.max()) + 1,
        )


@dataclass(frozen=True, slots=True, eq=False)
class PairInputs:
    """What stands between the shopper and the candidates, in rows of ProductColumns (-1: unknown product).

    `history_rows` are distinct; `history_counts` are orders, `history_weights` orders faded by age, `history_ages_days`
    days since the last one (not negative), `history_intervals_days` the shopper's mean days between them (NaN after
    one). `context_rows` are what the page is about.
    """

    history_rows: Ints = field(default_factory=_no_ints)
    history_counts: Floats = field(default_factory=_no_floats)
    history_ages_days: Floats = field(default_factory=_no_floats)
    history_intervals_days: Floats = field(default_factory=_no_floats)
    history_weights: Floats = field(default_factory=_no_floats)
    context_rows: Ints = field(default_factory=_no_ints)

    @classmethod
    def of(cls, profile: ProfileFeatures, history_rows: Ints, context_rows: Ints, *, now: float) -> Self:
        """The pairs of `profile` at `now` (epoch seconds); `history_rows` are the rows of its `history_ids`."""
        ages = np.maximum(now - profile.history_times, 0.0) / SECONDS_A_DAY
        return cls(
            history_rows=history_rows,
            history_counts=profile.history_counts.astype(np.float32),
            history_ages_days=ages.astype(np.float32),
            history_intervals_days=profile.history_intervals,
            history_weights=_faded(profile, ages, now),
            context_rows=context_rows,
        )


def _faded(profile: ProfileFeatures, ages_days: Doubles, now: float) -> Floats:
    """The orders of each product, those of HABIT_HALF_LIFE_DAYS ago counting half; guessed where none is stored."""
    if profile.history_weights.shape == profile.history_counts.shape:
        passed = max(now - profile.as_of, 0.0) / SECONDS_A_DAY if not np.isnan(profile.as_of) else 0.0
        faded: Floats = (profile.history_weights * 2.0 ** (-passed / HABIT_HALF_LIFE_DAYS)).astype(np.float32)
        return faded
    return (profile.history_counts * np.exp2(-ages_days / HABIT_HALF_LIFE_DAYS)).astype(np.float32)
