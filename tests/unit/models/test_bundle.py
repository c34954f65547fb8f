import warnings
from collections.abc import Callable
from pathlib import Path

import msgspec
import numpy as np
import pytest
from scipy import sparse

from merx_core.ids import ProductId
from merx_models.boosting import Boosting, BoostingSettings
from merx_models.bundle import MANIFEST, Bundle, BundleError, BundleParts, Golden, new_manifest, read_manifest
from merx_models.candidates import CandidateSources
from merx_models.linear import LinearScorer
from merx_models.product_index import ProductIndex
from merx_models.ranker import RankerError
from merx_models.ranking_rows import RankingRows

COLUMNS = ("price", "popularity", "match")
PRODUCTS = 20


@pytest.fixture(scope="module")
def graph(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rng = np.random.default_rng(0)
    features = rng.normal(size=(400, len(COLUMNS))).astype(np.float32)
    labels = (features[:, 2] > 0).astype(np.float32)
    group = np.repeat(np.arange(40), 10)
    rows = RankingRows(features, np.zeros(400, np.int64), labels, group, np.full((40, 1), -1))
    path = tmp_path_factory.mktemp("graph") / "any-name.onnx"
    return Boosting.fit(rows, rows, settings=BoostingSettings(rounds=5, min_rows=5)).to_onnx(path)


@pytest.fixture
def parts(graph: Path) -> BundleParts:
    weights = sparse.eye(PRODUCTS, k=1, format="csr", dtype=np.float32)
    return BundleParts(
        manifest=new_manifest("recommendation", feature_service="v1", feature_service_hash="abc", columns=COLUMNS),
        index=ProductIndex(tuple(ProductId(f"p{row}") for row in range(PRODUCTS))),
        sources=CandidateSources({"neighbours": LinearScorer(weights)}),
        ranker=graph,
        background=np.zeros((4, len(COLUMNS)), np.float32),
        golden=[Golden({"placement": "home"}, {"items": ["p1"]})],
    )


@pytest.fixture
def folder(parts: BundleParts, tmp_path: Path) -> Path:
    Bundle.save(tmp_path / "bundle", parts)
    return tmp_path / "bundle"


class TestRoundTrip:
    def test_everything_is_there_after_loading(self, folder: Path) -> None:
        bundle = Bundle.load(folder)
        assert bundle.manifest.ranking_columns == COLUMNS
        assert bundle.index.ids[3] == "p3"
        assert bundle.golden[0].answer == {"items": ["p1"]}
        assert bundle.background is not None
        scores = bundle.ranker.score(np.zeros((2, 3), np.float32), np.empty(0, np.int64), np.zeros(2, np.int64))
        assert scores.shape == (2,)

    def test_golden_answers_are_added_when_the_bundle_can_give_them(self, folder: Path) -> None:
        Bundle.add_golden(folder, [Golden({"size": 1}, {"items": []}), Golden({"size": 2}, {"items": []})])
        assert len(Bundle.load(folder).golden) == 2

    def test_saving_again_leaves_nothing_of_the_old_bundle(self, parts: BundleParts, folder: Path) -> None:
        (folder / "left-over.bin").write_bytes(b"x")
        Bundle.save(folder, parts)
        assert not (folder / "left-over.bin").exists()


def cut_off(folder: Path) -> str:
    path = folder / "sources/neighbours/weights.npz"
    path.write_bytes(path.read_bytes()[:-40])
    return "sources/neighbours/weights.npz"


def flip_a_bit(folder: Path) -> str:
    content = bytearray((folder / "ranker.onnx").read_bytes())
    content[len(content) // 2] ^= 1
    (folder / "ranker.onnx").write_bytes(content)
    return "ranker.onnx"


def remove(folder: Path) -> str:
    (folder / "index/products.json").unlink()
    return "index/products.json"


def add(folder: Path) -> str:
    (folder / "sources/extra.npz").write_bytes(b"?")
    return "sources/extra.npz"


def never_finished(folder: Path) -> str:
    (folder / MANIFEST).unlink()
    return MANIFEST


def scribble(folder: Path) -> str:
    (folder / MANIFEST).write_text('{"name": 3}')
    return MANIFEST


def from_the_future(folder: Path) -> str:
    manifest = msgspec.structs.replace(read_manifest(folder), format=99)
    (folder / MANIFEST).write_bytes(msgspec.json.encode(manifest))
    return MANIFEST


class TestDamage:
    @pytest.mark.parametrize("damage", [cut_off, flip_a_bit, remove, add, never_finished, scribble, from_the_future])
    def test_a_damaged_bundle_is_refused_and_the_file_named(self, folder: Path, damage: Callable[[Path], str]) -> None:
        file = damage(folder)
        with pytest.raises(BundleError, match=file) as refused:
            Bundle.load(folder)
        assert refused.value.file == file
        assert refused.value.why

    def test_what_hashes_do_not_show_is_still_refused_by_name(self, parts: BundleParts, tmp_path: Path) -> None:
        garbage = tmp_path / "garbage.onnx"
        garbage.write_bytes(b"not a graph")
        Bundle.save(tmp_path / "bundle", _with(parts, garbage))
        with pytest.raises(BundleError, match=r"ranker\.onnx"):
            Bundle.load(tmp_path / "bundle")

    def test_a_ranker_of_another_width_is_refused(self, parts: BundleParts, folder: Path) -> None:
        manifest = msgspec.structs.replace(read_manifest(folder), ranking_columns=("price",))
        (folder / MANIFEST).write_bytes(msgspec.json.encode(manifest))
        with pytest.raises(BundleError, match="3 features") as refused:
            Bundle.load(folder)
        assert isinstance(refused.value.__cause__, RankerError)


def _with(parts: BundleParts, ranker: Path) -> BundleParts:
    return BundleParts(parts.manifest, parts.index, parts.sources, ranker)


class TestForeignModel:
    """A ranker that was not written here serves as well: any MLflow pyfunc model that reads the ranking columns."""

    @pytest.mark.filterwarnings("ignore:.*type hint:UserWarning")  # MLflow's advice to whoever wrote the model
    def test_a_pyfunc_model_ranks_by_the_columns(self, parts: BundleParts, tmp_path: Path) -> None:
        save_pyfunc(tmp_path / "theirs")
        Bundle.save(tmp_path / "bundle", _with(parts, tmp_path / "theirs"))
        bundle = Bundle.load(tmp_path / "bundle")
        assert bundle.manifest.ranker == "pyfunc"
        features = np.array([[1.0, 2.0, 0.3], [1.0, 2.0, np.nan]], np.float32)
        scores = bundle.ranker.score(features, np.empty(0, np.int64), np.zeros(2, np.int64))
        np.testing.assert_allclose(scores, [0.3, 0.0], atol=1e-6)


def save_pyfunc(folder: Path) -> None:
    code = folder.with_suffix(".py")
    code.write_text(
        "import mlflow\n"
        "class Match(mlflow.pyfunc.PythonModel):\n"
        "    def predict(self, context, model_input, params=None):\n"
        "        return model_input['match'].fillna(0.0).to_numpy()\n"
        "mlflow.models.set_model(Match())\n"
    )
    import mlflow.pyfunc

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # MLflow advises type hints and signatures while it saves
        mlflow.pyfunc.save_model(folder, python_model=str(code), pip_requirements=[])
