"""What keeps an index from being registered: each of the reasons, on an index that has nothing else wrong."""

import json
import shutil
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec
import numpy as np
import pytest

from merx_kit.registry import CHAMPION, ModelMissing, ModelVersion
from merx_models.search_index import IndexDamaged, IndexManifest
from merx_models.vectors.faiss_index import FaissIndex
from merx_models.vectors.index import Allowed, Floats, Neighbours
from merx_pipelines.folders import Folders
from merx_pipelines.steps import build_index, check_index, index_pictures
from tests.unit.pipelines.indexing.made_catalogue import (
    changed,
    products,
    settings_in,
    write_catalogue,
    write_pictures,
    written,
)


class Registry:
    """Knows one champion, or none."""

    def __init__(self) -> None:
        self.champion: ModelVersion | None = None

    def resolve(self, name: str, alias: str) -> ModelVersion:
        assert (name, alias) == ("search", CHAMPION)
        if self.champion is None:
            raise ModelMissing(f"{name}@{alias}")
        return self.champion

    def promoted(self, **tags: str) -> None:
        self.champion = ModelVersion(name="search", version="3", tags=tags)


@dataclass(frozen=True)
class Checked:
    """An index that a test may damage."""

    made: Folders
    registry: Registry

    def verdict(self) -> check_index.IndexVerdict:
        found = check_index.run(self.made, self.made.check, settings=settings_in(self.made.check.parent))
        assert check_index.IndexVerdict.read(self.made.check) == found
        return found

    def reasons(self) -> tuple[str, ...]:
        verdict = self.verdict()
        assert verdict.passed is (not verdict.reasons)
        return verdict.reasons

    def sealed(self, **changes: int) -> None:
        """The digests are those of the files as they are now."""
        folder = self.made.index
        manifest = msgspec.json.decode((folder / "manifest.json").read_bytes(), type=IndexManifest)
        msgspec.structs.replace(manifest, **changes).seal(folder)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Folders:
    home = tmp_path_factory.mktemp("shop")
    write_pictures(home / "pictures", products())
    made, used = written(home, products()), settings_in(home)
    index_pictures.run(made, made.pictures, profile="tiny", settings=used)
    build_index.run(made, made.index, profile="tiny", settings=used)
    return made


@pytest.fixture
def checked(built: Folders, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Checked:
    for name in ("catalogue", "texts", "index"):
        shutil.copytree(getattr(built, name), tmp_path / name)
    registry = Registry()
    monkeypatch.setattr(check_index, "model_registry", lambda _: registry)
    parts = {name: tmp_path / name for name in ("catalogue", "texts", "index", "check")}
    return Checked(replace(built, **parts), registry)


class TestAWholeIndex:
    def test_it_passes_with_its_figures(self, checked: Checked) -> None:
        verdict = checked.verdict()
        assert verdict.passed
        assert (verdict.products, verdict.pictured) == (24, 24)
        assert (verdict.found, verdict.recall, verdict.looks) == (1.0, 1.0, 1.0)

    def test_one_that_is_damaged_is_not_even_asked(self, checked: Checked) -> None:
        with (checked.made.index / "cards.jsonl").open("ab") as file:
            file.write(b" ")
        with pytest.raises(IndexDamaged):
            checked.verdict()


class TestCounts:
    def test_products_of_the_catalogue_that_are_missing_fail_it(self, checked: Checked) -> None:
        more = [*products(), *changed(products()[:1], product_id="another")]
        write_catalogue(checked.made.catalogue, more)
        vectors = np.load(checked.made.texts / "vectors.npy")
        np.save(checked.made.texts / "vectors.npy", np.concatenate([vectors, vectors[:1]]))
        assert "24 products are searched by words, the catalogue has 25" in checked.reasons()

    def test_products_that_are_shown_and_not_searched_fail_it(self, checked: Checked) -> None:
        lines = (checked.made.index / "cards.jsonl").read_bytes().splitlines(keepends=True)
        extra = lines[0].replace(b"disc-red-0", b"disc-red-9")
        (checked.made.index / "cards.jsonl").write_bytes(b"".join([*lines, extra]))
        checked.sealed()
        assert checked.reasons() == ("25 products are shown, the catalogue has 24",)

    def test_pictures_that_were_put_in_and_are_not_there_fail_it(self, checked: Checked) -> None:
        checked.sealed(pictured=30)
        assert checked.reasons() == ("24 products are found by pictures, 30 were put in",)


class TestWhatTheChampionHas:
    def test_half_of_its_products_are_enough_and_fewer_are_a_catalogue_that_was_lost(self, checked: Checked) -> None:
        checked.registry.promoted(products="48", pictured="24")
        assert checked.reasons() == ()
        checked.registry.promoted(products="49", pictured="24")
        assert checked.reasons() == ("24 products, and search/3 has 49",)

    def test_pictures_that_cannot_be_read_any_more_fail_it(self, checked: Checked) -> None:
        checked.registry.promoted(products="24", pictured="24")
        without_pictures(checked)
        assert checked.reasons() == ("no picture could be read of 24, and search/3 has 24",)

    def test_a_catalogue_that_names_none_any_more_has_none(self, checked: Checked) -> None:
        checked.registry.promoted(products="24", pictured="24")
        without_pictures(checked)
        write_catalogue(checked.made.catalogue, changed(products(), pictures=()))
        assert checked.reasons() == ()

    def test_a_first_index_without_pictures_loses_none(self, checked: Checked) -> None:
        without_pictures(checked)
        assert checked.reasons() == ()


class TestQuestions:
    def test_a_golden_question_that_is_answered_otherwise_fails_it(self, checked: Checked) -> None:
        path = checked.made.index / "golden.json"
        kept = json.loads(path.read_text())
        kept[1]["scores"][0] += 1.0
        path.write_text(json.dumps(kept))
        checked.sealed()
        (reason,) = checked.reasons()
        assert reason.startswith(f"{kept[1]['text']!r} finds")

    def test_products_that_are_not_found_by_their_titles_fail_it(self, checked: Checked) -> None:
        other = [*changed(products()[:3], title="Quite another thing"), *products()[3:]]
        write_catalogue(checked.made.catalogue, other)
        assert checked.reasons() == ("products found by their own title: 0.875, at least 0.9 is asked",)

    def test_a_search_that_misses_the_nearest_fails_it(self, checked: Checked, monkeypatch: pytest.MonkeyPatch) -> None:
        exact = FaissIndex.search

        def astray(index: FaissIndex, queries: Floats, k: int, *, allowed: Allowed | None = None) -> Neighbours:
            return exact(index, -queries if len(queries) > 1 else queries, k, allowed=allowed)

        monkeypatch.setattr(FaissIndex, "search", astray)
        verdict = checked.verdict()
        assert verdict.recall < check_index.LEAST_RECALL
        assert verdict.reasons == (f"recall of the text vectors at 10: {verdict.recall:.3f}, at least 0.95 is asked",)

    def test_pictures_that_do_not_find_their_own_product_fail_it(
        self, checked: Checked, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        exact = FaissIndex.search
        width = 48

        def astray(index: FaissIndex, queries: Floats, k: int, *, allowed: Allowed | None = None) -> Neighbours:
            return exact(index, -queries if queries.shape[1] == width else queries, k, allowed=allowed)

        monkeypatch.setattr(FaissIndex, "search", astray)
        verdict = checked.verdict()
        assert verdict.looks < check_index.LEAST_LOOKS
        assert verdict.reasons == (
            f"pictures that find their own product: {verdict.looks:.3f}, at least 0.95 is asked",
        )


def without_pictures(checked: Checked) -> None:
    """As an index is where none could be read."""
    for name in ("looks", "pictures"):
        shutil.rmtree(checked.made.index / name)
    checked.sealed(pictured=0)
