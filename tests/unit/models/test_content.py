from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from merx_models.content import ContentModel, ContentSettings, Texts
from merx_models.text_encoder import TextEncoder, unit

WORDS = ("red", "blue", "wool", "silk", "shirt", "sock", "hat", "scarf")
NOW = np.zeros(1, np.float32)


class WordEncoder:
    """A vector per text: which of eight words are in it, turned by a fixed rotation."""

    def encode(self, texts: Sequence[str], *, progress: Callable[[int], None] | None = None) -> np.ndarray:
        turn = np.linalg.qr(np.random.default_rng(0).normal(size=(len(WORDS), len(WORDS))))[0]
        counts = np.array([[word in text.split() for word in WORDS] for text in texts], np.float32)
        if progress is not None:
            progress(len(texts))
        return unit((counts + 0.01) @ turn)


TEXTS = [f"{colour} {cloth} {thing}" for colour in WORDS[:2] for cloth in WORDS[2:4] for thing in WORDS[4:]]


def make_model(encoded: int | None = None, copies: int = 2) -> ContentModel:
    texts = TEXTS * copies
    weight = np.linspace(len(texts), 1, len(texts))
    settings = ContentSettings(encoded=encoded, dim=8, per_text=1)
    return ContentModel.fit(Texts(texts, weight), WordEncoder(), settings=settings)


class TestContentModel:
    def test_what_reads_alike_comes_first(self) -> None:
        rows, scores = make_model().top(np.array([0], np.int32), NOW, 3)
        assert all(len(set(TEXTS[row % 16].split()) & set(TEXTS[0].split())) == 2 for row in rows)
        assert (np.diff(scores) <= 0).all()

    def test_the_history_itself_is_not_answered(self) -> None:
        assert 0 not in make_model(copies=1).top(np.array([0], np.int32), NOW, 20)[0]

    def test_of_one_text_the_most_wanted_product_is_answered(self) -> None:
        assert (make_model().top(np.array([0], np.int32), NOW, 5)[0] < 16).all()

    def test_texts_that_were_not_encoded_are_placed_by_their_words(self) -> None:
        model = make_model(encoded=13, copies=1)
        whole = make_model(copies=1)
        near = [set(m.top(np.array([15], np.int32), NOW, 6)[0].tolist()) for m in (model, whole)]
        assert len(near[0] & near[1]) >= 4

    def test_newer_products_weigh_more(self) -> None:
        history, ages = np.array([0, 15], np.int32), np.array([400.0, 0.0], np.float32)
        first = make_model(copies=1).top(history, ages, 1)[0][0]
        assert len(set(TEXTS[first].split()) & set(TEXTS[15].split())) == 2

    def test_without_history_there_is_nothing_alike(self) -> None:
        assert len(make_model().top(np.empty(0, np.int32), np.empty(0, np.float32), 5)[0]) == 0

    def test_it_is_the_same_after_loading(self, tmp_path: Path) -> None:
        model = make_model()
        model.save(tmp_path)
        for one, other in zip(
            model.top(np.array([4], np.int32), NOW, 9),
            ContentModel.load(tmp_path).top(np.array([4], np.int32), NOW, 9),
            strict=True,
        ):
            np.testing.assert_array_equal(one, other)


@pytest.fixture(scope="module")
def vectors() -> np.ndarray:
    texts = ["dry red wine", "bottle of merlot", "cordless power drill", "wine", "dry red wine"]
    return TextEncoder().encode(texts, batch=2)


class TestTextEncoder:
    def test_what_means_the_same_is_near(self, vectors: np.ndarray) -> None:
        assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2] + 0.2

    def test_vectors_have_length_one(self, vectors: np.ndarray) -> None:
        np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)

    def test_company_in_a_batch_hardly_moves_a_text(self, vectors: np.ndarray) -> None:
        # 8-bit activations are scaled by batch, so that vectors move a little
        assert vectors[0] @ vectors[4] > 0.98
