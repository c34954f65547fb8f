import json
from pathlib import Path

import pytest

from merx_kit.artefacts import (
    ArtefactDamaged,
    ArtefactMissing,
    ArtefactStore,
    ArtefactsUnavailable,
    verify,
)


@pytest.fixture
def made(tmp_path: Path) -> Path:
    folder = tmp_path / "made"
    (folder / "inner").mkdir(parents=True)
    (folder / "weights.bin").write_bytes(bytes(range(256)) * 100)
    (folder / "inner/words.txt").write_text("Brot, 面包")
    return folder


@pytest.fixture
def store(tmp_path: Path) -> ArtefactStore:
    return ArtefactStore(f"file://{tmp_path}/store")


class TestPublishing:
    def test_what_was_published_is_fetched_byte_for_byte(
        self, store: ArtefactStore, made: Path, tmp_path: Path
    ) -> None:
        store.publish(made, "snapshot", "1")
        fetched = store.fetch("snapshot", "1", tmp_path / "here")
        assert (fetched / "weights.bin").read_bytes() == (made / "weights.bin").read_bytes()
        assert (fetched / "inner/words.txt").read_text() == "Brot, 面包"

    def test_the_last_published_version_is_current(self, store: ArtefactStore, made: Path) -> None:
        assert store.current("snapshot") is None
        store.publish(made, "snapshot", "1")
        store.publish(made, "snapshot", "2", make_current=False)
        assert store.current("snapshot") == "1"
        assert store.versions("snapshot") == ["1", "2"]
        store.set_current("snapshot", "2")
        assert store.current("snapshot") == "2"

    def test_publishing_the_same_again_is_harmless_and_other_bytes_are_refused(
        self, store: ArtefactStore, made: Path
    ) -> None:
        store.publish(made, "snapshot", "1")
        store.publish(made, "snapshot", "1")
        (made / "weights.bin").write_bytes(b"other")
        with pytest.raises(ValueError, match="other bytes"):
            store.publish(made, "snapshot", "1")

    def test_an_empty_folder_is_refused(self, store: ArtefactStore, tmp_path: Path) -> None:
        (tmp_path / "empty").mkdir()
        with pytest.raises(ValueError, match="no files"):
            store.publish(tmp_path / "empty", "snapshot", "1")

    @pytest.mark.parametrize("name", ["..", "", "/etc", "a/../b"])
    def test_a_name_that_leads_outside_is_refused(self, store: ArtefactStore, made: Path, name: str) -> None:
        with pytest.raises(ValueError, match="not a name"):
            store.publish(made, name, "1")

    def test_a_version_that_is_not_there_cannot_become_current(self, store: ArtefactStore) -> None:
        with pytest.raises(ArtefactMissing):
            store.set_current("snapshot", "9")

    def test_a_removed_version_is_gone(self, store: ArtefactStore, made: Path, tmp_path: Path) -> None:
        store.publish(made, "snapshot", "1")
        store.remove("snapshot", "1")
        assert store.versions("snapshot") == []
        with pytest.raises(ArtefactMissing):
            store.fetch("snapshot", "1", tmp_path / "here")


class TestDamage:
    @pytest.mark.parametrize("damage", ["altered", "cut off", "missing"])
    def test_a_damaged_file_is_refused_and_leaves_nothing_behind(
        self, store: ArtefactStore, made: Path, tmp_path: Path, damage: str
    ) -> None:
        store.publish(made, "snapshot", "1")
        stored = tmp_path / "store/snapshot/1/weights.bin"
        if damage == "missing":
            stored.unlink()
        else:
            stored.write_bytes(stored.read_bytes()[:-1] + (b"" if damage == "cut off" else b"x"))
        with pytest.raises(ArtefactDamaged, match=r"weights\.bin"):
            store.fetch("snapshot", "1", tmp_path / "local/here")
        assert list((tmp_path / "local").iterdir()) == []

    def test_a_damaged_local_copy_is_fetched_anew(self, store: ArtefactStore, made: Path, tmp_path: Path) -> None:
        store.publish(made, "snapshot", "1")
        here = store.fetch("snapshot", "1", tmp_path / "here")
        (here / "weights.bin").write_bytes(b"rot")
        with pytest.raises(ArtefactDamaged):
            verify(here)
        store.fetch("snapshot", "1", here)
        verify(here)

    def test_a_manifest_that_names_a_file_outside_is_refused(
        self, store: ArtefactStore, made: Path, tmp_path: Path
    ) -> None:
        store.publish(made, "snapshot", "1")
        manifest = tmp_path / "store/snapshot/1/artefact.json"
        manifest.write_text(json.dumps({"files": {"../../escaped": "0"}}))
        with pytest.raises(ArtefactDamaged, match="outside"):
            store.fetch("snapshot", "1", tmp_path / "here")

    def test_a_version_whose_upload_never_ended_does_not_exist(
        self, store: ArtefactStore, made: Path, tmp_path: Path
    ) -> None:
        store.publish(made, "snapshot", "1")
        (tmp_path / "store/snapshot/1/artefact.json").unlink()
        assert store.versions("snapshot") == []
        with pytest.raises(ArtefactMissing):
            store.fetch("snapshot", "1", tmp_path / "here")


class TestUnreachable:
    def test_a_store_that_does_not_answer_is_named(self, tmp_path: Path) -> None:
        (tmp_path / "store").write_text("a file where the folder should be")
        with pytest.raises(ArtefactsUnavailable):
            ArtefactStore(str(tmp_path / "store")).current("snapshot")
