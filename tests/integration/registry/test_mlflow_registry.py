import json
from pathlib import Path
from typing import Any

import pytest

from merx_kit.artefacts import ArtefactStore
from merx_kit.registry import MlflowRegistry, ModelMissing, ModelRefused, ModelSlot, RegistryUnavailable, SlotSettings
from merx_kit.registry.ports import CONTRACT_TAG


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> str:
    """One database for all tests of this file: MLflow takes seconds to create one."""
    return f"sqlite:///{tmp_path_factory.mktemp('mlflow')}/mlflow.db"


@pytest.fixture
def registry(database: str, tmp_path: Path) -> MlflowRegistry:
    return MlflowRegistry(database, ArtefactStore(f"file://{tmp_path}/artefacts"))


@pytest.fixture
def name(request: pytest.FixtureRequest) -> str:
    """A model name of its own for each test."""
    return str(request.node.name)


def model(folder: Path, text: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.txt").write_text(text)
    (folder / "manifest.json").write_text(json.dumps({CONTRACT_TAG: "known"}))
    return folder


class TestRegistering:
    def test_a_new_version_is_the_challenger_with_its_tags(
        self, registry: MlflowRegistry, name: str, tmp_path: Path
    ) -> None:
        version = registry.register(name, model(tmp_path / "m", "one"), tags={CONTRACT_TAG: "known"})
        assert version == registry.resolve(name, "challenger")
        assert version.aliases == ("challenger",)
        assert version.tags[CONTRACT_TAG] == "known"
        fetched = registry.fetch(version, tmp_path / "fetched")
        assert (fetched / "model.txt").read_text() == "one"

    def test_an_unknown_name_or_alias_is_missing(self, registry: MlflowRegistry, name: str, tmp_path: Path) -> None:
        with pytest.raises(ModelMissing):
            registry.resolve(name, "champion")
        registry.register(name, model(tmp_path / "m", "one"))
        with pytest.raises(ModelMissing):
            registry.resolve(name, "champion")

    def test_a_damaged_file_is_refused(self, registry: MlflowRegistry, name: str, tmp_path: Path) -> None:
        version = registry.register(name, model(tmp_path / "m", "one"))
        (Path(version.source.removeprefix("file://")) / "model.txt").write_text("two")
        with pytest.raises(ModelRefused) as refused:
            registry.fetch(version, tmp_path / "fetched")
        assert refused.value.reason == "model_damaged"


class TestPromoting:
    def test_champion_becomes_previous_and_challenger_champion(
        self, registry: MlflowRegistry, name: str, tmp_path: Path
    ) -> None:
        for text in ("one", "two"):
            registry.register(name, model(tmp_path / text, text))
            registry.promote(name)
        aliases = {version.version: version.aliases for version in registry.versions(name)}
        assert aliases == {"2": ("champion",), "1": ("previous",)}

    def test_promoting_without_a_challenger_is_a_clear_refusal(
        self, registry: MlflowRegistry, name: str, tmp_path: Path
    ) -> None:
        registry.register(name, model(tmp_path / "m", "one"))
        registry.promote(name)
        with pytest.raises(ModelMissing, match="challenger"):
            registry.promote(name)

    def test_rolling_back_puts_the_previous_version_back(
        self, registry: MlflowRegistry, name: str, tmp_path: Path
    ) -> None:
        for text in ("one", "two"):
            registry.register(name, model(tmp_path / text, text))
            registry.promote(name)
        assert registry.rollback(name).version == "1"
        newest = registry.version(name, "2")
        assert newest.aliases == ()
        assert "rolled_back" in newest.tags
        with pytest.raises(ModelMissing, match="previous"):
            registry.rollback(name)

    def test_a_version_that_was_rolled_back_can_be_promoted_again_by_its_number(
        self, registry: MlflowRegistry, name: str, tmp_path: Path
    ) -> None:
        for text in ("one", "two"):
            registry.register(name, model(tmp_path / text, text))
            registry.promote(name)
        registry.rollback(name)
        assert registry.promote(name, "2").aliases == ("champion",)
        assert registry.resolve(name, "previous").version == "1"


class TestServing:
    def test_a_slot_follows_promotion_and_roll_back(self, registry: MlflowRegistry, name: str, tmp_path: Path) -> None:
        settings = SlotSettings(name, tmp_path / "lastgood", frozenset({"known"}))
        slot = ModelSlot(settings, registry, load=lambda folder: (folder / "model.txt").read_text())
        served = []
        for text in ("one", "two"):
            registry.register(name, model(tmp_path / text, text))
            registry.promote(name)
            slot.refresh()
            served.append(slot.current and slot.current.model)
        registry.rollback(name)
        slot.refresh()
        served.append(slot.current and slot.current.model)
        assert served == ["one", "two", "one"]

    def test_files_travel_by_s3(
        self, database: str, s3_url: str, s3_options: dict[str, Any], name: str, tmp_path: Path
    ) -> None:
        registry = MlflowRegistry(database, ArtefactStore(s3_url, s3_options))
        version = registry.register(name, model(tmp_path / "m", "one"))
        assert version.source.startswith("s3://")
        assert (registry.fetch(version, tmp_path / "fetched") / "model.txt").read_text() == "one"


class TestAway:
    def test_a_server_that_does_not_answer_is_named(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
        away = MlflowRegistry("http://127.0.0.1:9", ArtefactStore(str(tmp_path)))
        with pytest.raises(RegistryUnavailable):
            away.resolve("recommendation", "champion")

    def test_files_away_count_as_the_registry_away(self, registry: MlflowRegistry, name: str, tmp_path: Path) -> None:
        version = registry.register(name, model(tmp_path / "m", "one"))
        (tmp_path / "blocked").write_text("a file where the folder should be")
        elsewhere = MlflowRegistry(registry.url, ArtefactStore(str(tmp_path / "blocked")))
        with pytest.raises(RegistryUnavailable):
            elsewhere.fetch(version, tmp_path / "fetched")
