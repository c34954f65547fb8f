"""Words, texts and pictures to one sealed folder."""

import json
from pathlib import Path

import pytest

from merx_models.search_index import CONTRACT, IndexManifest, SearchIndex
from merx_models.search_index.golden import check_golden
from merx_models.words.queries import Query
from merx_pipelines.folders import Folders
from merx_pipelines.steps import build_index, index_pictures
from tests.unit.models.words.shop import HashedWords
from tests.unit.pipelines.indexing.made_catalogue import changed, products, settings_in, write_pictures, written

SOLD = {"box-blue-1": 9.0, "disc-red-0": 4.0}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Folders:
    home = tmp_path_factory.mktemp("shop")
    write_pictures(home / "pictures", products())
    made, used = written(home, products(), SOLD), settings_in(home, least_confidence=0.3)
    index_pictures.run(made, made.pictures, profile="tiny", settings=used)
    build_index.run(made, made.index, profile="tiny", seed=3, settings=used)
    return made


def titles(index: SearchIndex, text: str) -> list[str]:
    answer = index.words.search(Query(text=text), HashedWords())
    return [index.cards[name].title for name in answer.ids]


class TestAnIndex:
    def test_it_is_sealed_with_what_it_was_made_from(self, built: Folders) -> None:
        manifest = IndexManifest.read(built.index)
        assert (manifest.head, manifest.products, manifest.pictured) == (41, 24, 24)
        assert (manifest.encoder, manifest.feature_service_hash) == ("hashed-words", CONTRACT)
        assert manifest.settings == {"profile": "tiny", "seed": 3, "encoded_texts": 24}

    def test_what_a_service_loads_finds_by_words_pictures_and_both(self, built: Folders) -> None:
        index = SearchIndex.load(built.index)
        assert titles(index, "blue box")[0].startswith("Blue box")
        assert index.lookalikes("disc-red-0", 1)[0][0].startswith("disc-red")
        assert index.pictures is not None
        assert index.pictures.joint is not None

    def test_attributes_and_categories_can_be_counted(self, built: Folders) -> None:
        answer = SearchIndex.load(built.index).words.search(Query(text="", facets=["category"]), None)
        assert answer.facets["category"] == {"Toys": 24, "Box": 12, "Disc": 12}

    def test_the_best_sold_lead_and_their_titles_are_the_golden_questions(self, built: Folders) -> None:
        index = SearchIndex.load(built.index)
        assert titles(index, "")[:2] == ["Blue box number 1", "Red disc number 0"]
        asked = [kept["text"] for kept in json.loads((built.index / "golden.json").read_text())]
        assert asked[:2] == ["Blue box number 1", "Red disc number 0"]
        assert len(asked) == build_index.GOLDEN_QUESTIONS
        check_golden(built.index, index)

    def test_suggestions_go_along_and_change_nothing_that_is_searched_or_shown(self, built: Folders) -> None:
        index = SearchIndex.load(built.index)
        assert any(each.attribute == "colour" for each in index.suggestions)
        assert "attributes.colour" not in index.words.columns.label_columns
        assert index.cards["disc-red-0"].title == "Red disc number 0"


class TestAnotherIndex:
    def test_what_lay_there_before_is_gone(self, tmp_path: Path) -> None:
        made = written(tmp_path, products())
        made.index.mkdir()
        (made.index / "left.over").write_text("from another run")
        manifest = build_index.run(made, made.index, profile="tiny", settings=settings_in(tmp_path))
        assert "left.over" not in manifest.files
        assert not (made.index / "left.over").exists()

    def test_without_pictures_it_searches_by_words(self, tmp_path: Path) -> None:
        made = written(tmp_path, changed(products(), pictures=()))
        manifest = build_index.run(made, made.index, profile="tiny", settings=settings_in(tmp_path))
        assert manifest.pictured == 0
        index = SearchIndex.load(made.index)
        assert (index.looks, index.pictures, index.suggestions) == (None, None, [])
        assert titles(index, "blue box")[0].startswith("Blue box")

    def test_the_shops_synonyms_are_part_of_it(self, tmp_path: Path) -> None:
        synonyms = tmp_path / "synonyms.json"
        synonyms.write_text(json.dumps([["crate", "box"]]))
        made = written(tmp_path, products())
        build_index.run(made, made.index, profile="tiny", settings=settings_in(tmp_path, synonyms=synonyms))
        index = SearchIndex.load(made.index)
        answer = index.words.search(Query(text="yellow crate", correct_spelling=False), None)
        assert answer.ids[0].startswith("box-yellow")

    def test_an_empty_catalogue_is_an_empty_index(self, tmp_path: Path) -> None:
        made = written(tmp_path, [])
        manifest = build_index.run(made, made.index, profile="tiny", settings=settings_in(tmp_path))
        assert manifest.products == 0
        assert titles(SearchIndex.load(made.index), "box") == []
