"""What products of a category sold in the weeks after they had sold about so often: counted, as quantiles and means.

Of counts that are mostly zero the quantiles are what happened (an empirical predictive distribution). Those of a small
category are drawn to those of the category above it, level by level (averages of quantiles, Vincent 1912).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from merx_models.demand.forecast_table import LENGTH, Period, Words
from merx_models.demand.quantiles import LEVELS
from merx_models.demand.sales import Doubles, Ints

NEVER, NEW, ANY, ASLEEP = 0, 1, 2, 3
"""Classes without a rate: on offer and never sold; just come; all that ever sold; of them, not in the window."""
EDGES: Doubles = np.exp2(np.arange(-4.0, 4.0))
"""Units a week between two classes of what sells."""
CLASSES = ASLEEP + 1 + len(EDGES) + 1
WINDOW, LEAST_WINDOW = 26, 8
"""Weeks over which a rate is taken, and over how many at least where a product is younger."""
DRAWN_TO_PARENT = 100.0
"""How many weeks of the category above a category's own are weighed against; on the purchases of a grocer's 68,000
products, 50 to 3,000 differ by less than 1 % of the loss."""
LEAST_NEW = 100.0
"""Weeks of new products that a channel must have seen to tell how they sell."""
SEPARATOR = " > "
SHOP = ""
"""The category of everything."""


@dataclass(frozen=True, kw_only=True)
class PeerSales:
    """n series, each a product in a channel, with the path of its category [n]; m rows of days with sales: the place of
    the series, the day (from 0, seven to a week) and the units [m]. `listed` counts by category the products on offer,
    sold or not."""

    product: Words
    channel: Words
    category: Words
    series: Ints
    day: Ints
    units: Doubles
    listed: Mapping[str, int]

    @cached_property
    def first_week(self) -> Ints:
        """[n]: in which a series first sold."""
        first = np.full(len(self.product), np.iinfo(np.int64).max)
        np.minimum.at(first, self.series, self.day // 7)
        return first

    def classes(self, week: int) -> Ints:
        """[n]: of each series by what it sold up to the end of `week`; NEVER where it had not sold yet."""
        start = max(0, week + 1 - WINDOW)
        inside = (self.day >= 7 * start) & (self.day < 7 * (week + 1))
        units = np.bincount(self.series[inside], self.units[inside], len(self.product))
        weeks = np.clip(week + 1 - self.first_week, LEAST_WINDOW, WINDOW)
        found = np.where(units > 0, ASLEEP + 1 + np.searchsorted(EDGES, units / weeks, side="right"), ASLEEP)
        return np.where(self.first_week <= week, found, NEVER).astype(np.int64)


@dataclass(frozen=True, kw_only=True)
class Tree:
    """Categories by name, each after the one it is a part of, whose place is its parent's (-1: the shop has none)."""

    names: tuple[str, ...]
    parent: Ints

    @classmethod
    def of(cls, categories: Words) -> "Tree":
        names = sorted({name for path in np.unique(categories).tolist() for name in ancestry(path)}, key=_depth)
        places = {name: place for place, name in enumerate(names)}
        parents = [places[ancestry(name)[1]] if name != SHOP else -1 for name in names]
        return cls(names=tuple(names), parent=np.array(parents, np.int64))

    @cached_property
    def places(self) -> dict[str, int]:
        return {name: place for place, name in enumerate(self.names)}

    @cached_property
    def depth(self) -> Ints:
        return np.array([_depth(name)[0] for name in self.names], np.int64)


def ancestry(path: str) -> list[str]:
    """A category, and all that it is a part of, the shop last."""
    parts = path.split(SEPARATOR) if path != SHOP else []
    return [SEPARATOR.join(parts[:size]) for size in range(len(parts), -1, -1)]


def _depth(path: str) -> tuple[int, str]:
    return len(ancestry(path)) - 1, path


@dataclass(frozen=True, slots=True)
class Cells:
    """Quantiles [C, G, CLASSES, 9] and means [C, G, CLASSES] of units a period, by channel, category and class."""

    quantiles: Doubles
    point: Doubles


@dataclass(frozen=True, slots=True)
class Grid:
    """The cells of C channels, laid flat: what belongs to a category belongs to all that it is a part of."""

    channels: int
    tree: Tree

    @property
    def shape(self) -> tuple[int, int, int]:
        return self.channels, len(self.tree.names), CLASSES

    def cells(self, place: Ints, kind: Ints) -> tuple[Ints, Ints]:
        """Flat cells of rows with channel and category `place` [n, 2] and class [n], and which row each is of."""
        row = np.arange(len(place))
        found, rows, category = [], [], place[:, 1]
        while len(row):
            found.append((place[row, 0] * self.shape[1] + category) * CLASSES + kind[row])
            rows.append(row)
            category = self.tree.parent[category]
            row, category = row[category >= 0], category[category >= 0]
        empty = np.zeros(0, np.int64)
        return np.concatenate([empty, *found]), np.concatenate([empty, *rows])

    def sums(self, place: Ints, kind: Ints, weight: Doubles) -> Doubles:
        """[C * G * CLASSES] of weights [n]."""
        cell, row = self.cells(place, kind)
        return np.bincount(cell, weight[row], int(np.prod(self.shape))).astype(np.float64)


def counted(sales: PeerSales, place: Ints, tree: Tree, *, origin: int, weeks: int, period: Period) -> Cells:
    """Over the `weeks` after week `origin`, of series classed by what they sold until then; NEW over the `weeks` after
    the one in which a series first sold, if that was not among the first ones: of those nobody knows how old they were.
    `place` [n, 2] is the channel and the category of each series. Sales after those weeks must not be in `sales`."""
    grid, known = Grid(int(place[:, 0].max()) + 1, tree), sales.classes(origin)
    begun = sales.first_week + 1
    young = (begun > weeks) & (begun <= origin + weeks)
    lived = np.where(young, np.minimum(origin + weeks + 1 - begun, weeks), 0)
    total = _watched(sales, place, grid, known=known, weeks=weeks) + grid.sums(place, _all(place, NEW), lived)
    total += grid.sums(place, _all(place, ANY), weeks * (known != NEVER))
    week = sales.day // 7
    late = week > origin
    fresh = young[sales.series] & (week >= begun[sales.series]) & (week < begun[sales.series] + weeks)
    old = late & (known[sales.series] != NEVER)
    kinds = [known[sales.series[late]], _all(sales.series[fresh], NEW), _all(sales.series[old], ANY)]
    rows, kind = np.concatenate([np.flatnonzero(part) for part in (late, fresh, old)]), np.concatenate(kinds)
    found = _summed(sales, rows, kind, days=LENGTH[period].days)
    cells = _drawn(grid, _counted(grid, place, found, total * (LENGTH["week"] / LENGTH[period])), total)
    return _launched(grid, cells, total)


def _all(rows: Ints, kind: int) -> Ints:
    return np.full(len(rows), kind, np.int64)


def _watched(sales: PeerSales, place: Ints, grid: Grid, *, known: Ints, weeks: int) -> Doubles:
    """Weeks by cell: of series that had sold, and of products on offer in every channel that had not sold there."""
    sold = place[known != NEVER]
    on_offer = [
        (channel, grid.tree.places[name], count)
        for name, count in sales.listed.items()
        for channel in range(grid.channels)
    ]
    offered = np.array(on_offer, np.int64).reshape(-1, 3)
    kinds = [known[known != NEVER], _all(offered, NEVER), _all(sold, NEVER)]
    counts = [np.ones(len(sold)), offered[:, 2], -np.ones(len(sold))]
    found = grid.sums(np.concatenate([sold, offered[:, :2], sold]), np.concatenate(kinds), np.concatenate(counts))
    return np.asarray(weeks * np.maximum(found, 0.0), dtype=np.float64)


@dataclass(frozen=True, slots=True)
class _Summed:
    """Class, series and what it sold in a period, of all periods with sales [m]."""

    kind: Ints
    series: Ints
    units: Doubles


def _summed(sales: PeerSales, rows: Ints, kind: Ints, *, days: int) -> _Summed:
    keys = np.stack([kind, sales.series[rows], sales.day[rows] // days], axis=1)
    found, place = np.unique(keys, axis=0, return_inverse=True)
    units = np.bincount(place.ravel(), sales.units[rows], len(found)).astype(np.float64)
    return _Summed(found[:, 0], found[:, 1], units)


def _counted(grid: Grid, place: Ints, found: _Summed, total: Doubles) -> Cells:
    """Of each cell's `total` periods; those that are not `found` sold nothing."""
    size = len(total)
    cell, row = grid.cells(place[found.series], found.kind)
    value = found.units[row]
    order = np.lexsort((value, cell))
    cell, value = cell[order], np.append(value[order], 0.0)
    count, first = np.bincount(cell, minlength=size), np.searchsorted(cell, np.arange(size))
    periods = np.maximum(total, count)
    zeros = (periods - count).astype(np.int64)
    # What is a whole number but for rounding is that number, not the next.
    rank = np.ceil(LEVELS * periods[:, None] - 1e-6).astype(np.int64) - 1 - zeros[:, None]
    quantiles = np.where(rank >= 0, value[first[:, None] + np.maximum(rank, 0)], 0.0)
    point = np.bincount(cell, value[:-1], size) / np.maximum(periods, 1.0)
    return Cells(quantiles.reshape(*grid.shape, len(LEVELS)), point.reshape(grid.shape))


def _drawn(grid: Grid, own: Cells, total: Doubles) -> Cells:
    """Each category's to those of the one above, which has been drawn before; `total` are weeks."""
    quantiles, point = own.quantiles.copy(), own.point.copy()
    weeks, parent, depth = total.reshape(grid.shape), grid.tree.parent, grid.tree.depth
    for level in range(1, int(depth.max(initial=0)) + 1):
        here = np.flatnonzero(depth == level)
        share = weeks[:, here] / (weeks[:, here] + DRAWN_TO_PARENT)
        point[:, here] = share * point[:, here] + (1.0 - share) * point[:, parent[here]]
        wide = share[..., None]
        quantiles[:, here] = wide * quantiles[:, here] + (1.0 - wide) * quantiles[:, parent[here]]
    return Cells(quantiles, point)


def _launched(grid: Grid, cells: Cells, total: Doubles) -> Cells:
    """In a channel that has hardly ever had something new, that is expected to sell as what is there does."""
    rare = total.reshape(grid.shape)[:, 0, NEW] < LEAST_NEW
    cells.quantiles[rare, :, NEW] = cells.quantiles[rare, :, ANY]
    cells.point[rare, :, NEW] = cells.point[rare, :, ANY]
    return cells
