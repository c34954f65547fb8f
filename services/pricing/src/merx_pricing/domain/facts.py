"""What is known of products now, as the records of the log have it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from merx_core.money import Money

Step = tuple[int, int]
"""When a price began to hold (microseconds since 1970), and the price."""


@dataclass(frozen=True, slots=True)
class Rival:
    """What a competitor asked when it was last looked at."""

    price: Money
    seen_us: int
    in_stock: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """One product. `stock` None is not tracked; times say when a fact was told, 0 where it never was. `family` is the
    group whose packs are priced beside each other, `size` what the pack holds of a unit that the family shares."""

    product_id: str
    price: Money | None = None
    list_price: Money | None = None
    cost: Money | None = None
    cost_us: int = 0
    stock: int | None = None
    stock_us: int = 0
    in_stock: bool = True
    rivals: Mapping[str, Rival] = field(default_factory=dict)
    history: tuple[Step, ...] = ()
    family: str = ""
    size: int = 1
    category: tuple[str, ...] = ()


class FactTable:
    """All products by id, and the families that they belong to. Not locked: it has one writer, and a reader sees a
    product whole, before a change or after it."""

    def __init__(self) -> None:
        self._facts: dict[str, Facts] = {}
        self._families: dict[str, dict[str, None]] = {}
        self.costs_us = self.rivals_us = self.stock_us = 0
        """When each feed last told anything, of any product; 0 where it never did."""

    def __len__(self) -> int:
        return len(self._facts)

    def get(self, product_id: str) -> Facts | None:
        return self._facts.get(product_id)

    def products(self) -> list[str]:
        return list(self._facts)

    def put(self, facts: Facts) -> None:
        before = self._facts.get(facts.product_id)
        if before is not None and before.family != facts.family:
            self._families.get(before.family, {}).pop(facts.product_id, None)
        self._facts[facts.product_id] = facts
        if facts.family:
            self._families.setdefault(facts.family, {})[facts.product_id] = None

    def drop(self, product_id: str) -> None:
        before = self._facts.pop(product_id, None)
        if before is not None:
            self._families.get(before.family, {}).pop(product_id, None)

    def relatives(self, facts: Facts) -> Iterable[Facts]:
        """The others of its family."""
        members = list(self._families.get(facts.family, ())) if facts.family else []
        found = (self._facts.get(name) for name in members if name != facts.product_id)
        return [other for other in found if other is not None]
