"""The head, the space shared with words, and the lookup: what works on vectors alone."""

from pathlib import Path

import numpy as np
import pytest

from merx_models.pictures.catalogue import PictureCatalogue
from merx_models.pictures.head import Head, class_means, coarse_probabilities, first_head
from merx_models.pictures.joint import JointSpace
from merx_models.pictures.training import calibrated
from merx_models.text_encoder import unit

RNG = np.random.default_rng(0)
CENTRES = RNG.normal(size=(6, 40)).astype(np.float32)


def features(each: int = 20, noise: float = 1.0, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Six classes in 40 dimensions; the loudest ones say nothing of the class."""
    rng = np.random.default_rng(seed)
    labels = np.repeat(np.arange(6), each)
    found = CENTRES[labels] + rng.normal(size=(len(labels), 40)) * noise
    found[:, :5] += rng.normal(size=(len(labels), 5)) * 10
    return found.astype(np.float32), labels


class TestHead:
    def test_classes_are_told_where_the_features_alone_do_not_tell_them(self) -> None:
        known, labels = features()
        asked, truth = features(seed=2)
        head = first_head(known, labels, dim=8)
        found = head.probabilities(head.embed(asked)).argmax(axis=1)
        plain = (unit(asked) @ class_means(unit(known), labels, 6).T).argmax(axis=1)
        assert (found == truth).mean() > 0.9
        assert (plain == truth).mean() < 0.6

    def test_vectors_have_length_one_and_probabilities_sum_to_one(self) -> None:
        known, labels = features()
        head = first_head(known, labels, dim=8)
        vectors = head.embed(known)
        assert head.dim == 8
        assert np.linalg.norm(vectors, axis=1) == pytest.approx(1.0, abs=1e-5)  # float32
        assert head.probabilities(vectors).sum(axis=1) == pytest.approx(1.0, abs=1e-5)

    def test_saved_is_loaded(self, tmp_path: Path) -> None:
        known, labels = features()
        head = first_head(known, labels, dim=8)
        head.save(tmp_path / "head.npz")
        loaded = Head.load(tmp_path / "head.npz")
        assert (loaded.embed(known) == head.embed(known)).all()
        assert loaded.scale == head.scale

    def test_coarse_classes_add_up(self) -> None:
        fine = np.array([[0.4, 0.35, 0.25], [0.1, 0.2, 0.7]], np.float32)
        assert coarse_probabilities(fine, [0, 1, 1]) == pytest.approx(np.array([[0.4, 0.6], [0.1, 0.9]]))

    def test_confidences_are_set_on_pictures_it_did_not_learn_from(self) -> None:
        known, labels = features()
        asked, truth = features(each=60, noise=2.0, seed=3)
        head = first_head(known, labels, dim=8)
        vectors = head.embed(asked)
        for scale in (1.0, 100.0):
            bold = Head(head.projection, head.offset, head.proxies, scale)
            chance = calibrated(bold, vectors, truth).probabilities(vectors)
            right = (chance.argmax(axis=1) == truth).mean()
            assert chance.max(axis=1).mean() == pytest.approx(right, abs=0.06)  # sampling error of 360 pictures


class TestJointSpace:
    def pairs(self, count: int = 60, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
        """Eight hidden properties seen through two unlike instruments, each with noise of its own."""
        rng, fixed = np.random.default_rng(seed), np.random.default_rng(99)
        hidden = rng.normal(size=(count, 8))
        sides = (hidden @ fixed.normal(size=(8, 32)), hidden @ fixed.normal(size=(8, 24)))
        left, right = (side + rng.normal(size=side.shape) * 0.5 for side in sides)
        return left.astype(np.float32), right.astype(np.float32)

    def test_new_words_find_their_new_picture(self) -> None:
        space = JointSpace.fit(*self.pairs(), dim=16)
        pictures, texts = self.pairs(40, seed=5)
        cosine = space.texts(texts) @ space.pictures(pictures).T
        assert (cosine.argmax(axis=1) == np.arange(40)).mean() > 0.85
        assert space.dim == 16

    def test_this_but_as_i_say_lies_between(self) -> None:
        space = JointSpace.fit(*self.pairs(), dim=16)
        pictures, texts = self.pairs(2, seed=6)
        alone, said = space.pictures(pictures[:1]), space.texts(texts[1:])
        closeness = [
            float((space.together(pictures[:1], texts[1:], words=share) @ said.T)[0, 0]) for share in (0, 0.5, 1)
        ]
        assert closeness == sorted(closeness)
        assert closeness[0] == pytest.approx(float((alone @ said.T)[0, 0]), abs=1e-5)
        assert closeness[2] == pytest.approx(1.0, abs=1e-5)

    def test_saved_is_loaded(self, tmp_path: Path) -> None:
        pictures, texts = self.pairs()
        space = JointSpace.fit(pictures, texts)
        space.save(tmp_path / "joint.npz")
        loaded = JointSpace.load(tmp_path / "joint.npz")
        assert (loaded.pictures(pictures) == space.pictures(pictures)).all()
        assert (loaded.texts(texts) == space.texts(texts)).all()

    def test_a_pair_alone_teaches_nothing(self) -> None:
        with pytest.raises(ValueError, match="two pairs"):
            JointSpace.fit(np.ones((1, 4), np.float32), np.ones((1, 4), np.float32))


class TestCatalogue:
    VECTORS = unit(np.array([[1, 0], [0, 1], [1, 1], [1, 0.2]], np.float32))
    CATALOGUE = PictureCatalogue(VECTORS, ["mug", "bowl", "mug", "cup"])

    def test_a_product_counts_by_its_nearest_picture(self) -> None:
        (found,) = self.CATALOGUE.nearest(np.array([[1.0, 0.0]], np.float32), 5)
        assert [entry.product for entry in found] == ["mug", "cup", "bowl"]
        assert found[0].cosine == pytest.approx(1.0)

    def test_similar_leaves_out_the_product_itself(self) -> None:
        assert [entry.product for entry in self.CATALOGUE.similar("mug", 1)] == ["cup"]
        with pytest.raises(KeyError):
            self.CATALOGUE.similar("lamp", 3)

    def test_every_picture_has_an_owner(self) -> None:
        with pytest.raises(ValueError, match="4 vectors for 1"):
            PictureCatalogue(self.VECTORS, ["mug"])
