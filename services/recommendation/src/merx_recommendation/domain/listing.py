"""What the log says of one product beyond the snapshot."""

from dataclasses import dataclass, replace
from typing import Self


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """Whether and how the shop sells a product now; None where it is as the snapshot has it. `price` is in minor
    units, NaN where unknown; `left` and `entered` are names of categories, on every level of a path."""

    product_id: str
    listed: bool | None = None
    in_stock: bool | None = None
    price: float | None = None
    left: tuple[str, ...] = ()
    entered: tuple[str, ...] = ()

    def then(self, later: Self) -> Self:
        """Both, in their order: a whole product or a deletion replaces all, a stock level only the stock."""
        if later.listed is not None:
            return later
        if self.listed is False:
            return self
        return replace(self, in_stock=later.in_stock)

    @property
    def gone(self) -> bool:
        """Whether a list that shows it must lose it."""
        return self.listed is False or self.in_stock is False
