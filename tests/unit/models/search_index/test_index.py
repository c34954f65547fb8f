"""One index of words, cards and pictures, and what a change of the catalogue does to it."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from merx_core.digests import sha256_of
from merx_models.search_index import SearchIndex, text_of
from merx_models.words.columns import Between, OneOf, Sort
from tests.unit.models.search_index.small_index import ask, index, product, products, vectors


@pytest.fixture
def shop() -> SearchIndex:
    return index()


class TestBuild:
    def test_a_product_is_found_by_its_words_and_shown_as_the_catalogue_has_it(self, shop: SearchIndex) -> None:
        assert ask(shop, "green tea").ids[0] == "tea"
        card = shop.cards["tea"]
        assert (card.title, card.brand, card.leaf, card.price, card.currency) == (
            "Green tea",
            "Northwind",
            "Drinks",
            250,
            "EUR",
        )

    def test_without_a_text_the_best_sold_lead(self, shop: SearchIndex) -> None:
        assert ask(shop, "").ids[:3] == ("bun", "coffee", "juice")

    def test_a_product_without_price_and_category_is_shown_without(self) -> None:
        bare = products()[0].__class__(product_id="bare", title="Bare thing")
        card = SearchIndex.build([bare], vectors([bare])).cards["bare"]
        assert (card.price, card.currency, card.leaf) == (None, "", "")

    def test_an_empty_catalogue_is_one_that_can_be_filtered_and_sorted(self) -> None:
        empty = SearchIndex.build([], np.zeros((0, 64), np.float32))
        answer = ask(empty, "tea", filters=[OneOf("brand", ["Any"]), Between("price", 1)], sort=Sort("price"))
        assert (answer.ids, answer.total) == ((), 0)

    def test_what_is_searched_and_encoded_is_title_brand_category_and_attributes(self) -> None:
        read = text_of(product("p", "Cola", attributes={"taste": "cherry"}, description="Sparkling."))
        assert read.startswith("Cola")
        assert all(part in read for part in ("Northwind", "Food Drinks", "cherry", "Sparkling."))


ROOT = Path(__file__).parents[4]
SAVE = """
import sys
from pathlib import Path
from tests.unit.models.search_index.small_index import products, vectors
from merx_models.search_index import SearchIndex
from msgspec.structs import replace
some = [replace(each, attributes={"colour": "red", "size": each.title, "form": "round"}) for each in products()]
SearchIndex.build(some, vectors(some)).save(Path(sys.argv[1]))
"""


class TestEveryProcess:
    def test_builds_the_same_index_whatever_its_hashes_are(self, tmp_path: Path) -> None:
        digests = []
        for seed in ("1", "2"):
            command = [sys.executable, "-W", "ignore", "-c", SAVE, str(tmp_path / seed)]
            subprocess.run(command, cwd=ROOT, env={**os.environ, "PYTHONHASHSEED": seed}, check=True)
            files = sorted(path for path in (tmp_path / seed).rglob("*") if path.is_file())
            digests.append({str(path.relative_to(tmp_path / seed)): sha256_of(path) for path in files})
        assert digests[0] == digests[1]
        assert "words/bm25/data.npy" in digests[0]


class TestUpsert:
    def test_the_new_words_find_it_and_the_old_ones_no_longer(self, shop: SearchIndex) -> None:
        changed = [product("tea", "Mint infusion", price=275)]
        shop.upsert(changed, vectors(changed))
        assert ask(shop, "mint infusion").ids[0] == "tea"
        assert not any("words" in legs for legs in ask(shop, "green", correct_spelling=False).legs)
        assert (shop.cards["tea"].title, shop.cards["tea"].price) == ("Mint infusion", 275)

    def test_how_well_it_sells_stays_what_it_was(self, shop: SearchIndex) -> None:
        changed = [product("bun", "Poppy bun", "Bread")]
        shop.upsert(changed, vectors(changed))
        assert ask(shop, "").ids[0] == "bun"

    def test_a_new_product_is_there_at_once_behind_what_sells(self, shop: SearchIndex) -> None:
        new = [product("cocoa", "Cocoa powder")]
        shop.upsert(new, vectors(new))
        assert ask(shop, "cocoa").ids[0] == "cocoa"
        assert ask(shop, "").ids[0] == "bun"
        assert "cocoa" in shop.cards

    def test_it_keeps_its_picture(self, shop: SearchIndex) -> None:
        changed = [product("cider", "Pear cider", price=10)]
        shop.upsert(changed, vectors(changed))
        assert shop.lookalikes("juice", 2)[0] == ["tea", "cider"]
        assert shop.lookalikes("juice", 1, filters=[Between("price", None, 10)])[0] == ["cider"]

    def test_what_it_states_now_is_no_longer_suggested_and_the_rest_is(self, shop: SearchIndex) -> None:
        changed = [product("juice", "Orange juice", attributes={"Colour": "amber"})]
        shop.upsert(changed, vectors(changed))
        assert [(each.product_id, each.attribute) for each in shop.suggestions] == [
            ("juice", "pack_type"),
            ("tea", "colour"),
        ]


class TestDelete:
    def test_it_is_gone_from_words_cards_and_pictures_at_once(self, shop: SearchIndex) -> None:
        assert shop.delete(["cider", "nobody"]) == 1
        assert "cider" not in ask(shop, "apple cider").ids
        assert "cider" not in shop.cards
        assert "cider" not in shop.lookalikes("juice", 10)[0]
        assert shop.looks is not None
        assert shop.looks.thumbnail("cider") is None

    def test_one_that_comes_back_is_found_by_words_and_waits_for_its_picture(self, shop: SearchIndex) -> None:
        shop.delete(["cider"])
        back = [product("cider", "Apple cider")]
        shop.upsert(back, vectors(back))
        assert ask(shop, "apple cider").ids[0] == "cider"
        assert "cider" not in shop.lookalikes("juice", 10)[0]


class TestRestock:
    def test_out_of_stock_is_filtered_until_it_is_back(self, shop: SearchIndex) -> None:
        there = [Between("in_stock", 1)]
        assert shop.restock("tea", in_stock=False, stock=None)
        assert not shop.in_stock("tea")
        assert "tea" not in ask(shop, "green tea", always=there).ids
        shop.restock("tea", in_stock=True, stock=None)
        assert ask(shop, "green tea", always=there).ids[0] == "tea"

    def test_a_count_that_is_not_told_stays(self, shop: SearchIndex) -> None:
        shop.restock("juice", in_stock=True, stock=2)
        shop.restock("juice", in_stock=False, stock=None)
        row = shop.words.table.row_of["juice"]
        assert shop.words.columns.numbers("stock")[row] == 2

    def test_of_a_product_that_nobody_knows_it_is_refused(self, shop: SearchIndex) -> None:
        assert shop.restock("nobody", in_stock=True, stock=1) is False


class TestSaveAndLoad:
    def test_what_was_saved_answers_the_same(self, shop: SearchIndex, tmp_path: Path) -> None:
        shop.save(tmp_path)
        loaded = SearchIndex.load(tmp_path)
        for text in ("green tea", "bread", ""):
            assert ask(loaded, text) == ask(shop, text)
        assert loaded.cards == shop.cards
        assert loaded.lookalikes("juice", 3)[0] == shop.lookalikes("juice", 3)[0]
        assert loaded.suggestions == shop.suggestions

    def test_changes_are_saved_with_it(self, shop: SearchIndex, tmp_path: Path) -> None:
        shop.delete(["cider"])
        changed = [product("tea", "Mint infusion")]
        shop.upsert(changed, vectors(changed))
        shop.save(tmp_path)
        loaded = SearchIndex.load(tmp_path)
        assert ask(loaded, "mint infusion").ids[0] == "tea"
        assert "cider" not in ask(loaded, "apple cider").ids
        assert "cider" not in loaded.lookalikes("juice", 10)[0]

    def test_one_without_pictures_has_none_when_it_is_loaded(self, shop: SearchIndex, tmp_path: Path) -> None:
        shop.looks = None
        shop.save(tmp_path)
        loaded = SearchIndex.load(tmp_path)
        assert loaded.looks is None
        with pytest.raises(KeyError):
            loaded.lookalikes("juice", 3)
