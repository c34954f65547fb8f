"""The pipeline `search` on a small shop with drawn pictures: run by Kubeflow here, again by its steps, refused once."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.testing import CliRunner

from merx_kit.eventlog import EventLog, migrate
from merx_kit.registry import ModelVersion
from merx_models.search_index import CONTRACT, IndexManifest, SearchIndex
from merx_models.search_index.golden import check_golden
from merx_models.words.queries import Query
from merx_pipelines import runs
from merx_pipelines.cli import app
from merx_pipelines.folders import Folders
from merx_pipelines.indexing.settings import IndexSettings
from merx_pipelines.registry_access import model_registry
from merx_pipelines.steps import (
    build_index,
    check_index,
    index_catalogue,
    index_judgements,
    index_pictures,
    index_texts,
    promote,
    register_index,
)
from tests.integration.search.installed import deletion, products, upsert

pytestmark = [
    pytest.mark.timeout(900),  # eight steps in processes of their own, each with its imports
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # kfp and torch's exporter, many and changing
    pytest.mark.filterwarnings("ignore::FutureWarning"),
    pytest.mark.filterwarnings("ignore::UserWarning"),
]


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[IndexSettings]:
    """A shop whose steps, in processes of their own, find it by the environment."""
    home = tmp_path_factory.mktemp("shop")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MERX_HOME", str(home))
        made = IndexSettings.load()
        migrate(made.database_url)
        with EventLog(made.database_url) as log:
            log.append([upsert(product) for product in products()])
        yield made


def champion(settings: IndexSettings) -> ModelVersion:
    return model_registry(settings).resolve("search", "champion")


def versions(settings: IndexSettings) -> list[str]:
    return [version.version for version in model_registry(settings).versions("search")]


@pytest.fixture(scope="module")
def first(settings: IndexSettings) -> ModelVersion:
    """What the graph made, each step in a process of its own."""
    assert runs.build_index(settings, drawn=True)
    return champion(settings)


@dataclass(frozen=True)
class ByHand:
    """The same steps on the same data, one after the other."""

    settings: IndexSettings
    made: Folders
    manifest: IndexManifest

    def registered(self) -> ModelVersion:
        return register_index.run(self.made, self.made.index.parent / "registered", settings=self.settings)


@pytest.fixture(scope="module")
def again(first: ModelVersion, settings: IndexSettings) -> ByHand:
    work = settings.home / "again"
    judgements = work / "judgements"
    made = Folders(
        catalogue=work / "catalogue",
        texts=work / "texts",
        pictures=work / "pictures",
        judgements=judgements,
        index=work / "index",
        check=work / "check",
    )
    index_catalogue.run(made.catalogue, settings=settings)
    index_texts.run(made.catalogue, made.texts, settings=settings)
    index_pictures.run(made, made.pictures, drawn=True, settings=settings)
    index_judgements.run(judgements, settings=settings)
    manifest = build_index.run(made, made.index, settings=settings)
    assert check_index.run(made, made.check, settings=settings).passed
    return ByHand(settings, made, manifest)


class TestTheGraph:
    def test_the_index_is_champion_and_says_what_it_holds(self, first: ModelVersion, settings: IndexSettings) -> None:
        assert first.tags["feature_service_hash"] == CONTRACT
        assert (first.tags["products"], first.tags["pictured"]) == (str(len(products())),) * 2
        assert versions(settings) == [first.version]

    def test_what_was_registered_loads_finds_and_answers_its_golden_questions(
        self, first: ModelVersion, settings: IndexSettings, tmp_path: Path
    ) -> None:
        folder = model_registry(settings).fetch(first, tmp_path / "index")
        assert IndexManifest.read(folder).head > 0
        index = SearchIndex.load(folder)
        check_golden(folder, index)
        answer = index.words.search(Query(text="cheddar cheese"), None)
        assert index.cards[answer.ids[0]].title.startswith("Cheddar cheese")
        assert index.lookalikes(answer.ids[0], 3)[0]

    def test_the_run_keeps_figures_documents_a_picture_and_a_card(
        self, first: ModelVersion, settings: IndexSettings, tmp_path: Path
    ) -> None:
        client = model_registry(settings).client
        run = client.get_run(first.run_id)
        assert {"profile": "quick", "seed": "0", "network": "efficientnet-lite0"}.items() <= run.data.params.items()
        assert {"encoder", "method", "head"} <= run.data.params.keys()
        assert run.data.metrics["products"] == len(products())
        assert run.data.metrics["found_by_own_title"] >= check_index.LEAST_FOUND
        assert run.data.metrics["vector_recall_at_10"] >= check_index.LEAST_RECALL
        assert {file.path for file in client.list_artifacts(first.run_id)} >= {
            "model_card.md",
            "pictures.png",
            "pictures.json",
            "texts.json",
            "index_check.json",
            "golden.json",
            "manifest.json",
            "suggestions.jsonl",
        }
        card = Path(client.download_artifacts(first.run_id, "model_card.md", str(tmp_path))).read_text()
        assert f"{len(products())} products" in card
        assert "efficientnet-lite0" in card


class TestTheSameDataAgain:
    def test_every_file_of_the_index_is_the_same(
        self, again: ByHand, first: ModelVersion, settings: IndexSettings, tmp_path: Path
    ) -> None:
        before = IndexManifest.read(model_registry(settings).fetch(first, tmp_path / "index"))
        assert again.manifest.files == before.files


class TestAliases:
    def test_another_version_takes_over_and_can_be_rolled_back(
        self, again: ByHand, first: ModelVersion, settings: IndexSettings
    ) -> None:
        second = again.registered()
        assert champion(settings).version == first.version, "registered beside the one that serves"
        promote.run("search", second.version, settings=settings)
        assert champion(settings).version == second.version
        done = CliRunner().invoke(app, ["rollback", "--name", "search"])
        assert done.exit_code == 0, done.output
        assert champion(settings).version == first.version

    def test_where_promotion_is_by_hand_it_stays_challenger(
        self, again: ByHand, first: ModelVersion, settings: IndexSettings
    ) -> None:
        by_hand = settings.model_copy(update={"promote_automatically": False})
        assert promote.run("search", again.registered().version, settings=by_hand) is False
        assert champion(settings).version == first.version


class TestACheckThatFails:
    def test_nothing_is_registered_and_the_index_in_service_stays(
        self, first: ModelVersion, settings: IndexSettings, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """Two thirds of the catalogue were deleted, which looks like one that was lost on the way."""
        gone = products()[: 2 * len(products()) // 3]
        with EventLog(settings.database_url) as log:
            log.append([deletion(product.product_id) for product in gone])
        before = versions(settings)
        assert runs.build_index(settings, drawn=False) is False
        assert versions(settings) == before
        assert champion(settings).version == first.version
        verdict = next((settings.home / "run/search").rglob(check_index.VERDICT))
        assert json.loads(verdict.read_text())["products"] == len(products()) - len(gone)
        assert f"11 products, and search/{first.version} has 33" in " ".join(capsys.readouterr().out.split())
