"""From a folder of class folders to a model in a folder, and what it tells of a picture."""

from pathlib import Path

import numpy as np
import pytest

from merx_models.pictures.backbone import OnnxBackbone
from merx_models.pictures.folders import FolderError, read_folder
from merx_models.pictures.model import HEAD, MANIFEST, NETWORK, PictureModel, PictureModelError
from merx_models.pictures.patterns import PATTERNS, PatternHead, swatches
from merx_models.pictures.training import PictureTraining, labelled, look_size, main, train
from merx_models.pictures.tuning import TuningSettings
from merx_models.text_encoder import TextEncoder
from tests.unit.models.pictures.drawn import encoded, thing, write_folder

QUICK = PictureTraining(
    tuning=TuningSettings(train_size=64, frozen=11, views=160, batch=16, dim=16, average=0.5), patterns=False
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_folder(tmp_path_factory.mktemp("pictures"), each=6)


@pytest.fixture(scope="module")
def model(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> PictureModel:
    return train(read_folder(folder), tmp_path_factory.mktemp("work"), settings=QUICK, seed=0)


@pytest.fixture
def saved(model: PictureModel, tmp_path: Path) -> Path:
    network = tmp_path / "given.onnx"
    network.write_bytes(NETWORK_OF[id(model)].read_bytes())
    model.save(tmp_path / "model", network=network)
    return tmp_path / "model"


NETWORK_OF: dict[int, Path] = {}


@pytest.fixture(scope="module", autouse=True)
def remember_network(model: PictureModel, tmp_path_factory: pytest.TempPathFactory) -> None:
    NETWORK_OF[id(model)] = next(tmp_path_factory.getbasetemp().glob("work*/" + NETWORK))


class TestFolders:
    def test_classes_are_paths_and_parts_share_their_numbers(self, folder: Path) -> None:
        data = read_folder(folder)
        assert data.classes == ("Round/blue", "Round/red", "Square/blue", "Square/red")
        assert [len(part) for part in (data.train, data.validation, data.test, data.catalogue)] == [24, 24, 24, 4]
        assert data.attributes == {
            "coarse": ("Round", "Round", "Square", "Square"),
            "pack_type": ("net", "net", "", "carton"),
        }
        assert data.descriptions[1] == "a round red ball"

    def test_what_cannot_be_decoded_is_counted(self, tmp_path: Path) -> None:
        write_folder(tmp_path, each=2, parts=("train",))
        (tmp_path / "train" / "Round" / "red" / "broken.jpg").write_bytes(encoded(thing("red"), "JPEG")[:300])
        data = read_folder(tmp_path)
        assert data.train.refused == {"damaged": 1}
        assert len(data.train) == 8
        assert len(data.test) == 0

    def test_a_folder_without_classes_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(FolderError, match="two are the least"):
            read_folder(tmp_path)

    def test_a_class_that_was_never_learned_is_refused(self, tmp_path: Path) -> None:
        write_folder(tmp_path, each=1, parts=("train", "val"))
        (tmp_path / "val" / "Round" / "red").rename(tmp_path / "val" / "Round" / "pink")
        with pytest.raises(FolderError, match="Round/pink: no such class"):
            read_folder(tmp_path)

    def test_the_one_catalogue_picture_is_drawn_more_often(self, folder: Path) -> None:
        data = labelled(read_folder(folder))
        assert len(data.pictures) == 28
        assert (data.weight[24:] > 7 * data.weight[:24].max()).all()


class TestModel:
    def test_it_tells_what_new_photographs_show(self, model: PictureModel, folder: Path) -> None:
        data = read_folder(folder)
        found = model.categories(model.embed(data.test.pictures)).argmax(axis=1)
        assert (found == data.test.labels).mean() > 0.7  # by chance a quarter

    def test_vectors_have_length_one_however_it_looks(self, model: PictureModel) -> None:
        pictures = [thing("red"), thing("blue", "box", side=70)]
        for careful in (True, False):
            vectors = model.embed(pictures, careful=careful)
            assert vectors.shape == (2, 16)
            assert np.linalg.norm(vectors, axis=1) == pytest.approx(1.0, abs=1e-5)  # float32

    def test_a_mirrored_picture_is_the_same_thing(self, model: PictureModel) -> None:
        picture = thing("red", "box", seed=4)
        vectors = model.embed([picture, np.ascontiguousarray(picture[:, ::-1])])
        assert float(vectors[0] @ vectors[1]) > 0.999

    def test_a_batch_answers_as_each_alone(self, model: PictureModel) -> None:
        pictures = [thing("red"), thing("blue"), thing("red", "box")]
        alone = np.concatenate([model.embed([picture]) for picture in pictures])
        assert model.embed(pictures) == pytest.approx(alone, abs=1e-4)

    def test_no_pictures_no_answers(self, model: PictureModel) -> None:
        assert model.embed([]).shape == (0, 16)
        assert model.look([]) == []

    def test_a_look_has_every_attribute_and_the_colour(self, model: PictureModel) -> None:
        (look,) = model.look([thing("red", "box")])
        assert look.attributes["category"][0].value == "Square/red"
        assert look.attributes["coarse"][0].value == "Square"
        assert look.colours[0].name == "red"
        coarse = {guess.value: guess.confidence for guess in look.attributes["coarse"]}
        assert sum(coarse.values()) == pytest.approx(1.0, abs=1e-5)

    def test_where_the_catalogue_is_silent_the_confidence_is_missing(self, model: PictureModel) -> None:
        (look,) = model.look([thing("blue", "box")])
        assert {guess.value for guess in look.attributes["pack_type"]} == {"net", "carton"}
        assert sum(guess.confidence for guess in look.attributes["pack_type"]) < 0.9

    def test_words_find_the_picture(self, model: PictureModel) -> None:
        assert model.joint is not None
        pictures = model.joint.pictures(model.embed([thing(c, s) for s in ("disc", "box") for c in ("red", "blue")]))
        words = ["red: a round red ball", "blue: a round blue ball", "red: a square red box", "blue: a square blue box"]
        cosine = model.joint.texts(TextEncoder().encode(words)) @ pictures.T
        assert (cosine.argmax(axis=1) == np.arange(4)).mean() >= 0.75


class TestFolderOfAModel:
    def test_loaded_is_saved(self, model: PictureModel, saved: Path) -> None:
        loaded = PictureModel.load(saved)
        pictures = [thing("red"), thing("blue", "box")]
        assert (loaded.embed(pictures) == model.embed(pictures)).all()
        assert loaded.look(pictures) == model.look(pictures)

    @pytest.mark.parametrize("file", [NETWORK, HEAD, "joint.npz"])
    def test_a_changed_file_is_named(self, saved: Path, file: str) -> None:
        data = bytearray((saved / file).read_bytes())
        data[len(data) // 2] ^= 1
        (saved / file).write_bytes(bytes(data))
        with pytest.raises(PictureModelError, match="sha256") as refused:
            PictureModel.load(saved)
        assert refused.value.file == file

    def test_a_missing_file_is_named(self, saved: Path) -> None:
        (saved / HEAD).unlink()
        with pytest.raises(PictureModelError, match="missing") as refused:
            PictureModel.load(saved)
        assert refused.value.file == HEAD

    @pytest.mark.parametrize("text", ["", "[]", '{"format": 7}'])
    def test_a_manifest_that_is_none_is_refused(self, saved: Path, text: str) -> None:
        (saved / MANIFEST).write_text(text)
        with pytest.raises(PictureModelError) as refused:
            PictureModel.load(saved)
        assert refused.value.file == MANIFEST

    def test_an_unfinished_folder_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(PictureModelError, match="never finished"):
            PictureModel.load(tmp_path)


class TestPatterns:
    def test_drawn_patterns_are_told_apart(self, model: PictureModel, tmp_path: Path) -> None:
        assert isinstance(model.backbone, OnnxBackbone)
        head = PatternHead.fit(model.backbone, each=40, seed=0)
        views, labels = swatches(20, size=model.backbone.size, seed=1)
        chance = head.probabilities(model.backbone.features(views))
        assert (chance.argmax(axis=1) == labels).mean() > 0.7
        head.save(tmp_path / "patterns.npz")
        loaded = PatternHead.load(tmp_path / "patterns.npz")
        assert loaded.names == PATTERNS
        assert (loaded.probabilities(model.backbone.features(views)) == chance).all()


class TestCommand:
    def test_one_command_makes_a_model(self, tmp_path: Path) -> None:
        write_folder(tmp_path / "shop", each=2, parts=("train", "validation"), side=48)
        assert main([str(tmp_path / "shop"), str(tmp_path / "model"), "--minutes", "0.005"]) == 0
        model = PictureModel.load(tmp_path / "model")
        assert set(model.look([thing("red")])[0].attributes) == {"category", "coarse", "pack_type", "pattern"}
        assert sorted(path.name for path in tmp_path.iterdir()) == ["model", "shop"]

    def test_another_network_is_used_as_it_is(self, folder: Path, model: PictureModel, tmp_path: Path) -> None:
        given = PictureTraining(network=NETWORK_OF[id(model)], patterns=False)
        write_folder(tmp_path / "shop", each=2, parts=("train",))
        other = train(read_folder(tmp_path / "shop"), tmp_path, settings=given)
        assert other.backbone.size == 192
        shown = read_folder(folder).catalogue
        assert (other.categories(other.embed(shown.pictures, careful=False)).argmax(axis=1) == shown.labels).all()

    def test_views_are_looked_at_larger_than_learned_from(self) -> None:
        assert [look_size(size) for size in (64, 160)] == [64, 224]
