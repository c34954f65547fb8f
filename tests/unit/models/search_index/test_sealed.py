"""What an index is checked by before it serves: the manifest's digests, and questions that it answered when built."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from merx_models.search_index import CONTRACT, IndexDamaged, IndexManifest, SearchIndex
from merx_models.search_index.golden import GoldenMismatch, check_golden, write_golden
from tests.unit.models.search_index.small_index import index, product, products, vectors

MANIFEST = IndexManifest(
    head=7, created=datetime(2026, 11, 1, tzinfo=UTC), encoder="hashed", products=8, pictured=6, method="linear"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    index().save(tmp_path)
    MANIFEST.seal(tmp_path)
    return tmp_path


class TestManifest:
    def test_it_says_what_the_index_was_made_of_and_by_what_contract(self, folder: Path) -> None:
        read = IndexManifest.read(folder)
        assert (read.head, read.encoder, read.products, read.pictured) == (7, "hashed", 8, 6)
        assert read.feature_service_hash == CONTRACT

    def test_every_file_has_its_digest_those_in_folders_too(self, folder: Path) -> None:
        names = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
        assert set(IndexManifest.read(folder).files) == names - {"manifest.json"}
        assert any(name.endswith("/manifest.json") for name in names), "one that is not this one"

    @pytest.mark.parametrize("name", ["cards.jsonl", "looks/thumbnails.bin", "words/columns/columns.npz"])
    def test_a_file_that_changed_is_named(self, folder: Path, name: str) -> None:
        with (folder / name).open("ab") as file:
            file.write(b" ")
        with pytest.raises(IndexDamaged, match=f"{name}: its sha256"):
            IndexManifest.read(folder)

    def test_contents_are_not_read_where_somebody_else_has_checked_them(self, folder: Path) -> None:
        (folder / "cards.jsonl").write_bytes(b"other")
        assert IndexManifest.read(folder, verify=False).products == 8

    def test_a_file_that_is_missing_is_named_even_then(self, folder: Path) -> None:
        (folder / "cards.jsonl").unlink()
        with pytest.raises(IndexDamaged, match=r"cards\.jsonl: missing"):
            IndexManifest.read(folder, verify=False)

    def test_a_folder_without_one_was_never_finished(self, folder: Path) -> None:
        (folder / "manifest.json").unlink()
        with pytest.raises(IndexDamaged, match="never finished"):
            IndexManifest.read(folder)

    def test_one_that_is_cut_off_is_none(self, folder: Path) -> None:
        (folder / "manifest.json").write_text("{")
        with pytest.raises(IndexDamaged, match="not a manifest"):
            IndexManifest.read(folder)


@dataclass(frozen=True)
class Asked:
    folder: Path
    index: SearchIndex


@pytest.fixture
def asked(tmp_path: Path) -> Asked:
    made, some = index(), products()[:4]
    write_golden(tmp_path, made, [each.title for each in some], vectors(some))
    return Asked(tmp_path, made)


class TestGoldenQuestions:
    def test_the_same_index_passes_and_so_does_one_that_was_loaded(self, asked: Asked) -> None:
        check_golden(asked.folder, asked.index)
        asked.index.save(asked.folder / "index")
        check_golden(asked.folder, SearchIndex.load(asked.folder / "index"))

    def test_a_product_that_is_lost_is_noticed_by_the_first_question_that_found_it(self, asked: Asked) -> None:
        asked.index.delete(["tea"])
        with pytest.raises(GoldenMismatch, match=r"'Orange juice' finds.*and found .*'tea'"):
            check_golden(asked.folder, asked.index)

    def test_other_scores_are_noticed(self, asked: Asked) -> None:
        changed = [product("tea", "Green tea, loose leaves of the first harvest")]
        asked.index.upsert(changed, vectors(changed))
        with pytest.raises(GoldenMismatch):
            check_golden(asked.folder, asked.index)

    def test_it_tells_what_was_found_and_what_is(self, asked: Asked) -> None:
        kept = msgspec.json.decode((asked.folder / "golden.json").read_bytes())
        assert kept[0]["text"] == "Orange juice"
        assert kept[0]["ids"][0] == "juice"
