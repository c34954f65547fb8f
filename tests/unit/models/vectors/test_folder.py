"""An index as a folder: what comes back, what is mapped, what is refused."""

import json
from pathlib import Path

import numpy as np
import pytest

from merx_models.vectors.faiss_index import FaissIndex
from merx_models.vectors.folder import ENGINE, MANIFEST, VECTORS, IndexDamaged
from merx_models.vectors.shortlist import IndexSettings, Kind
from tests.unit.models.vectors.contract import names, vectors


def changed(kind: Kind = "hnsw") -> FaissIndex:
    index = FaissIndex.build(names(600), vectors(600), settings=IndexSettings(kind=kind))
    index.delete(["p3"])
    index.upsert(["p5", "new"], vectors(2, seed=8))
    index.upsert(["new"], vectors(1, seed=9))
    return index


class TestFolder:
    @pytest.mark.parametrize("kind", ["flat", "hnsw", "ivf-pq"])
    def test_comes_back_the_same_with_all_that_changed(self, tmp_path: Path, kind: Kind) -> None:
        index = changed(kind)
        index.save(tmp_path / "index")
        again = FaissIndex.load(tmp_path / "index")
        queries = vectors(20, seed=4)
        assert again.search(queries, 10).ids.tolist() == index.search(queries, 10).ids.tolist()
        wanted = ["p3", "p5", "new", "p0"]
        assert again.rows_of(wanted).tolist() == index.rows_of(wanted).tolist() == [-1, 600, 602, 0]
        assert (len(again), again.rows, again.kind, again.tuned) == (len(index), 603, kind, index.tuned)

    def test_integer_ids_and_an_empty_index_come_back(self, tmp_path: Path) -> None:
        numbered = FaissIndex.build(np.arange(5) * 7, vectors(5))
        numbered.upsert(np.array([99]), vectors(1, seed=2))
        numbered.save(tmp_path / "numbered")
        assert FaissIndex.load(tmp_path / "numbered").rows_of([28, 99]).tolist() == [4, 5]
        FaissIndex.build([], vectors(0)).save(tmp_path / "empty")
        assert FaissIndex.load(tmp_path / "empty").search(vectors(1), 3).found.tolist() == [0]

    def test_goes_on_changing_after_it_was_loaded(self, tmp_path: Path) -> None:
        changed().save(tmp_path / "index")
        index = FaissIndex.load(tmp_path / "index")
        later = vectors(1, seed=11)
        index.upsert(["later"], later)
        index.delete(["new"])
        assert index.search(later, 1).of(0)[0][0] == "later"
        index.save(tmp_path / "index")  # to the very folder that it is mapped from
        again = FaissIndex.load(tmp_path / "index")
        assert again.rows_of(["later", "new"]).tolist() == [603, -1]
        assert index.search(vectors(4), 3).ids.tolist() == again.search(vectors(4), 3).ids.tolist()

    def test_vectors_are_mapped_and_not_read_into_memory(self, tmp_path: Path) -> None:
        changed().save(tmp_path / "index")
        assert isinstance(FaissIndex.load(tmp_path / "index")._contents.base, np.memmap)

    def test_an_unfinished_save_leaves_the_folder_as_it_was(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        index = changed()
        index.save(tmp_path / "index")
        index.upsert(["later"], vectors(1, seed=11))

        def full_disk(path: Path) -> None:
            raise OSError("no space left on device")

        monkeypatch.setattr(index._shortlist, "save", full_disk)
        with pytest.raises(OSError, match="no space"):
            index.save(tmp_path / "index")
        assert FaissIndex.load(tmp_path / "index").rows_of(["later"]).tolist() == [-1]


class TestDamaged:
    @pytest.mark.parametrize("kind", ["flat", "hnsw", "ivf-pq"])
    def test_every_file_is_vouched_for(self, tmp_path: Path, kind: Kind) -> None:
        changed(kind).save(tmp_path / "index")
        files = [path for path in (tmp_path / "index").iterdir() if path.name != MANIFEST]
        assert (tmp_path / "index" / ENGINE in files) == (kind != "flat")
        for path in files:
            content = path.read_bytes()
            path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
            with pytest.raises(IndexDamaged, match=f"{path.name}: its sha256"):
                FaissIndex.load(tmp_path / "index")
            path.write_bytes(content)

    def test_a_missing_file_and_a_missing_manifest_are_named(self, tmp_path: Path) -> None:
        changed().save(tmp_path / "index")
        (tmp_path / "index" / ENGINE).unlink()
        with pytest.raises(IndexDamaged, match=f"{ENGINE}: missing"):
            FaissIndex.load(tmp_path / "index", verify=False)
        (tmp_path / "index" / MANIFEST).unlink()
        with pytest.raises(IndexDamaged, match="never finished"):
            FaissIndex.load(tmp_path / "index")

    def test_another_format_and_nonsense_are_refused(self, tmp_path: Path) -> None:
        changed().save(tmp_path / "index")
        path = tmp_path / "index" / MANIFEST
        manifest = json.loads(path.read_text())
        path.write_text(json.dumps(manifest | {"format": 2}))
        with pytest.raises(IndexDamaged, match="format 2"):
            FaissIndex.load(tmp_path / "index")
        path.write_text("{")
        with pytest.raises(IndexDamaged, match="not a manifest"):
            FaissIndex.load(tmp_path / "index")

    def test_a_cut_file_is_refused_even_when_checksums_are_not_read(self, tmp_path: Path) -> None:
        changed().save(tmp_path / "index")
        path = tmp_path / "index" / VECTORS
        path.write_bytes(path.read_bytes()[:-100])
        with pytest.raises(IndexDamaged, match="unreadable"):
            FaissIndex.load(tmp_path / "index", verify=False)

    def test_files_of_another_index_are_refused(self, tmp_path: Path) -> None:
        changed("flat").save(tmp_path / "index")
        np.save(tmp_path / "index" / VECTORS, vectors(599))
        with pytest.raises(IndexDamaged, match="shapes"):
            FaissIndex.load(tmp_path / "index", verify=False)
