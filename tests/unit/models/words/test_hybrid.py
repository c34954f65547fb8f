"""Search over a small shop: both legs, filters, changes, spelling, recovery, explanations."""

import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from merx_models.words.analysis import Synonyms
from merx_models.words.columns import Between, Entry, OneOf, Sort, UnknownColumn
from merx_models.words.documents import Document
from merx_models.words.hybrid import DamagedIndex, HybridSearch, HybridSettings
from merx_models.words.queries import Answer, Query
from tests.unit.models.words.shop import PRODUCTS, HashedWords, documents, entries, shop, vectors

ENCODER = HashedWords()


@pytest.fixture
def search() -> HybridSearch:
    return shop()


def ask(search: HybridSearch, text: str, **more: object) -> Answer:
    return search.search(Query(text=text, **more), ENCODER)  # type: ignore[arg-type]


class TestFinding:
    @pytest.mark.parametrize(
        ("text", "first"),
        [
            ("1,5L cola", "cola-big"),
            ("kdl40v2500", "tv"),
            ("KDL-40V3000", "tv-next"),
            ("运动鞋", "shoe"),
            ("6 pack towel", "towel"),
        ],
    )
    def test_what_was_meant_stands_first(self, search: HybridSearch, text: str, first: str) -> None:
        assert ask(search, text).ids[0] == first

    def test_without_an_encoder_bm25_answers_alone(self, search: HybridSearch) -> None:
        assert search.search(Query(text="kdl40v2500"), None).ids[0] == "tv"

    def test_synonyms_count_without_a_new_index(self, search: HybridSearch) -> None:
        search.synonyms = Synonyms([("telly", "television")])
        assert set(search.search(Query(text="telly 40v2500"), None).ids[:2]) == {"tv", "tv-next"}

    def test_pages_join_and_the_total_counts_them_all(self, search: HybridSearch) -> None:
        whole = ask(search, "sony cola")
        parts = [ask(search, "sony cola", start=start, size=1).ids for start in range(whole.total)]
        assert tuple(one for part in parts for one in part) == whole.ids

    def test_an_order_by_price_keeps_to_what_was_found(self, search: HybridSearch) -> None:
        assert ask(search, "cola", sort=Sort("price"), size=2).ids == ("cola-big", "cola")


class TestBeyondTheCandidates:
    @pytest.fixture
    def shallow(self) -> HybridSearch:
        return HybridSearch.build(
            documents(), vectors(documents()), entries=entries(), settings=HybridSettings(depth=1, least_cosine=0.99)
        )

    def test_everything_with_a_word_is_counted_and_can_be_paged_through(self, shallow: HybridSearch) -> None:
        answer = ask(shallow, "sony cola cans", facets=["category"])
        assert (answer.total, answer.facets["category"]) == (4, {"drinks": 2, "screens": 2})
        assert answer.ids[0] == "cola"
        assert (answer.scores[1:], answer.legs[1:]) == ((0.0,) * 3, (("words",),) * 3)
        parts = [ask(shallow, "sony cola cans", start=start, size=1).ids for start in range(4)]
        assert tuple(one for part in parts for one in part) == answer.ids

    def test_an_order_by_price_holds_for_all_of_it(self, shallow: HybridSearch) -> None:
        assert ask(shallow, "sony cola cans", sort=Sort("price")).ids == ("cola-big", "cola", "tv", "tv-next")


class TestFilters:
    def test_hold_for_both_legs(self, search: HybridSearch) -> None:
        assert set(ask(search, "sony cola", filters=[OneOf("category", ["drinks"])]).ids) == {"cola", "cola-big"}

    def test_facets_show_what_another_choice_would_find(self, search: HybridSearch) -> None:
        answer = ask(search, "sony cola", filters=[OneOf("category", ["drinks"])], facets=["category"])
        assert answer.facets["category"] == {"drinks": 2, "screens": 2}
        priced = ask(search, "sony cola", filters=[Between("price", high=1000)], facets=["category"])
        assert priced.facets["category"] == {"drinks": 2}

    def test_an_unknown_column_is_refused(self, search: HybridSearch) -> None:
        with pytest.raises(UnknownColumn):
            ask(search, "cola", filters=[OneOf("'; DROP TABLE", ["x"])])


class TestRecovery:
    def test_a_misspelt_word_is_searched_as_meant(self, search: HybridSearch) -> None:
        answer = ask(search, "red kids snaks")
        assert (answer.ids[0], answer.searched, answer.recovery) == ("snack", "red kids snacks", ("spelling",))
        assert answer.did_you_mean is None

    def test_spelling_left_alone_is_only_asked_about(self, search: HybridSearch) -> None:
        answer = ask(search, "red kids snaks", correct_spelling=False)
        assert (answer.searched, answer.did_you_mean, answer.recovery) == (None, "red kids snacks", ())

    def test_filters_that_leave_nothing_are_dropped_and_named(self, search: HybridSearch) -> None:
        answer = ask(search, "cola", filters=[Between("price", low=1e6)])
        assert (set(answer.ids), answer.recovery) == ({"cola", "cola-big"}, ("filters",))

    def test_what_nothing_answers_to_gets_what_is_popular(self, search: HybridSearch) -> None:
        answer = ask(search, "xqzzyw")
        assert (answer.ids[0], answer.recovery, answer.method) == ("cola-big", ("popular",), "browse")

    @pytest.mark.parametrize("text", ["", "   ", "!?", "\x00"])
    def test_an_empty_text_browses_within_the_filters(self, search: HybridSearch, text: str) -> None:
        answer = ask(search, text, filters=[OneOf("category", ["screens"])], facets=["category"])
        assert (answer.ids, answer.recovery, answer.total) == (("tv", "tv-next"), (), 2)
        assert answer.facets["category"]["drinks"] == 2

    def test_a_query_of_ten_thousand_characters_is_answered(self, search: HybridSearch) -> None:
        assert ask(search, "cola " * 2_000).ids[0] in {"cola", "cola-big"}


class TestChanges:
    def test_a_new_product_is_found_by_the_next_search(self, search: HybridSearch) -> None:
        new = Document("sock", {"title": "Woollen sock"})
        search.upsert([new], vectors([new]), entries=[Entry({"category": ["clothes"]}, {"price": 900.0})])
        assert ask(search, "woolen sock").ids[0] == "sock"
        assert ask(search, "sock", filters=[OneOf("category", ["clothes"])]).ids == ("sock",)

    def test_a_changed_product_is_no_longer_what_it_was(self, search: HybridSearch) -> None:
        changed = Document("cola", {"title": "Lemonade"})
        search.upsert([changed], vectors([changed]))
        assert "cola" not in ask(search, "cola").ids
        assert ask(search, "lemonade").ids == ("cola",)

    def test_a_price_changes_without_another_vector(self, search: HybridSearch) -> None:
        search.upsert(documents()[:2], vectors(documents()[:2]), entries=[Entry({}, {"price": 1.0}), Entry({}, {})])
        assert search.dense.index.rows == len(PRODUCTS)
        assert ask(search, "cola", filters=[Between("price", high=1.0)]).ids == ("cola",)
        assert "meaning" in ask(search, "cola").legs[0]

    def test_nothing_to_put_in_changes_nothing(self, search: HybridSearch) -> None:
        search.upsert([], vectors([]).reshape(0, 64))
        assert ask(search, "cola") == ask(shop(), "cola")

    def test_an_empty_shop_takes_its_first_product(self) -> None:
        empty = HybridSearch.build([], np.empty((0, 64), np.float32))
        assert ask(empty, "sock").ids == ()
        empty.upsert([Document("sock", {"title": "sock"})], vectors([Document("sock", {"title": "sock"})]))
        assert ask(empty, "sock").ids == ("sock",)

    def test_searches_beside_a_thread_that_changes_see_whole_products(self, search: HybridSearch) -> None:
        some = [Document(f"sock-{number}", {"title": f"Sock number {number}"}) for number in range(40)]
        given = vectors(some)

        def change() -> None:
            for _ in range(5):
                for start in range(0, 40, 8):
                    search.upsert(some[start : start + 8], given[start : start + 8])
                search.delete([document.doc_id for document in some])

        writer = threading.Thread(target=change)
        writer.start()
        while writer.is_alive():
            assert ask(search, "sock").total % 8 in {0, len(PRODUCTS) % 8}  # the popular ones when there is no sock
        writer.join()
        assert ask(search, "sock").method == "browse"

    def test_a_deleted_product_never_comes_back(self, search: HybridSearch, tmp_path: Path) -> None:
        assert search.delete(["cola", "never"]) == 1
        assert search.delete(["cola"]) == 0
        search.save(tmp_path)
        for some in (search, HybridSearch.load(tmp_path)):
            for text in ("cola 330 ml", "", "xqzzyw"):
                assert "cola" not in ask(some, text).ids

    def test_a_vector_of_another_model_is_refused_and_changes_nothing(self, search: HybridSearch) -> None:
        with pytest.raises(ValueError, match="vector"):
            search.upsert([Document("sock", {"title": "sock"})], np.zeros((1, 3), np.float32))
        assert len(search.table) == len(search.bm25) == len(search.dense) == len(search.columns) == len(PRODUCTS)

    def test_ids_stand_once(self) -> None:
        twice = [*documents(), documents()[0]]
        with pytest.raises(ValueError, match="once"):
            HybridSearch.build(twice, vectors(twice))

    def test_of_an_id_that_comes_twice_in_a_change_the_last_stands(self, search: HybridSearch) -> None:
        both = [Document("sock", {"title": title}) for title in ("Woollen sock", "Silk stocking")]
        search.upsert(both, vectors(both))
        assert ask(search, "silk stocking").ids[0] == "sock"
        assert search.search(Query(text="woollen"), None).method == "browse"


def test_a_build_says_how_far_it_is() -> None:
    heard: list[int] = []
    HybridSearch.build(documents(), vectors(documents()), entries=entries(), progress=heard.append)
    assert heard == [len(PRODUCTS)]


class TestAskingInTwoParts:
    def test_what_is_read_is_what_is_encoded_and_searched(self, search: HybridSearch) -> None:
        asked = search.read(Query(text="red kids snaks"))
        assert (asked.text, asked.correction.sure) == ("red kids snacks", True)
        answer = search.answer(asked, ENCODER.encode([asked.text])[0])
        assert answer == search.search(Query(text="red kids snaks"), ENCODER)

    def test_browsing_needs_nothing_encoded(self, search: HybridSearch) -> None:
        asked = search.read(Query(text=" !"))
        assert asked.text == ""
        answer = search.answer(asked, None)
        assert set(answer.legs) == {("browse",)}

    def test_each_product_says_what_found_it(self, search: HybridSearch) -> None:
        assert search.search(Query(text="sony"), None).legs == (("words",), ("words",))
        assert ask(search, "sony television").legs[0] == ("words", "meaning")


class TestTies:
    def test_of_products_that_fit_equally_well_the_most_popular_are_candidates_and_come_first(self) -> None:
        documents = [Document(f"p{place}", {"title": "Ground coffee"}) for place in range(30)]
        entries = [Entry(numbers={"popularity": float(place)}) for place in range(30)]
        vectors = ENCODER.encode([document.text for document in documents])
        shop = HybridSearch.build(documents, vectors, entries=entries, settings=HybridSettings(depth=5))
        assert ask(shop, "coffee", size=5).ids == ("p29", "p28", "p27", "p26", "p25")
        unsorted = ask(shop, "coffee", size=5, signals_off=("popularity",))
        assert unsorted.ids == ("p0", "p1", "p2", "p3", "p4")
        assert len(set(unsorted.scores)) == 1


class TestSignals:
    def test_popularity_lifts_until_switched_off(self, search: HybridSearch) -> None:
        off = ("popularity", "taste")
        text = "sony television 40 inch"  # by words alone both fit equally well
        assert search.search(Query(text=text, signals_off=off), None).ids[0] == "tv"
        search.columns.numbers("popularity")[search.table.row_of["tv-next"]] = 1e6
        wanted = Query(text=text, taste=lambda ids: np.array([9.0 * (some == "tv-next") for some in ids], np.float32))
        assert search.search(wanted, None).ids[0] == "tv-next"
        assert search.search(replace(wanted, signals_off=off), None).ids[0] == "tv"

    def test_names_the_legs_and_what_each_feature_added(self, search: HybridSearch) -> None:
        query = Query(text="cola 1.5 l")
        asked = search.read(query)
        told = search.explain(asked, "cola-big", ENCODER.encode([asked.text])[0])
        assert (told.method, told.legs) == ("rrf", ("words", "meaning"))
        assert told.base + sum(added for _, _, added in told.features) == pytest.approx(told.score)
        assert told.score == pytest.approx(search.search(query, ENCODER).scores[0])

    def test_a_product_that_no_leg_brings_has_none(self, search: HybridSearch) -> None:
        with pytest.raises(KeyError):
            search.explain(search.read(Query(text="cola")), "tv", None)


class TestSaving:
    def test_comes_back_the_same_with_its_changes(self, search: HybridSearch, tmp_path: Path) -> None:
        new = Document("sock", {"title": "Woollen sock"})
        search.upsert([new], vectors([new]))
        search.synonyms = Synonyms([("telly", "television")])
        search.save(tmp_path)
        loaded = HybridSearch.load(tmp_path)
        for text in ("sony telly", "sock", "red kids snaks", "运动鞋"):
            assert ask(loaded, text) == ask(search, text)

    @pytest.mark.parametrize(
        "file", ["bm25/data.npy", "documents/documents.jsonl", "dense/index/vectors.npy", "words.json"]
    )
    def test_a_damaged_file_is_refused(self, search: HybridSearch, tmp_path: Path, file: str) -> None:
        search.save(tmp_path)
        path = tmp_path / file
        path.write_bytes(path.read_bytes()[:-3])
        with pytest.raises(DamagedIndex):
            HybridSearch.load(tmp_path)
