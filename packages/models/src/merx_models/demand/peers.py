"""Products that sell too seldom to learn from by themselves, or never did: they are expected to sell as others like
them did, which are those of their category and channel that had sold about as often before.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

import numpy as np

from merx_models.demand.forecast_table import LENGTH, Period, ProductForecast, Words, rows_by_name
from merx_models.demand.peer_counts import CLASSES, NEVER, NEW, SHOP, Cells, PeerSales, Tree, ancestry, counted
from merx_models.demand.quantiles import LEVELS
from merx_models.demand.sales import Doubles, Ints

PERIODS: tuple[Period, ...] = ("week", "day")
SELDOM, CATEGORY = "peers", "category"
"""What made a forecast: who sold as often before, or no more than the category."""
SERIES = ("product", "channel", "category", "kind", "last_sale_us")


@dataclass(frozen=True, kw_only=True)
class PeerDemand:
    """What each class of product sells a period (`cells`), by channel and category, in the `weeks` from `start` on; and
    the n series that have sold: the product, the places of channel, category and class, and when it last sold [n]."""

    start: datetime
    weeks: int
    channels: tuple[str, ...]
    categories: tuple[str, ...]
    cells: Mapping[Period, Cells]
    product: Words
    channel: Ints
    category: Ints
    kind: Ints
    last_sale_us: Ints

    def __post_init__(self) -> None:
        """Raises ValueError where shapes do not agree, a place is none, or a value is not finite."""
        shape = (len(self.channels), len(self.categories), CLASSES)
        for cells in self.cells.values():
            if cells.point.shape != shape or cells.quantiles.shape != (*shape, len(LEVELS)):
                raise ValueError(f"cells of shape {cells.point.shape}, not {shape}")
            if not np.isfinite(cells.quantiles).all() or not np.isfinite(cells.point).all():
                raise ValueError("forecasts are finite")
        if len({len(getattr(self, name)) for name in SERIES}) != 1:
            raise ValueError("every series has a product, a channel, a category, a class and a last sale")
        for name, count in zip(("channel", "category", "kind"), shape, strict=True):
            places = getattr(self, name)
            if len(places) and not (places.min() >= 0 and places.max() < count):
                raise ValueError(f"{name}: places from {places.min()} to {places.max()}, of {count}")

    @classmethod
    def fit(cls, sales: PeerSales, origin: int, *, weeks: int, start: datetime) -> "PeerDemand":
        """Of what was sold in the `weeks` up to the end of week `origin`, which is `start`; later rows are not read.
        Raises ValueError where fewer weeks are there."""
        if origin < weeks:
            raise ValueError(f"{origin + 1} weeks: {weeks} cannot be looked at from a week before them")
        kept = sales.day < 7 * (origin + 1)
        seen = replace(sales, series=sales.series[kept], day=sales.day[kept], units=sales.units[kept])
        channels, channel = np.unique(sales.channel, return_inverse=True)
        tree = Tree.of(np.append(sales.category, list(sales.listed)))
        leaf = np.array([tree.places[name] for name in sales.category.tolist()], np.int64)
        place = np.stack([channel.astype(np.int64), leaf], axis=1)
        last = np.zeros(len(sales.product), np.int64)
        np.maximum.at(last, seen.series, seen.day)
        ago = (7 * (origin + 1) - 1 - last) * int(LENGTH["day"].total_seconds())
        kind = seen.classes(origin)
        told = kind != NEVER
        return cls(
            start=start,
            weeks=weeks,
            channels=tuple(channels.tolist()),
            categories=tree.names,
            cells={
                period: counted(seen, place, tree, origin=origin - weeks, weeks=weeks, period=period)
                for period in PERIODS
            },
            product=sales.product[told],
            channel=place[told, 0],
            category=leaf[told],
            kind=kind[told],
            last_sale_us=(int(start.timestamp()) - ago[told]) * 1_000_000,
        )

    def told(self, sales: PeerSales, kind: Ints, period: Period) -> tuple[Doubles, Doubles]:
        """Quantiles [n, 9] and means [n] of series as of the given classes [n]."""
        channels = {name: place for place, name in enumerate(self.channels)}
        channel = np.array([channels[name] for name in sales.channel.tolist()], np.int64)
        category = np.array([self._node(name) for name in sales.category.tolist()], np.int64)
        cells = self.cells[period]
        return cells.quantiles[channel, category, kind], cells.point[channel, category, kind]

    def __len__(self) -> int:
        return len(self.product)

    def of(self, product: str, period: Period, channel: str | None, *, category: str, listed: bool) -> ProductForecast:
        """Of one channel, or of all together, whose quantiles add up. What has not sold (in this channel) is as what
        never sold in its `category`, if it was `listed` when this was made, else as what is new there. Raises KeyError
        for a channel in which nothing ever sold."""
        if channel is not None and channel not in self.channels:
            raise KeyError(f"nothing was sold in channel {channel!r} to forecast by")
        cells = list(self._cells(product, channel))
        sold = bool(cells)
        if not sold:
            node, kind = self._node(category), NEVER if listed or product in self._rows else NEW
            cells = [(place, node, kind) for place, name in enumerate(self.channels) if channel in (None, name)]
        table = self.cells[period]
        times = self.weeks * LENGTH["week"] // LENGTH[period]
        return ProductForecast(
            period=period,
            start=self.start,
            quantiles=np.tile(np.sum([table.quantiles[cell] for cell in cells], axis=0), (times, 1)),
            point=np.full(times, float(np.sum([table.point[cell] for cell in cells]))),
            member=SELDOM if sold else CATEGORY,
        )

    def last_sale(self, product: str) -> datetime | None:
        """In any channel; None where it never sold."""
        rows = self._rows.get(product)
        return datetime.fromtimestamp(int(self.last_sale_us[rows].max()) / 1e6, UTC) if rows else None

    def _cells(self, product: str, channel: str | None) -> Iterator[tuple[int, int, int]]:
        for row in self._rows.get(product, ()):
            place = int(self.channel[row])
            if channel in (None, self.channels[place]):
                yield place, int(self.category[row]), int(self.kind[row])

    def _node(self, category: str) -> int:
        return next(self._places[name] for name in ancestry(category) if name in self._places)

    @cached_property
    def _places(self) -> dict[str, int]:
        return {name: place for place, name in enumerate(self.categories)} | {SHOP: 0}

    @cached_property
    def _rows(self) -> dict[str, list[int]]:
        return rows_by_name(self.product)

    def save(self, path: Path) -> None:
        about = {
            "start": self.start.isoformat(),
            "weeks": self.weeks,
            "channels": self.channels,
            "categories": self.categories,
        }
        cells = {f"{name}_{period}": getattr(table, name) for period, table in self.cells.items() for name in _PARTS}
        np.savez_compressed(
            path,
            about=json.dumps(about),
            **{name: part.astype(np.float32) for name, part in cells.items()},
            **{name: getattr(self, name) for name in SERIES},
        )

    @classmethod
    def load(cls, path: Path) -> "PeerDemand":
        """What `save` wrote. Raises OSError, KeyError or ValueError for a file that is not."""
        with np.load(path) as stored:
            about = json.loads(str(stored["about"]))
            return cls(
                start=datetime.fromisoformat(about["start"]),
                weeks=int(about["weeks"]),
                channels=tuple(about["channels"]),
                categories=tuple(about["categories"]),
                cells={
                    period: Cells(*(stored[f"{name}_{period}"].astype(np.float64) for name in _PARTS))
                    for period in PERIODS
                },
                **{name: stored[name] for name in SERIES},
            )


_PARTS = ("quantiles", "point")
