"""The whole way on a small shop: log, features, training, judgement, registry; then a ranker from elsewhere."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from merx_core.features import RANKING_COLUMNS
from merx_kit.eventlog import EventLog, migrate
from merx_kit.registry import ModelMissing, ModelVersion
from merx_kit.settings import MerxSettings
from merx_models import golden
from merx_models.bundle import Bundle
from merx_models.ranking_rows import RankingRows
from merx_pipelines import profiles
from merx_pipelines.folders import Folders
from merx_pipelines.foreign_ranker import RankerUnfit, register_ranker
from merx_pipelines.registry_access import model_registry
from merx_pipelines.source_order import SourceOrder
from merx_pipelines.steps import (
    bundle,
    champion,
    clean,
    evaluate,
    extract,
    features,
    gate,
    promote,
    ranking_lists,
    register,
    train_candidates,
    train_ranker,
)
from tests.integration.pipelines import made_shop

REPOSITORY = Path(__file__).parents[3] / "feature_repo"
SEVEN_DAYS = timedelta(days=7)
SMALL = replace(profiles.QUICK, name="small", weeks=3, rankers=("neighbours", "boosting"), boosting_rounds=30)
pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # feast, ibis and torch's exporter, many and changing
    pytest.mark.filterwarnings("ignore::FutureWarning"),
    pytest.mark.filterwarnings("ignore::UserWarning"),
]


class Shop:
    """One state folder, and the folders of the run in it."""

    def __init__(self, settings: MerxSettings, work: Path) -> None:
        self.settings = settings
        self.work = work
        self.folders = Folders(
            clean=work / "clean",
            candidates=work / "candidates",
            lists=work / "lists",
            rankers=work / "rankers",
            evaluation=work / "evaluation",
            gate=work / "gate",
            bundles=work / "bundles",
        )

    def evaluated(self) -> evaluate.Evaluation:
        """Everything up to the evaluation."""
        made = self.folders
        extract.run(self.work / "tables", settings=self.settings)
        clean.run_folder(self.work / "tables", made.clean)
        features.run(made.clean, REPOSITORY, profile="small", settings=self.settings)
        train_candidates.run(made.clean, made.candidates, profile="small")
        ranking_lists.run(made, made.lists, profile="small", settings=self.settings)
        train_ranker.run(made, made.rankers, profile="small")
        best = champion.run(made.clean, made.lists, made.evaluation, profile="small", settings=self.settings)
        return evaluate.run(made, made.evaluation, profile="small", champion=best.lists or None)

    def registered(self) -> ModelVersion:
        """The rest of the graph."""
        made = self.folders
        gate.run(made.evaluation, made.gate)
        bundle.run(made, made.bundles, profile="small", settings=self.settings)
        version = register.run(made, self.work / "registered", settings=self.settings)
        promote.run("recommendation", version.version, settings=self.settings)
        return version


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MerxSettings]:
    home = tmp_path_factory.mktemp("shop")
    made = MerxSettings(home=home)
    migrate(made.database_url)
    with EventLog(made.database_url) as log:
        log.append(made_shop.products())
        log.append(made_shop.purchases())
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(profiles.PROFILES, "small", SMALL)
        yield made


@pytest.fixture(scope="module")
def shop(settings: MerxSettings) -> Shop:
    made = Shop(settings, settings.home / "first")
    made.evaluated()
    made.registered()
    return made


class TestTraining:
    def test_the_model_is_champion_with_its_contract_and_documents(self, shop: Shop) -> None:
        registry = model_registry(shop.settings)
        version = registry.resolve("recommendation", "champion")
        assert version.tags["feature_service_hash"]
        files = {file.path for file in registry.client.list_artifacts(version.run_id)}
        assert files >= {
            "model_card.md",
            "calibration.png",
            "learning_curves.png",
            "golden.json",
            "cleaning.json",
            "window.json",
            "evaluation.json",
            "gate.json",
        }
        run = registry.client.get_run(version.run_id)
        assert run.data.params["feature_service_hash"] == version.tags["feature_service_hash"]
        assert run.data.metrics["merx.ndcg_at_10"] > 0

    def test_it_is_far_above_popularity_and_not_below_the_neighbours(self, shop: Shop) -> None:
        systems = evaluate.Evaluation.read(shop.folders.evaluation).systems
        assert systems["merx"].ndcg.low > systems["popular"].ndcg.high
        assert gate.judge(evaluate.Evaluation.read(shop.folders.evaluation)).passed

    def test_what_was_registered_loads_and_answers_its_golden_requests(self, shop: Shop, tmp_path: Path) -> None:
        registry = model_registry(shop.settings)
        folder = registry.fetch(registry.resolve("recommendation", "champion"), tmp_path / "model")
        loaded = Bundle.load(folder)
        assert len(loaded.golden) >= 5
        golden.check(loaded)
        assert loaded.manifest.window_end is not None
        assert loaded.manifest.window_end > made_shop.END - SEVEN_DAYS

    def test_no_list_knows_the_week_that_it_is_judged_by(self, shop: Shop) -> None:
        evaluated = Bundle.load(shop.folders.bundles / "evaluated").manifest
        served = Bundle.load(shop.folders.bundles / "served").manifest
        assert evaluated.window_end is not None
        assert served.window_end is not None
        assert served.window_end - evaluated.window_end == SEVEN_DAYS

    def test_a_second_run_on_the_same_data_gives_the_same_figures(self, shop: Shop) -> None:
        again = Shop(shop.settings, shop.settings.home / "second").evaluated()
        first = evaluate.Evaluation.read(shop.folders.evaluation)
        assert again.systems["champion"].ndcg == again.systems["merx"].ndcg, "the champion is judged by its twin"
        assert {name: each for name, each in again.systems.items() if name in first.systems} == dict(first.systems)


class TestARankerFromElsewhere:
    def graph(self, folder: Path, source: str = "repeat") -> Path:
        width = len(RANKING_COLUMNS)
        rows = RankingRows(
            np.random.default_rng(0).random((20, width), np.float32),
            np.arange(20, dtype=np.int64),
            np.tile(np.array([0, 1], np.float32), 10),
            np.zeros(20, np.int64),
            histories=np.full((1, 4), -1, np.int64),
        )
        SourceOrder.fit(rows, rows, source).save(folder)
        return folder / "ranker.onnx"

    def test_it_is_registered_serves_and_can_be_rolled_back(self, shop: Shop, tmp_path: Path) -> None:
        registry = model_registry(shop.settings)
        before = registry.resolve("recommendation", "champion")
        version = register_ranker(shop.settings, self.graph(tmp_path / "graph"), kind="onnx")
        assert registry.resolve("recommendation", "champion").version == version.version
        assert version.tags["based_on"] == before.label
        loaded = Bundle.load(registry.fetch(version, tmp_path / "model"))
        golden.check(loaded)
        assert loaded.manifest.ranker_model == "ranker.onnx"
        assert registry.rollback("recommendation").version == before.version

    def test_one_of_another_width_is_refused(self, shop: Shop, tmp_path: Path) -> None:
        import onnx

        graph = onnx.load(self.graph(tmp_path / "graph"))
        graph.graph.input[0].type.tensor_type.shape.dim[1].dim_value = 7
        (tmp_path / "narrow.onnx").write_bytes(graph.SerializeToString())
        with pytest.raises(RankerUnfit, match="7 features"):
            register_ranker(shop.settings, tmp_path / "narrow.onnx", kind="onnx")

    def test_one_that_is_no_graph_is_refused(self, shop: Shop, tmp_path: Path) -> None:
        (tmp_path / "text.onnx").write_text("hello")
        with pytest.raises(RankerUnfit, match=r"text\.onnx"):
            register_ranker(shop.settings, tmp_path / "text.onnx", kind="onnx")

    def test_one_that_is_not_there_is_refused(self, shop: Shop, tmp_path: Path) -> None:
        with pytest.raises(RankerUnfit, match="does not exist"):
            register_ranker(shop.settings, tmp_path / "nothing.onnx", kind="onnx")

    def test_without_a_champion_there_is_nothing_to_put_it_into(self, tmp_path: Path) -> None:
        empty = MerxSettings(home=tmp_path / "empty")
        with pytest.raises(ModelMissing):
            register_ranker(empty, self.graph(tmp_path / "graph"), kind="onnx")


class TestPromotionByHand:
    def test_where_promotion_is_by_hand_a_model_stops_at_challenger(self, shop: Shop) -> None:
        by_hand = shop.settings.model_copy(update={"promote_automatically": False})
        version = json.loads((shop.work / "registered/version.json").read_text())["version"]
        assert promote.run("recommendation", version, settings=by_hand) is False
