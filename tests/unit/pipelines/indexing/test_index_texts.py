"""Which texts go through the encoder, and which are placed by their words."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from merx_core.catalogue import Product
from merx_models.search_index import text_of
from merx_models.words.dense import Floats
from merx_pipelines import profiles
from merx_pipelines.steps import index_texts
from tests.unit.models.words.shop import HashedWords
from tests.unit.pipelines.indexing.made_catalogue import TINY, products, settings_in, write_catalogue


class Counting(HashedWords):
    """A text model that remembers what it was given."""

    name = identity = "hashed-words"
    dim, least_cosine = 64, 0.3

    def __init__(self) -> None:
        self.given: list[str] = []

    def encode(self, texts: Sequence[str], *, progress: Callable[[int], None] | None = None) -> Floats:
        self.given += texts
        if progress is not None:
            progress(len(texts))
        return super().encode(texts)


@pytest.fixture
def encoder(monkeypatch: pytest.MonkeyPatch) -> Counting:
    made = Counting()
    monkeypatch.setattr(index_texts, "open_text_model", lambda _: made)
    monkeypatch.setitem(profiles.INDEX_PROFILES, "few", replace(TINY, name="few", encoded_texts=12))
    return made


def run(home: Path, some: Sequence[Product], profile: str = "tiny", sold: dict[str, float] | None = None) -> Floats:
    catalogue = write_catalogue(home / "catalogue", some, sold)
    index_texts.run(catalogue, home / "texts", profile=profile, settings=settings_in(home))
    return np.asarray(np.load(home / "texts" / index_texts.VECTORS))


def about(home: Path) -> dict[str, object]:
    told: dict[str, object] = json.loads((home / "texts" / index_texts.ABOUT).read_text())
    return told


class TestAllTexts:
    def test_each_product_has_the_vector_of_its_text_in_the_catalogues_order(
        self, encoder: Counting, tmp_path: Path
    ) -> None:
        found = run(tmp_path, products())
        assert found.dtype == np.float32
        assert np.allclose(found, HashedWords().encode([text_of(product) for product in products()]), atol=1e-6)

    def test_a_text_that_many_products_share_is_encoded_once(self, encoder: Counting, tmp_path: Path) -> None:
        twins = [Product(product_id=f"twin-{number}", title="The same thing") for number in range(9)]
        found = run(tmp_path, [*twins, *products()])
        assert encoder.given.count(text_of(twins[0])) == 1
        assert len(encoder.given) == len(products()) + 1
        assert (found[:9] == found[0]).all()
        assert about(tmp_path)["encoded"] == len(products()) + 1

    def test_the_model_is_named_for_who_encodes_queries(self, encoder: Counting, tmp_path: Path) -> None:
        run(tmp_path, products())
        assert about(tmp_path)["encoder"] == "hashed-words"
        assert about(tmp_path)["map_cosine"] is None

    def test_an_empty_catalogue_has_no_vectors_of_the_models_width(self, encoder: Counting, tmp_path: Path) -> None:
        assert run(tmp_path, []).shape == (0, 64)
        assert encoder.given == []
        assert about(tmp_path)["encoded"] == 0


class TestABudget:
    def test_the_best_sold_are_encoded(self, encoder: Counting, tmp_path: Path) -> None:
        wanted = products()[::2]
        run(tmp_path, products(), "few", {product.product_id: 5.0 for product in wanted})
        assert set(encoder.given) == {text_of(product) for product in wanted}

    def test_the_others_are_placed_near_what_shares_their_words(self, encoder: Counting, tmp_path: Path) -> None:
        sold = {product.product_id: 5.0 for product in products()[::2]}
        found = run(tmp_path, products(), "few", sold)
        assert np.linalg.norm(found, axis=1) == pytest.approx(1.0, abs=1e-5)  # float32
        truth = HashedWords().encode([text_of(product) for product in products()])
        placed = np.array([product.product_id not in sold for product in products()])
        own = (found * truth).sum(axis=1)
        assert own[~placed] == pytest.approx(1.0, abs=1e-5)
        assert own[placed].mean() > (found[placed] @ truth.T).mean() + 0.1
        assert about(tmp_path)["encoded"] == 12

    def test_the_same_seed_places_them_the_same(self, encoder: Counting, tmp_path: Path) -> None:
        first = run(tmp_path / "first", products(), "few")
        assert (run(tmp_path / "second", products(), "few") == first).all()
