import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from feast import FeatureStore

from merx_core.features import FEATURE_SERVICE, names
from merx_kit.features import ProductSnapshot, SnapshotStore, feature_service_hash, materialise
from merx_kit.settings import MerxSettings
from merx_pipelines.steps.feature_tables import FeatureTables, feature_tables, last_cutoff, weekly_cutoffs
from merx_pipelines.steps.materialise import materialise_features
from tests.skew.conftest import REPOSITORY
from tests.skew.shop import END, Shop

Fresh = Callable[[], tuple[FeatureStore, MerxSettings]]


def content(settings: MerxSettings) -> dict[str, list[tuple[object, ...]]]:
    """Every row of the online store, without what only says when it was written."""
    with closing(sqlite3.connect(settings.home / "feast" / "online.db")) as connection:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        query = 'SELECT entity_key, feature_name, value, event_ts FROM "{}" ORDER BY 1, 2'
        return {name: connection.execute(query.format(name)).fetchall() for name in tables}


class TestMaterialise:
    def test_a_second_run_writes_nothing_and_changes_nothing(self, fresh: Fresh) -> None:
        store, settings = fresh()
        first = materialise(store, END)
        before = content(settings)
        assert set(first.views) == set(names.VIEWS)
        assert materialise(store, END).views == {}
        assert content(settings) == before

    def test_step_by_step_gives_what_one_leap_gives(self, fresh: Fresh, tables: FeatureTables, tmp_path: Path) -> None:
        store, settings = fresh()
        for cutoff in tables.cutoffs[-4:]:
            materialise(store, cutoff)
        steps = content(settings)
        (settings.home / "feast" / "online.db").unlink()
        (settings.home / "feast" / "registry.db").unlink()
        leap_store, leap_settings = fresh()
        materialise(leap_store, END)
        leap = content(leap_settings)
        wanted = {name for name in leap if not name.endswith(names.PRODUCT_COPURCHASE)}
        assert {name: steps[name] for name in wanted} == {name: leap[name] for name in wanted}

    def test_a_run_that_was_cut_short_is_repeated(self, fresh: Fresh, monkeypatch: pytest.MonkeyPatch) -> None:
        store, settings = fresh()
        materialise(store, END)
        whole = content(settings)
        (settings.home / "feast" / "online.db").unlink()
        (settings.home / "feast" / "registry.db").unlink()
        store, settings = fresh()
        run = type(store).materialize

        def until_the_power_fails(self: FeatureStore, *args: object, **options: object) -> None:
            if options["feature_views"] == [names.PROFILE_ACTIVITY]:
                raise KeyboardInterrupt
            run(self, *args, **options)

        monkeypatch.setattr(type(store), "materialize", until_the_power_fails)
        with pytest.raises(KeyboardInterrupt):
            materialise(store, END)
        monkeypatch.undo()
        again = materialise(store, END)
        assert names.PRODUCT_PRICE not in again.views
        assert names.PROFILE_ACTIVITY in again.views
        assert content(settings) == whole

    def test_a_time_without_an_offset_is_refused(self, fresh: Fresh) -> None:
        with pytest.raises(ValueError, match="offset"):
            materialise(fresh()[0], datetime(2024, 1, 1))  # noqa: DTZ001


class TestHash:
    def test_it_is_the_same_for_the_same_declarations_and_differs_between_services(self, fresh: Fresh) -> None:
        first = feature_service_hash(fresh()[0], FEATURE_SERVICE)
        store = fresh()[0]
        assert feature_service_hash(store, FEATURE_SERVICE) == first
        assert feature_service_hash(store, "profiles_v1") != first

    def test_a_changed_contract_is_noticed(self, fresh: Fresh) -> None:
        # Whoever changes a column or a type declares recommendation_v2 beside it, and leaves this value alone.
        assert feature_service_hash(fresh()[0], FEATURE_SERVICE) == (
            "65ca3b5bd405e89404000272ab7701a3471ce2196d084190e937699a099df002"
        )


class TestTables:
    def test_a_row_is_made_of_nothing_later_than_its_cut_off(
        self, shop: Shop, tables: FeatureTables, tmp_path: Path
    ) -> None:
        import pandas as pd

        early = tables.cutoffs[-3]
        lines = pd.read_parquet(shop.interactions)
        lines[lines["time"] < early].to_parquet(tmp_path / "known.parquet")
        alone = feature_tables(tmp_path / "known.parquet", shop.catalogue, tmp_path / "alone", cutoffs=[early])
        for view in set(names.VIEWS) - {names.PRODUCT_CATALOGUE, names.SESSION_ACTIVITY}:
            then = pd.read_parquet(tables.folder / f"{view}.parquet")
            then = then[then["event_timestamp"] == early].reset_index(drop=True)
            pd.testing.assert_frame_equal(pd.read_parquet(alone.folder / f"{view}.parquet"), then)

    def test_the_last_cut_off_takes_everything_in(self, shop: Shop) -> None:
        import pandas as pd

        latest = pd.read_parquet(shop.interactions)["time"].max()
        assert latest < last_cutoff(shop.interactions) <= latest + timedelta(seconds=1)

    def test_a_cut_off_without_an_offset_is_refused(self, shop: Shop, tmp_path: Path) -> None:
        with pytest.raises(ValueError, match="offset"):
            feature_tables(shop.interactions, shop.catalogue, tmp_path, cutoffs=[datetime(2024, 1, 1)])  # noqa: DTZ001


class TestStep:
    @pytest.mark.parametrize("online", [True, False])
    def test_tables_become_a_store_and_a_published_snapshot(self, shop: Shop, tmp_path: Path, online: bool) -> None:
        settings = MerxSettings(home=tmp_path)
        cutoffs = weekly_cutoffs(END, 2)
        feature_tables(shop.interactions, shop.catalogue, tmp_path / "feast" / "offline", cutoffs=cutoffs)
        served = materialise_features(settings, REPOSITORY, shop.catalogue, until=END, products_online=online)
        assert (names.PRODUCT_PRICE in served.views) == online
        reader = SnapshotStore(settings.artefacts_url, tmp_path / "cache")
        assert reader.refresh()
        snapshot = reader.current
        assert isinstance(snapshot, ProductSnapshot)
        assert (snapshot.version, len(snapshot)) == (served.snapshot, served.products)
        assert (snapshot.column("sales_84d") > 0).any()
