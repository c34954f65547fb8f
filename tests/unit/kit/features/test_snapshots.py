import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from merx_kit.artefacts import ArtefactDamaged, ArtefactError
from merx_kit.features import ProductSnapshot, SnapshotDamaged, SnapshotStore, apply, build_snapshot, open_store
from merx_kit.settings import MerxSettings
from tests.skew.shop import START

REPOSITORY = Path(__file__).parents[4] / "feature_repo"
IDS = ["p1", "p0", "p2"]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Any:
    opened = open_store(MerxSettings(home=tmp_path_factory.mktemp("home")))
    apply(opened, REPOSITORY)
    return opened


def built(store: Any, folder: Path, days: int = 0) -> ProductSnapshot:
    build_snapshot(store, IDS, folder, as_of=START + timedelta(days=days), source="online")
    return ProductSnapshot.open(folder)


class TestManifest:
    def test_the_head_of_the_log_goes_along(self, store: Any, tmp_path: Path) -> None:
        replace(built(store, tmp_path).manifest, head=41).write(tmp_path)
        assert ProductSnapshot.open(tmp_path).manifest.head == 41

    def test_manifests_of_earlier_and_later_versions_are_read(self, store: Any, tmp_path: Path) -> None:
        built(store, tmp_path)
        path = tmp_path / "snapshot.json"
        document = json.loads(path.read_text())
        del document["head"]
        path.write_text(json.dumps({**document, "invented_later": 1}))
        assert ProductSnapshot.open(tmp_path).manifest.head is None


class TestReading:
    def test_ids_have_rows_and_others_have_none(self, store: Any, tmp_path: Path) -> None:
        snapshot = built(store, tmp_path)
        assert snapshot.ids == ("p1", "p0", "p2")
        assert snapshot.rows_of(["p2", "nobody", "p1"]).tolist() == [2, -1, 0]
        assert len(snapshot) == 3

    def test_numbers_are_views_of_the_mapped_file(self, store: Any, tmp_path: Path) -> None:
        snapshot = built(store, tmp_path)
        for array in (
            snapshot.columns.values,
            snapshot.columns.leaf,
            snapshot.columns.together,
            snapshot.column("price"),
        ):
            assert not array.flags.writeable
            assert not array.flags.owndata

    def test_a_column_that_does_not_exist_is_named(self, store: Any, tmp_path: Path) -> None:
        snapshot = built(store, tmp_path)
        with pytest.raises(KeyError, match="colour"):
            snapshot.column("colour")
        with pytest.raises(KeyError, match="price"):
            snapshot.texts("price", [0])

    def test_the_clock_of_an_imported_shop_goes_on_from_its_end(self, store: Any, tmp_path: Path) -> None:
        snapshot = built(store, tmp_path)
        created = snapshot.manifest.created
        assert snapshot.shop_time(created + 60) == pytest.approx(START.timestamp() + 60)
        assert snapshot.shop_time(created - 60) == START.timestamp()

    def test_a_product_that_comes_twice_is_refused(self, store: Any, tmp_path: Path) -> None:
        with pytest.raises(ValueError, match="once"):
            build_snapshot(store, ["p1", "p1"], tmp_path, as_of=START)


class TestDamage:
    def test_a_changed_byte_is_refused(self, store: Any, tmp_path: Path) -> None:
        built(store, tmp_path)
        content = bytearray((tmp_path / "products.arrow").read_bytes())
        content[len(content) // 2] ^= 1
        (tmp_path / "products.arrow").write_bytes(content)
        with pytest.raises(SnapshotDamaged, match="not the file that was built"):
            ProductSnapshot.open(tmp_path)

    def test_half_a_file_is_refused_even_unverified(self, store: Any, tmp_path: Path) -> None:
        built(store, tmp_path)
        content = (tmp_path / "products.arrow").read_bytes()
        (tmp_path / "products.arrow").write_bytes(content[: len(content) // 2])
        with pytest.raises(SnapshotDamaged, match="not readable"):
            ProductSnapshot.open(tmp_path, verify=False)

    @pytest.mark.parametrize("name", ["products.arrow", "snapshot.json"])
    def test_a_missing_file_is_refused(self, store: Any, tmp_path: Path, name: str) -> None:
        built(store, tmp_path)
        (tmp_path / name).unlink()
        with pytest.raises(SnapshotDamaged):
            ProductSnapshot.open(tmp_path)

    def test_one_built_for_other_columns_is_refused(self, store: Any, tmp_path: Path) -> None:
        built(store, tmp_path)
        manifest = json.loads((tmp_path / "snapshot.json").read_text())
        manifest["columns"] = manifest["columns"][1:]
        (tmp_path / "snapshot.json").write_text(json.dumps(manifest))
        with pytest.raises(SnapshotDamaged, match="other columns"):
            ProductSnapshot.open(tmp_path)


@pytest.fixture(params=["folder", "s3"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, dict[str, Any]]:
    if request.param == "folder":
        return (tmp_path / "artefacts").as_uri(), {}
    return request.getfixturevalue("s3_url"), request.getfixturevalue("s3_options")


class TestTravel:
    def test_nothing_published_is_nothing_to_serve(self, place: tuple[str, dict[str, Any]], tmp_path: Path) -> None:
        reader = SnapshotStore(place[0], tmp_path / "cache", options=place[1])
        assert not reader.refresh()
        assert reader.current is None

    def test_what_is_published_is_served_until_the_next(
        self, store: Any, place: tuple[str, dict[str, Any]], tmp_path: Path
    ) -> None:
        writer = SnapshotStore(place[0], tmp_path / "unused", options=place[1])
        reader = SnapshotStore(place[0], tmp_path / "cache", options=place[1])
        versions = []
        for day in range(2):
            built(store, tmp_path / str(day), day)
            versions.append(writer.publish(tmp_path / str(day)))
            assert reader.refresh()
            assert not reader.refresh()
            assert reader.current is not None
            assert reader.current.version == versions[-1]
            np.testing.assert_array_equal(reader.current.rows_of(IDS), [0, 1, 2])
        assert writer.rollback() == versions[0]
        assert reader.refresh()
        assert reader.current is not None
        assert reader.current.version == versions[0]

    def test_a_damaged_one_is_refused_and_the_old_one_stays(self, store: Any, tmp_path: Path) -> None:
        artefacts = tmp_path / "artefacts"
        reader = SnapshotStore(artefacts.as_uri(), tmp_path / "cache")
        built(store, tmp_path / "a")
        first = reader.publish(tmp_path / "a")
        reader.refresh()
        built(store, tmp_path / "b", 1)
        second = reader.publish(tmp_path / "b")
        (artefacts / "products" / second / "products.arrow").write_bytes(b"half")
        with pytest.raises(ArtefactDamaged):
            reader.refresh()
        assert reader.current is not None
        assert reader.current.version == first

    def test_while_the_store_is_away_the_last_good_one_is_found(self, store: Any, tmp_path: Path) -> None:
        url, cache = (tmp_path / "artefacts").as_uri(), tmp_path / "cache"
        reader = SnapshotStore(url, cache)
        built(store, tmp_path / "a")
        version = reader.publish(tmp_path / "a")
        reader.refresh()
        restarted = SnapshotStore((tmp_path / "gone").as_uri(), cache)
        assert restarted.open_last_good()
        assert restarted.current is not None
        assert restarted.current.version == version
        assert not SnapshotStore(url, tmp_path / "empty").open_last_good()

    def test_only_the_last_few_are_kept(self, store: Any, tmp_path: Path) -> None:
        reader = SnapshotStore((tmp_path / "artefacts").as_uri(), tmp_path / "cache")
        for day in range(5):
            built(store, tmp_path / str(day), day)
            reader.publish(tmp_path / str(day))
            reader.refresh()
        assert len(list((tmp_path / "cache").iterdir())) == 3
        assert len(list((tmp_path / "artefacts" / "products").glob("*/artefact.json"))) == 3

    def test_without_an_earlier_one_there_is_no_way_back(self, tmp_path: Path) -> None:
        with pytest.raises(ArtefactError, match="no earlier"):
            SnapshotStore((tmp_path / "artefacts").as_uri(), tmp_path / "cache").rollback()
