"""A fusion from judgements: where it wins it serves, elsewhere the fallback stays."""

from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from merx_models.search_index import SELLABLE, IndexManifest, SearchIndex
from merx_models.search_index.golden import check_golden
from merx_models.text_models import open_text_model
from merx_models.words.fusion import Fusion
from merx_models.words.queries import Query
from merx_pipelines.folders import Folders
from merx_pipelines.indexing import learning
from merx_pipelines.indexing.judgements import UNSEEN, write_judgements
from merx_pipelines.indexing.learning import FEWEST_VALIDATED, by_title, judged_query, learn, share_found, validates
from merx_pipelines.indexing.settings import IndexSettings
from merx_pipelines.steps import build_index, index_texts
from merx_pipelines.steps.index_catalogue import ABOUT, PRODUCTS, SALES
from tests.unit.pipelines.judgements import longing

ASKED = longing.word(7)


def first(index: SearchIndex, text: str = ASKED) -> str:
    """What stands first for a word."""
    asked = index.words.read(Query(text=text, always=(SELLABLE,)))
    return index.words.answer(asked, longing.encode([text])[0]).ids[0]


class TestLearning:
    def test_what_clicks_prefer_stands_first_where_the_fallback_had_it_last(self) -> None:
        index = longing.index()
        assert first(index) == f"{ASKED}-0"
        learned = learn(index, longing.wanted(), longing.encode)
        assert (index.words.fusion.method, learned.queries) == ("lambdarank", longing.KINDS)
        assert learned.validation["lambdarank"] > max(learned.validation["rrf"], learned.validation["bm25"]) + 0.2
        assert first(index) == f"{ASKED}-{longing.EACH - 1}"

    def test_what_does_not_win_does_not_serve(self) -> None:
        index = longing.index()
        learned = learn(index, longing.wanted(longest=False), longing.encode)
        assert set(learned.validation) == {"rrf", "bm25", "lambdarank"}
        assert index.words.fusion.method == "rrf"
        assert first(index) == f"{ASKED}-0"

    def test_too_few_judged_queries_leave_the_fallback_and_encode_nothing(self) -> None:
        index = longing.index()
        before = index.words.fusion

        def refuse(texts: Any) -> Any:
            raise AssertionError(texts)

        learned = learn(index, longing.wanted(kinds=49), refuse)
        assert (learned.queries, dict(learned.validation)) == (49, {})
        assert index.words.fusion is before

    def test_a_winner_needs_queries_enough_to_win_on(self) -> None:
        trained = {text: grades for text, grades in longing.wanted().items() if not validates(text)}
        index = longing.index()
        learned = learn(index, trained, longing.encode)
        assert (learned.queries, dict(learned.validation)) == (len(trained), {})
        assert index.words.fusion.method == "rrf"

    def test_the_same_again_is_the_same(self) -> None:
        found = []
        for _ in range(2):
            index = longing.index()
            learned = learn(index, longing.wanted(), longing.encode, seed=3)
            asked = judged_query(index, ASKED, {}, longing.encode([ASKED])[0])
            found.append((dict(learned.validation), index.words.fusion.score(asked.features).tolist()))
        assert found[0] == found[1]


class TestTheSplit:
    def test_words_alone_say_where_a_query_goes(self) -> None:
        texts = [f"query {number}" for number in range(5_000)]
        share = np.mean([validates(text) for text in texts])
        assert [validates(text) for text in texts] == [validates(text) for text in texts]
        assert 0.18 < share < 0.22  # one in five, three standard errors of 5,000
        assert sum(validates(longing.word(kind)) for kind in range(longing.KINDS)) >= FEWEST_VALIDATED


class Backwards(Fusion):
    """Puts last what was best, and says that it was learned."""

    @classmethod
    def fit(cls, *_: Any, **__: Any) -> Fusion:
        fusion = cls()
        fusion.method, fusion.validation = "lambdarank", {"rrf": 0.1, "bm25": 0.1, "lambdarank": 0.9}
        return fusion

    def score(self, features: Any, **_: Any) -> Any:
        return -Fusion().score(features)


class TestTitles:
    def test_each_is_a_query_that_wants_what_is_so_called(self) -> None:
        index = longing.index()
        queries = by_title(index, longing.encode, count=150, seed=0)
        both = [*queries[True], *queries[False]]
        assert len(both) == 150
        assert all(query.labels.max() == 3 and query.labels.sum() == 3 for query in both)
        assert min(map(len, queries.values())) >= FEWEST_VALIDATED

    def test_there_are_no_more_of_them_than_products(self) -> None:
        queries = by_title(SearchIndex.build([], longing.encode([])), longing.encode, count=5, seed=0)
        assert queries == {True: [], False: []}
        assert share_found(Fusion(), []) == 1.0

    def test_whoever_gives_a_title_still_finds_the_product(self) -> None:
        index = longing.index()
        learned = learn(index, longing.wanted(), longing.encode)
        assert learned.titles == 1.0
        title = f"{ASKED} oak"
        assert index.cards[f"{ASKED}-1"].title == title
        assert first(index, title) == f"{ASKED}-1"

    def test_an_order_that_loses_them_does_not_serve(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(learning, "Fusion", Backwards)
        index = longing.index()
        learned = learn(index, longing.wanted(), longing.encode)
        assert (index.words.fusion.method, learned.validation["lambdarank"]) == ("rrf", 0.9)
        assert learned.titles is not None
        assert learned.titles < 0.9


class TestOneQuery:
    def ask(self, index: SearchIndex, grades: dict[str, int]) -> Any:
        return judged_query(index, ASKED, grades, longing.encode([ASKED])[0])

    def test_what_was_shown_and_not_seen_is_left_out_and_what_was_never_shown_is_not_wanted(self) -> None:
        index = longing.index()
        everything = self.ask(index, {})
        asked = self.ask(index, {f"{ASKED}-1": 3, f"{ASKED}-2": UNSEEN})
        assert len(asked.labels) == len(everything.labels) - 1
        assert sorted(asked.labels.tolist()) == [*[0.0] * (len(asked.labels) - 1), 3.0]

    def test_what_no_leg_brought_is_missed(self) -> None:
        other = f"{longing.word(8)}-1"
        assert self.ask(longing.index(), {f"{ASKED}-1": 3, other: 2}).missed == 1

    def test_what_is_gone_or_sold_out_is_not_missed(self) -> None:
        index = longing.index()
        index.restock(f"{ASKED}-1", in_stock=False, stock=None)
        asked = self.ask(index, {"gone": 3, f"{ASKED}-1": 3})
        assert (asked.missed, float(asked.labels.sum())) == (0, 0.0)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Folders:
    folder = tmp_path_factory.mktemp("made")
    catalogue, texts, judgements = (folder / name for name in ("catalogue", "texts", "judgements"))
    for each in (catalogue, judgements):
        each.mkdir()
    products = longing.products()
    (catalogue / PRODUCTS).write_bytes(msgspec.json.Encoder().encode_lines(products))
    (catalogue / SALES).write_text("{}")
    (catalogue / ABOUT).write_text(f'{{"head": 5, "products": {len(products)}}}')
    index_texts.run(catalogue, texts, settings=IndexSettings(home=folder))
    write_judgements(judgements / "judgements.jsonl", longing.wanted())
    return Folders(catalogue=catalogue, texts=texts, judgements=judgements)


class TestTheIndex:
    """The step that builds it, with the packaged text model."""

    def test_serves_what_was_learned_and_says_so(self, made: Folders, tmp_path: Path) -> None:
        told = build_index.run(made, tmp_path / "index", settings=IndexSettings(home=tmp_path))
        assert (told.method, told.judged_queries) == ("lambdarank", longing.KINDS)
        assert set(told.validation) == {"rrf", "bm25", "lambdarank"}
        assert told.settings["titles_found_by_learned_order"] == 1.0
        manifest, index = IndexManifest.read(tmp_path / "index"), SearchIndex.load(tmp_path / "index")
        assert manifest == told
        check_golden(tmp_path / "index", index)
        vector = open_text_model("all-minilm-l6-v2").encode_queries([ASKED])[0]
        answer = index.words.answer(index.words.read(Query(text=ASKED)), vector)
        assert (answer.method, answer.ids[0]) == ("lambdarank", f"{ASKED}-{longing.EACH - 1}")

    def test_without_judgements_the_fallback_serves(self, made: Folders, tmp_path: Path) -> None:
        without = Folders(catalogue=made.catalogue, texts=made.texts)
        told = build_index.run(without, tmp_path / "index", settings=IndexSettings(home=tmp_path))
        assert (told.method, told.judged_queries, told.validation) == ("rrf", 0, {})
