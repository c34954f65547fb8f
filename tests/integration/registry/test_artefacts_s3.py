from pathlib import Path
from typing import Any

import pytest

from merx_kit.artefacts import ArtefactDamaged, ArtefactMissing, ArtefactStore, ArtefactsUnavailable, verify


@pytest.fixture
def made(tmp_path: Path) -> Path:
    folder = tmp_path / "made"
    (folder / "inner").mkdir(parents=True)
    (folder / "weights.bin").write_bytes(bytes(range(256)) * 100)
    (folder / "inner/words.txt").write_text("Brot, 面包")
    return folder


class TestArtefactsOnS3:
    def test_a_folder_goes_there_and_comes_back(
        self, s3_url: str, s3_options: dict[str, Any], made: Path, tmp_path: Path
    ) -> None:
        store = ArtefactStore(f"{s3_url}/round-trip", s3_options)
        url = store.publish(made, "snapshot", "1")
        assert url.startswith("s3://")
        here = ArtefactStore(f"{s3_url}/round-trip", s3_options).fetch("snapshot", "1", tmp_path / "here")
        verify(here)
        assert (here / "inner/words.txt").read_text() == "Brot, 面包"

    def test_another_process_sees_the_new_version_at_once(
        self, s3_url: str, s3_options: dict[str, Any], made: Path
    ) -> None:
        writer, reader = ArtefactStore(f"{s3_url}/fresh", s3_options), ArtefactStore(f"{s3_url}/fresh", s3_options)
        writer.publish(made, "snapshot", "1")
        assert reader.current("snapshot") == "1"
        writer.publish(made, "snapshot", "2")
        assert reader.current("snapshot") == "2"
        assert reader.versions("snapshot") == ["1", "2"]

    def test_damage_is_refused(self, s3_url: str, s3_options: dict[str, Any], made: Path, tmp_path: Path) -> None:
        store = ArtefactStore(f"{s3_url}/damage", s3_options)
        url = store.publish(made, "snapshot", "1")
        store._fs.pipe_file(f"{url}/weights.bin", b"rot")
        with pytest.raises(ArtefactDamaged, match=r"weights\.bin"):
            store.fetch("snapshot", "1", tmp_path / "here")

    def test_a_version_that_is_not_there_is_missing(
        self, s3_url: str, s3_options: dict[str, Any], tmp_path: Path
    ) -> None:
        with pytest.raises(ArtefactMissing):
            ArtefactStore(f"{s3_url}/none", s3_options).fetch("snapshot", "1", tmp_path / "here")

    def test_a_removed_version_is_gone(self, s3_url: str, s3_options: dict[str, Any], made: Path) -> None:
        store = ArtefactStore(f"{s3_url}/removed", s3_options)
        store.publish(made, "snapshot", "1")
        store.remove("snapshot", "1")
        assert store.versions("snapshot") == []


class TestS3Away:
    def test_a_store_that_does_not_answer_is_named(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "merx")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "merx")
        options = {
            "endpoint_url": "http://127.0.0.1:9",
            "config_kwargs": {"connect_timeout": 1, "retries": {"max_attempts": 0}},
        }
        with pytest.raises(ArtefactsUnavailable):
            ArtefactStore("s3://merx/away", options).current("snapshot")
