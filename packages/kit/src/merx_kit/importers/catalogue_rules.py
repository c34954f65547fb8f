"""The rules that records about products keep, beyond their shape: the same for a file and for the door."""

from collections.abc import Mapping
from typing import Any

from merx_core.catalogue import Product
from merx_core.events import CompetitorPrice, CostChange, StockLevel
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
        return _first_money_fault(data, "price", "list_price", "cost") or _stock_fault(data.stock)
    if isinstance(data, CostChange):
        return _first_money_fault(data, "cost")
    if isinstance(data, CompetitorPrice):
        return _competitor_fault(data)
    return None


def untyped_fault(row: Mapping[str, Any]) -> Fault | None:
    """The first rule that a change of a product breaks while its values have no types yet, which would say less."""
    product_id = row.get("product_id")
    broken = product_fault(product_id or "") if product_id is None or isinstance(product_id, str) else None
    if broken is not None:
        return Fault(broken, "product_id")
    for name in ("cost", "price"):
        money = row.get(name)
        if isinstance(money, Mapping) and (fault := _money_fault(name, money.get("amount"), money.get("currency"))):
            return fault
    return _stock_fault(row.get("stock"))


def _competitor_fault(data: CompetitorPrice) -> Fault | None:
    if "\x00" in data.competitor:
        return Fault("bad_characters", "competitor")
    if data.price.amount == 0:
        # A shop gives nothing away: a scraper found no price and wrote 0.
        return Fault("price_not_positive", "price.amount")
    return _first_money_fault(data, "price")


def _stock_fault(stock: Any) -> Fault | None:
    if stock is None:
        return None
    if not _is_whole(stock) or stock >= _LARGEST_STOCK:
        return Fault("bad_stock", "stock")
    return Fault("negative_stock", "stock") if stock < 0 else None


def _first_money_fault(data: CatalogueData, *names: str) -> Fault | None:
    moneys = ((name, getattr(data, name)) for name in names)
    faults = (_money_fault(name, money.amount, money.currency) for name, money in moneys if money is not None)
    return next(filter(None, faults), None)


def _money_fault(name: str, amount: Any, currency: Any) -> Fault | None:
    """Of an amount in minor units; the currency comes first, since it says what a minor unit is."""
    if currency is None or currency == "":
        return Fault("no_currency", f"{name}.currency")
    if not isinstance(currency, str) or currency not in CURRENCIES:
        return Fault("unknown_currency", f"{name}.currency")
    if not _is_whole(amount) or amount >= LARGEST_AMOUNT:
        return Fault("bad_price", f"{name}.amount")
    return Fault("negative_price", f"{name}.amount") if amount < 0 else None


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
