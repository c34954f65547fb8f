"""The rules that records about products keep, beyond their shape: the same for a file and for the door."""

from merx_core.catalogue import Product
from merx_core.events import CompetitorPrice, CostChange, StockLevel
from merx_core.money import Money
from merx_kit.importers.event_rules import product_fault
from merx_kit.importers.raw import Fault
from merx_kit.importers.values import CURRENCIES, LARGEST_AMOUNT

_LARGEST_STOCK = 2**31

CatalogueData = Product | StockLevel | CostChange | CompetitorPrice


def fault_of(data: CatalogueData) -> Fault | None:
    """The first rule that a canonical record breaks."""
    broken = product_fault(data.product_id)
    if broken is not None:
        return Fault(broken, "product_id")
    if isinstance(data, Product):
        return _money_fault(data, "price", "list_price", "cost") or _stock_fault(data.stock)
    if isinstance(data, CostChange):
        return _money_fault(data, "cost")
    if isinstance(data, CompetitorPrice):
        return _competitor_fault(data)
    return None


def _competitor_fault(data: CompetitorPrice) -> Fault | None:
    if "\x00" in data.competitor:
        return Fault("bad_characters", "competitor")
    if data.price.amount == 0:
        # A shop gives nothing away: a scraper found no price and wrote 0.
        return Fault("price_not_positive", "price.amount")
    return _money_fault(data, "price")


def _stock_fault(stock: int | None) -> Fault | None:
    if stock is None or 0 <= stock < _LARGEST_STOCK:
        return None
    return Fault("negative_stock" if stock < 0 else "bad_stock", "stock")


def _money_fault(data: CatalogueData, *names: str) -> Fault | None:
    for name in names:
        money: Money | None = getattr(data, name)
        if money is None:
            continue
        if money.amount < 0:
            return Fault("negative_price", f"{name}.amount")
        if money.amount >= LARGEST_AMOUNT:
            return Fault("bad_price", f"{name}.amount")
        if money.currency not in CURRENCIES:
            return Fault("unknown_currency", f"{name}.currency")
    return None
