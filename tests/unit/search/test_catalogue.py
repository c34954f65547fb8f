from collections.abc import Sequence

import pytest
from prometheus_client import REGISTRY

from merx_core.catalogue import Product
from merx_core.events import RecordType, StockLevel
from merx_core.money import Money
from merx_kit.eventlog import Columns
from merx_models.search_index import SearchIndex
from merx_models.words.columns import Between
from merx_models.words.queries import Query
from merx_search.adapters.catalogue import PIECE, changes_of, take
from merx_search.domain import Floats
from tests.unit.search import shop
from tests.unit.search.log import Log


def sample(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(f"merx_search_{name}", labels) or 0.0


def found(index: SearchIndex, text: str, *, in_stock: bool = False) -> list[str]:
    always = (Between("in_stock", low=1.0),) if in_stock else ()
    asked = index.words.read(Query(text=text, always=always, size=100, correct_spelling=False))
    answer = index.words.answer(asked, None)
    return [] if "popular" in answer.recovery else list(answer.ids)


class Pieces:
    """Encodes as the shop does; `sizes` are how many texts came at once."""

    def __init__(self) -> None:
        self.sizes: list[int] = []

    def __call__(self, texts: Sequence[str]) -> Floats:
        self.sizes.append(len(texts))
        return shop.encode(texts)


def taken(log: Log, index: SearchIndex | None = None) -> SearchIndex:
    into = index or shop.index()
    take(into, log.columns, shop.encode)
    return into


class TestProducts:
    def test_a_new_one_is_found_with_all_that_is_shown_of_it(self) -> None:
        index = taken(Log().upsert("pot", brand="Kyoto", price=Money(4900, "EUR"), category=("HOME", "POTS")))
        assert found(index, "porcelain teapot") == ["pot"]
        card = index.cards["pot"]
        assert (card.title, card.brand, card.price, card.leaf) == ("Porcelain teapot", "Kyoto", 4900, "POTS")
        assert sample("index_products") == len(shop.products()) + 1

    def test_one_that_changed_is_found_by_its_new_words_alone(self) -> None:
        index = taken(Log().upsert("kettle", "Cast iron pan"))
        assert found(index, "cast iron pan") == ["kettle"]
        assert "kettle" not in found(index, "gooseneck")
        assert index.cards["kettle"].title == "Cast iron pan"

    def test_of_several_changes_the_last_one_stands(self) -> None:
        index = taken(Log().upsert("pot", "Brass lamp").upsert("pot", "Porcelain teapot").upsert("pot", "Cork mat"))
        assert found(index, "cork mat") == ["pot"]
        assert "pot" not in found(index, "brass lamp")

    def test_one_that_is_gone_is_found_by_nothing(self) -> None:
        index = taken(Log().delete("ball-red"))
        assert "ball-red" not in found(index, "red ball")
        assert "ball-red" not in index.cards
        assert index.looks is not None
        assert "ball-red" not in index.looks

    def test_one_comes_back_after_it_was_gone(self) -> None:
        index = taken(Log().delete("kettle").upsert("kettle", "Gooseneck kettle").delete("tea"))
        assert found(index, "gooseneck kettle") == ["kettle"]
        assert "tea" not in index.cards

    def test_many_are_put_in_piece_by_piece(self) -> None:
        log, pieces = Log(), Pieces()
        for number in range(PIECE + 3):
            log.upsert(f"n{number}", f"Numbered thing {number}")
        take(shop.index(), log.columns, pieces)
        assert pieces.sizes == [PIECE, 3]

    def test_what_it_is_called_in_the_record_is_enough_where_the_subject_is_missing(self) -> None:
        index = taken(Log().add(RecordType.PRODUCT_DELETED, None, b'{"product_id": "kettle"}'))
        assert "kettle" not in index.cards


class TestStock:
    def test_what_is_sold_out_is_found_by_those_who_want_it_nevertheless(self) -> None:
        index = taken(Log().stock("ball-red", stock=0))
        assert "ball-red" not in found(index, "red ball", in_stock=True)
        assert "ball-red" in found(index, "red ball")
        assert not index.in_stock("ball-red")

    def test_what_is_there_again_is_found(self) -> None:
        assert "ball-green" in found(taken(Log().stock("ball-green", stock=3)), "green ball", in_stock=True)
        assert "ball-green" in found(taken(Log().stock("ball-green", in_stock=True)), "green ball", in_stock=True)

    def test_a_level_counts_for_the_product_before_it_in_the_same_batch(self) -> None:
        index = taken(Log().upsert("pot").stock("pot", stock=0).upsert("pan", "Copper pan"))
        assert not index.in_stock("pot")
        assert index.in_stock("pan")

    def test_a_level_of_what_the_shop_does_not_sell_changes_nothing(self) -> None:
        index = taken(Log().stock("unheard of", stock=3))
        assert sorted(index.cards) == sorted(product.product_id for product in shop.products())

    def test_it_encodes_nothing(self) -> None:
        pieces = Pieces()
        take(shop.index(), Log().stock("ball-red", stock=0).delete("tea").columns, pieces)
        assert pieces.sizes == []


class TestOnceMore:
    def test_the_same_records_again_change_nothing(self) -> None:
        log = Log().upsert("pot").stock("pot", stock=0).delete("tea").upsert("kettle", "Cast iron pan")
        once = taken(log)
        before = {text: found(once, text) for text in ("porcelain teapot", "pan", "ball", "")}
        cards, in_stock = dict(once.cards), {name: once.in_stock(name) for name in once.cards}
        taken(log, once)
        assert {text: found(once, text) for text in before} == before
        assert dict(once.cards) == cards
        assert {name: once.in_stock(name) for name in once.cards} == in_stock

    def test_record_by_record_is_as_all_at_once(self) -> None:
        log = Log().upsert("pot").stock("pot", stock=0).delete("tea").upsert("tea", "Green tea").stock("tea", stock=0)
        index = shop.index()
        for row in zip(*log.columns, strict=True):
            take(index, Columns(*([value] for value in row)), shop.encode)  # type: ignore[arg-type]
        whole = taken(log)
        assert found(index, "tea", in_stock=True) == found(whole, "tea", in_stock=True)
        assert dict(index.cards) == dict(whole.cards)


class TestWhatCannotBeRead:
    @pytest.mark.parametrize(
        ("kind", "subject", "data"),
        [
            (RecordType.PRODUCT_UPSERTED, "p", b'{"product_id": "p"}'),
            (RecordType.PRODUCT_UPSERTED, "p", b'{"product_id": "p", "title": "\xff"}'),
            (RecordType.PRODUCT_UPSERTED, "p", b""),
            (RecordType.PRODUCT_DELETED, None, b"null"),
            (RecordType.STOCK_LEVEL, "p", b'{"stock": "many"}'),
        ],
    )
    def test_it_is_counted_and_costs_no_other(self, kind: str, subject: str | None, data: bytes) -> None:
        before = sample("records_unreadable_total")
        index = taken(Log().upsert("pot").add(kind, subject, data).stock("ball-red", stock=0))
        assert sample("records_unreadable_total") == before + 1
        assert "pot" in index.cards
        assert not index.in_stock("ball-red")
        assert len(index.cards) == len(shop.products()) + 1

    def test_a_record_of_another_kind_is_passed_over(self) -> None:
        before = sample("records_unreadable_total")
        assert list(changes_of(Log().add("merx.order.placed", "o1", b"{}").columns)) == []
        assert sample("records_unreadable_total") == before

    def test_changes_come_in_the_order_of_the_records(self) -> None:
        first, second, third = changes_of(Log().upsert("a").stock("a", stock=2).delete("a").columns)
        assert isinstance(first, Product)
        assert isinstance(second, StockLevel)
        assert third == "a"

    def test_each_kind_is_counted(self) -> None:
        before = [sample("index_changes_total", kind=kind) for kind in ("upserted", "stock", "deleted")]
        taken(Log().upsert("a").upsert("b").stock("a", stock=1).delete("a"))
        after = [sample("index_changes_total", kind=kind) for kind in ("upserted", "stock", "deleted")]
        assert [now - then for now, then in zip(after, before, strict=True)] == [2, 1, 1]
