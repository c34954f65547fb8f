"""What a forecaster learned from, so that a table that does not fit it is refused by the field's name."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from merx_models.demand.rows import DemandRows
from merx_models.demand.sales import Ints, SalesError, SalesTable

UNSEEN = -3
"""Code of a family that was not there to learn from: it takes what holds everywhere."""


@dataclass(frozen=True, slots=True)
class Learned:
    """The number of the last period, the cadence, the promotions, and the families in the order they came: their place
    is their code, whatever a later table numbers them."""

    period: int
    cadence: str
    promotions: tuple[str, ...]
    families: tuple[str, ...]

    @classmethod
    def at(cls, table: SalesTable, origin: int, *, before: "Learned | None" = None) -> "Learned":
        known = before.families if before else ()
        families = (*known, *(name for name in table.families if name not in known))
        return cls(table.first + origin, table.cadence.name, table.promotion_names, families)

    @classmethod
    def of(cls, described: Mapping[str, Any]) -> Self:
        lists = {name: tuple(described[name]) for name in ("promotions", "families")}
        return cls(described["period"], described["cadence"], **lists)

    def check(self, table: SalesTable) -> None:
        """Raises SalesError where the table lacks what was learned from, or has what was not."""
        if table.cadence.name != self.cadence:
            raise SalesError(f"time: a {table.cadence.name} table for a {self.cadence} forecaster")
        for name in self.promotions:
            if name not in table.promotion_names:
                raise SalesError(f"{name}: the column is missing; the forecaster learned from it")
        for name in table.promotion_names:
            if name not in self.promotions:
                raise SalesError(f"{name}: the forecaster never learned from this column")

    def family(self, rows: DemandRows) -> Ints:
        """Code [n] of each row."""
        known = {name: code for code, name in enumerate(self.families)}
        codes = np.array([known.get(name, UNSEEN) for name in rows.panel.table.families], dtype=np.int64)
        return codes[rows.family()]
