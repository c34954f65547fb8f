"""What the fusion knows of a candidate."""

import numpy as np
import pytest

from merx_core.catalogue import Product
from merx_models.words.analysis import analyse
from merx_models.words.documents import Document, Facts, analyse_document, document_of
from merx_models.words.features import COLUMNS, AskedText, LegScores, Signals, candidate_features, model_likeness
from merx_models.words.texts import Texts


def facts(title: str, text: str = "") -> Facts:
    return analyse_document(Document("1", {"title": title, "description": text})).facts


def compare(query: str, *held: Facts, signals: Signals | None = None) -> dict[str, list[float]]:
    analysis = analyse(query)
    n = len(held)
    falling = np.linspace(2, 1, n, dtype=np.float32)
    legs = LegScores(falling, falling, np.arange(n, dtype=np.float32), np.full(n, np.inf, np.float32))
    asked = AskedText(query, analysis, dict.fromkeys(analysis.terms, 1.0))
    texts = Texts(held, lambda _: 1.0)
    found = candidate_features(asked, texts, np.arange(n), legs=legs, signals=signals or Signals())
    return {name: found[:, place].tolist() for place, name in enumerate(COLUMNS)}


class TestLegs:
    def test_a_rank_is_a_share_and_nothing_where_a_leg_found_nothing(self) -> None:
        found = compare("red shoe", facts("red shoe"), facts("hat"))
        assert found["bm25_rank"] == [1.0, 0.5]
        assert found["dense_rank"] == [0.0, 0.0]
        assert found["bm25_share"] == [1.0, 0.5]


class TestModelNumbers:
    def test_the_same_number_a_near_one_and_another(self) -> None:
        found = compare(
            "dscw120p", facts("camera DSC-W120/P dscw120p"), facts("dscw120"), facts("fe360x"), facts("bag")
        )
        assert found["model_exact"] == [1, 0, 0, 0]
        assert found["model_near"] == pytest.approx([1, 7 / 8, 0, 0])
        assert found["model_clash"] == [0, 0, 1, 0]

    def test_a_query_without_one_says_nothing(self) -> None:
        assert np.isnan(compare("camera", facts("dscw120"))["model_exact"][0])

    @pytest.mark.parametrize(
        ("one", "other", "likeness"), [("dvd2930ci", "2930ci", 6 / 9), ("ab12", "ab13", 0.0), ("ab123", "ab123", 1.0)]
    )
    def test_likeness_is_from_the_start_or_the_end(self, one: str, other: str, likeness: float) -> None:
        assert model_likeness(one, other) == model_likeness(other, one) == pytest.approx(likeness)


class TestSizes:
    def test_the_same_size_agrees_and_another_of_its_kind_clashes(self) -> None:
        found = compare("cola 1.5l", facts("cola 1500 ml"), facts("cola 330 ml"), facts("cola 2 kg"))
        assert found["size_same"] == [1, 0, 0]
        assert found["size_clash"] == [0, 1, 0]


class TestText:
    def test_more_shared_words_cover_more(self) -> None:
        found = compare("red kids shoe", facts("red kids shoe"), facts("red shoe"), facts("hat"))
        assert found["title_covered"] == pytest.approx([1, 2 / 3, 0])
        assert found["title_answered"] == pytest.approx([1, 1, 0])
        assert found["trigrams"][0] == pytest.approx(1)
        assert found["token_set"][2] < found["token_set"][1]

    def test_a_candidate_without_a_title_is_compared_all_the_same(self) -> None:
        assert compare("red", facts(""))["title_covered"] == [0]


class TestSignals:
    def test_stand_beside_the_others_and_are_unknown_otherwise(self) -> None:
        found = compare("red", facts("red"), signals=Signals({"popularity": np.array([3], np.float32)}))
        assert found["popularity"] == [3]
        assert np.isnan(found["taste"][0])

    def test_a_signal_of_another_name_is_refused(self) -> None:
        with pytest.raises(ValueError, match="signal"):
            Signals({"margin": np.zeros(1, np.float32)})


def test_no_candidates_have_no_features() -> None:
    assert compare("red") == {name: [] for name in COLUMNS}


def test_a_product_is_searched_by_its_texts() -> None:
    product = Product(product_id="1", title="Shoe", brand="Acme", attributes={"colour": "red"})
    assert document_of(product) == Document("1", {"title": "Shoe", "brand": "Acme", "attributes": "red"})
    assert document_of(product).text == "Shoe Acme red"
