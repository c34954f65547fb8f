"""The catalogue beyond the snapshot, folded from the records of the log."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import msgspec
import structlog

from merx_core.events import RecordType, StockLevel
from merx_kit.eventlog import Columns
from merx_recommendation.adapters.catalogue import LEVELS, level_names
from merx_recommendation.domain import Listing
from merx_recommendation.metrics import UNREADABLE

log = structlog.get_logger(__name__)

CATALOGUE = (RecordType.PRODUCT_UPSERTED, RecordType.PRODUCT_DELETED, RecordType.STOCK_LEVEL)
"""The records that change a list; what a product costs the shop does not."""


class _Amount(msgspec.Struct, gc=False):
    amount: int


class _Product(msgspec.Struct):
    product_id: str
    category: tuple[str, ...] = ()
    price: _Amount | None = None
    in_stock: bool = True


class _Named(msgspec.Struct):
    product_id: str


_PRODUCT = msgspec.json.Decoder(_Product)
_STOCK = msgspec.json.Decoder(StockLevel)
_NAMED = msgspec.json.Decoder(_Named)


@dataclass(frozen=True, slots=True)
class Change:
    """The newest word on one product: `path` is its category path where told, `paths` all that it had before."""

    offset: int
    listing: Listing
    path: str | None = None
    paths: tuple[str, ...] = ()

    def then(self, later: "Change") -> "Change":
        """Both, in their order."""
        listing = self.listing.then(later.listing)
        if listing is self.listing:  # a stock level of a product that was deleted
            return replace(self, offset=later.offset)
        if later.path is None:
            return replace(later, listing=listing, path=self.path, paths=self.paths)
        moved = self.path is not None and self.path != later.path and self.path not in self.paths
        return replace(later, listing=listing, paths=(*self.paths, self.path) if moved and self.path else self.paths)

    def against(self, path_of: Callable[[str], str | None]) -> Listing:
        """The listing with the categories that the product leaves and enters, where a snapshot has it at `path_of`."""
        before = path_of(self.listing.product_id)
        if self.path is None or (self.path == before and not self.paths):
            return self.listing
        entered = level_names(self.path) if self.path else ()
        left = {name for path in (before, *self.paths) if path for name in level_names(path)}
        return replace(self.listing, entered=entered, left=tuple(left.difference(entered)))


class CatalogueChanges:
    """The newest word on every product that was changed beyond offset `base`. Not locked: its owner is."""

    def __init__(self, base: int = 0) -> None:
        self.base = base
        self._latest: dict[str, Change] = {}

    def fold(self, columns: Columns) -> list[Change]:
        """Takes the records in; gives the state of each product that they are about. The same record again changes
        nothing, as long as the records behind it come again too."""
        told: dict[str, Change] = {}
        for offset, kind, subject, data in zip(
            columns.offsets, columns.types, columns.subjects, columns.data, strict=True
        ):
            change = _read(offset, kind, subject, data=data)
            if change is None:
                continue
            product = change.listing.product_id
            before = self._latest.get(product)
            told[product] = self._latest[product] = change if before is None else before.then(change)
        return list(told.values())

    def beyond(self, offset: int) -> list[Change]:
        """What a snapshot made at `offset` may not know."""
        return [change for change in self._latest.values() if change.offset > offset]


def _read(offset: int, kind: str, subject: str | None, *, data: bytes) -> Change | None:
    """The change that a record means; None for one that this version cannot read, and for other kinds."""
    try:
        if kind == RecordType.PRODUCT_UPSERTED:
            return _upserted(offset, _PRODUCT.decode(data))
        if kind == RecordType.PRODUCT_DELETED:
            product_id = subject or _NAMED.decode(data).product_id
            return Change(offset, Listing(product_id=product_id, listed=False, in_stock=False))
        if kind == RecordType.STOCK_LEVEL:
            level = _STOCK.decode(data)
            return Change(offset, Listing(product_id=level.product_id, in_stock=level.sellable))
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        UNREADABLE.inc()
        log.warning("record_unreadable", offset=offset, type=kind, detail=str(error))
    return None


def _upserted(offset: int, product: _Product) -> Change:
    price = float("nan") if product.price is None else float(product.price.amount)
    listing = Listing(product_id=product.product_id, listed=True, in_stock=product.in_stock, price=price)
    return Change(offset, listing, LEVELS.join(product.category))
