"""Forecasts as they were made once for every product and channel: what serving looks up instead of a model."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from merx_models.demand.quantiles import LEVELS
from merx_models.demand.sales import Doubles, Ints

Period = Literal["week", "day"]
LENGTH = {"week": timedelta(weeks=1), "day": timedelta(days=1)}
Words = NDArray[np.str_]


def rows_by_name(names: Words) -> dict[str, list[int]]:
    """The rows of each name, in their order."""
    rows: dict[str, list[int]] = {}
    for row, name in enumerate(names.tolist()):
        rows.setdefault(name, []).append(row)
    return rows


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductForecast:
    """Demand of one product in H periods from `start`: quantiles [H, 9] at `LEVELS` and point [H], in units a period.
    `member` names the model that made it."""

    period: Period
    start: datetime
    quantiles: Doubles
    point: Doubles
    member: str

    def begins(self, place: int) -> datetime:
        """When the period at `place` begins."""
        return self.start + place * LENGTH[self.period]

    @property
    def end(self) -> datetime:
        return self.begins(len(self.point))


@dataclass(frozen=True, kw_only=True)
class ForecastTable:
    """n series, each a product in a channel [n], no pair twice: quantiles [n, H, 9], point [n, H], `member` [n] is a
    place in `members`. The first period begins at `start`; `last_sale_us` [n] is when a series last sold (microseconds
    since 1970)."""

    period: Period
    start: datetime
    product: Words
    channel: Words
    quantiles: Doubles
    point: Doubles
    members: tuple[str, ...]
    member: Ints
    last_sale_us: Ints

    def __post_init__(self) -> None:
        """Raises ValueError where shapes do not agree or a value is not finite."""
        count, horizons = self.point.shape
        if self.quantiles.shape != (count, horizons, len(LEVELS)):
            raise ValueError(f"{count} series of {horizons} periods, but quantiles of shape {self.quantiles.shape}")
        if {len(self.product), len(self.channel), len(self.member), len(self.last_sale_us)} != {count}:
            raise ValueError("every series has a product, a channel, a member that forecast it, and a last sale")
        if not np.isfinite(self.quantiles).all() or not np.isfinite(self.point).all():
            raise ValueError("forecasts are finite")

    @cached_property
    def _rows(self) -> dict[str, list[int]]:
        return rows_by_name(self.product)

    def __len__(self) -> int:
        return len(self.point)

    def __contains__(self, product: object) -> bool:
        return product in self._rows

    def channels(self, product: str) -> list[str]:
        """Where a product was forecast; none where it was not."""
        return [str(self.channel[row]) for row in self._rows.get(product, ())]

    def of(self, product: str, channel: str | None = None) -> ProductForecast:
        """Of one channel, or of all together: quantiles add up as if channels erred together, which is the widest that
        they can be. Raises KeyError where there is no such series."""
        rows = [row for row in self._rows.get(product, ()) if channel in (None, str(self.channel[row]))]
        if not rows:
            raise KeyError(f"no forecast of product {product!r}" + (f" in channel {channel!r}" if channel else ""))
        largest = max(rows, key=lambda row: float(self.point[row].sum()))
        return ProductForecast(
            period=self.period,
            start=self.start,
            quantiles=np.asarray(self.quantiles[rows].sum(axis=0)),
            point=np.asarray(self.point[rows].sum(axis=0)),
            member=self.members[int(self.member[largest])],
        )

    def last_sale(self, product: str) -> datetime:
        """In any channel. Raises KeyError where the product has no forecast."""
        latest = int(self.last_sale_us[self._rows[product]].max())
        return datetime.fromtimestamp(latest / 1e6, UTC)

    def save(self, path: Path) -> None:
        np.savez_compressed(
            path,
            period=self.period,
            start=self.start.isoformat(),
            product=self.product,
            channel=self.channel,
            quantiles=self.quantiles.astype(np.float32),
            point=self.point.astype(np.float32),
            members=np.array(self.members, np.str_),
            member=self.member,
            last_sale_us=self.last_sale_us,
        )

    @classmethod
    def load(cls, path: Path) -> "ForecastTable":
        """What `save` wrote. Raises OSError, KeyError or ValueError for a file that is not."""
        with np.load(path) as stored:
            return cls(
                period="week" if str(stored["period"]) == "week" else "day",
                start=datetime.fromisoformat(str(stored["start"])),
                product=stored["product"],
                channel=stored["channel"],
                quantiles=stored["quantiles"].astype(np.float64),
                point=stored["point"].astype(np.float64),
                members=tuple(stored["members"].tolist()),
                member=stored["member"],
                last_sale_us=stored["last_sale_us"],
            )
