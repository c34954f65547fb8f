"""The catalogue beyond the snapshot: what the log says is folded and laid over the arrays."""

from collections.abc import Callable
from typing import Any

import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray

from merx_core.catalogue import Product
from merx_core.events import RecordType, StockLevel
from merx_core.money import Money
from merx_kit.eventlog import Columns
from merx_recommendation.adapters.changes import CatalogueChanges
from merx_recommendation.domain import Assortment, Listing, Rules

SIZE = 6
NOTHING = np.empty(0, np.int32)


def assortment() -> Assortment:
    """p0..p5, of which p5 is known to the model alone; all but p4 in stock."""
    rows = np.arange(5)
    return Assortment.arrange(
        [f"p{row}" for row in rows],
        in_stock=rows != 4,
        price=100.0 * (rows + 1).astype(np.float64),
        popularity=10.0 - rows,
        categories={"EVEN": rows[::2].astype(np.int32), "ODD": rows[1::2].astype(np.int32)},
        model_ids=["p5", *(f"p{row}" for row in rows)],
    )


def shown(shop: Assortment, **rules: Any) -> list[str]:
    mask = shop.allowed(Rules(**rules), NOTHING)
    return [shop.ids[row] for row in np.flatnonzero(mask).tolist()]


class Log:
    """Records one after the other, as a tail delivers them."""

    def __init__(self) -> None:
        self.columns = Columns([], [], [], [], [])

    def _add(self, kind: str, subject: str, data: bytes) -> "Log":
        for column, value in zip(self.columns, (len(self.columns.offsets) + 1, kind, subject, None, data), strict=True):
            column.append(value)  # type: ignore[attr-defined]
        return self

    def upsert(self, product_id: str, **fields: Any) -> "Log":
        product = Product(product_id=product_id, title="A product", **fields)
        return self._add(RecordType.PRODUCT_UPSERTED, product_id, msgspec.json.encode(product))

    def delete(self, product_id: str) -> "Log":
        return self._add(RecordType.PRODUCT_DELETED, product_id, b"null")

    def stock(self, product_id: str, **level: Any) -> "Log":
        data = msgspec.json.encode(StockLevel(product_id=product_id, **level))
        return self._add(RecordType.STOCK_LEVEL, product_id, data)

    def broken(self, kind: str) -> "Log":
        return self._add(kind, "p1", b'{"price": "\xff')


def overlaid(log: Log, path_of: Callable[[str], str | None] = lambda _: None) -> Assortment:
    listings = [change.against(path_of) for change in CatalogueChanges().fold(log.columns)]
    return assortment().changed(listings)


class TestStock:
    def test_a_product_that_is_sold_out_is_shown_to_those_who_want_it_nevertheless(self) -> None:
        shop = overlaid(Log().stock("p1", stock=0))
        assert "p1" not in shown(shop)
        assert "p1" in shown(shop, in_stock=False)

    def test_one_that_is_there_again_is_shown(self) -> None:
        assert "p4" in shown(overlaid(Log().stock("p4", stock=3)))
        assert "p1" in shown(overlaid(Log().stock("p1", stock=0).stock("p1", in_stock=True)))

    def test_the_stock_of_what_the_shop_does_not_sell_changes_nothing(self) -> None:
        shop = overlaid(Log().stock("p5", stock=9).stock("never heard of", stock=9))
        assert shown(shop) == shown(assortment())
        assert shown(shop, in_stock=False) == shown(assortment(), in_stock=False)


class TestDeletion:
    def test_it_takes_a_product_out_of_everything(self) -> None:
        shop = overlaid(Log().delete("p0"))
        assert "p0" not in shown(shop)
        assert "p0" not in shown(shop, in_stock=False)

    def test_stock_brings_nothing_back(self) -> None:
        assert "p0" not in shown(overlaid(Log().delete("p0").stock("p0", stock=5)), in_stock=False)

    def test_a_product_that_comes_back_is_back(self) -> None:
        assert "p0" in shown(overlaid(Log().delete("p0").upsert("p0")))

    def test_one_that_only_the_model_knows_comes_back_among_the_best_sellers(self) -> None:
        shop = overlaid(Log().upsert("p5"))
        assert "p5" in shown(shop)
        assert shop.ids[shop.best_sold(shop.listed, 10, without=NOTHING)[-1]] == "p5"


class TestUpsert:
    def test_price_and_stock_are_as_told(self) -> None:
        shop = overlaid(Log().stock("p2", stock=0).upsert("p2", price=Money(5, "EUR")))
        assert shown(shop, price_max=50) == ["p2"]

    def test_a_price_that_is_no_longer_told_is_unknown(self) -> None:
        assert "p2" not in shown(overlaid(Log().upsert("p2")), price_min=0)

    def test_a_new_product_is_found_by_all_that_it_tells(self) -> None:
        shop = overlaid(Log().upsert("new", price=Money(700, "EUR"), category=("FOOD", "BREAD")))
        for rules in ({"categories": ("BREAD",)}, {"categories": ("FOOD > BREAD",)}, {"price_min": 600}):
            assert shown(shop, **rules) == ["new"]
        assert shop.model_size == assortment().model_size
        assert shop.model_rows(shop.rows(["new"])).tolist() == [-1]
        assert shop.catalogue_rows[shop.rows(["new", "nobody"])].tolist() == [-1, -1]

    def test_a_product_moves_from_category_to_category(self) -> None:
        paths = {"p0": "EVEN"}
        assert shown(overlaid(Log().upsert("p0", category=("ODD",)), paths.get), categories=("EVEN",)) == ["p2"]
        once, again = Log().upsert("p0", category=("ODD",)), Log().upsert("p0", category=("ODD",))
        again = again.upsert("p0", category=("NEW",)).upsert("p0", category=("EVEN",))
        assert shown(overlaid(once, paths.get), categories=("ODD",)) == ["p0", "p1", "p3"]
        assert shown(overlaid(again, paths.get), categories=("ODD",)) == ["p1", "p3"]
        assert shown(overlaid(again, paths.get), categories=("EVEN",)) == ["p0", "p2"]

    def test_the_shop_before_is_left_as_it_was(self) -> None:
        before = assortment()
        held: list[NDArray[Any]] = [before.in_stock, before.listed, before.price, before.popular]
        copies = [array.copy() for array in held]
        before.changed([Listing(product_id="p0", listed=False), Listing(product_id="x", listed=True, in_stock=True)])
        for copied, now in zip(copies, held, strict=True):
            assert np.array_equal(copied, now, equal_nan=now.dtype.kind == "f")


class TestFold:
    def test_batch_by_batch_is_as_all_at_once(self) -> None:
        log = Log().upsert("a").stock("p1", stock=0).delete("p2").stock("a", stock=0).upsert("p2", category=("X",))
        shop, changes = assortment(), CatalogueChanges()
        for row in zip(*log.columns, strict=True):
            told = changes.fold(Columns(*([value] for value in row)))  # type: ignore[arg-type]
            shop = shop.changed([change.against(lambda _: None) for change in told])
        assert shown(shop) == shown(overlaid(log))
        assert shown(shop, categories=("X",)) == ["p2"]

    def test_a_snapshot_is_told_only_what_came_after_it(self) -> None:
        changes = CatalogueChanges()
        changes.fold(Log().upsert("a").upsert("b").stock("a", stock=0).columns)
        assert {change.listing.product_id: change.offset for change in changes.beyond(1)} == {"a": 3, "b": 2}
        assert [change.listing.in_stock for change in changes.beyond(2)] == [False]
        assert changes.beyond(3) == []

    def test_the_same_records_again_change_nothing(self) -> None:
        log = Log().upsert("a").delete("a").upsert("b", price=Money(5, "EUR")).stock("b", stock=0)
        changes = CatalogueChanges()
        changes.fold(log.columns)
        once = changes.beyond(0)
        changes.fold(log.columns)
        assert changes.beyond(0) == once

    @pytest.mark.parametrize("kind", [RecordType.PRODUCT_UPSERTED, RecordType.STOCK_LEVEL])
    def test_a_record_that_cannot_be_read_costs_no_other(self, kind: str) -> None:
        assert "p1" not in shown(overlaid(Log().broken(kind).stock("p1", stock=0).broken(kind)))
