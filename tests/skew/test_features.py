"""Training and serving see the same numbers: history against online, one against many, snapshot against Feast."""

import asyncio
import math
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from merx_core.features import names
from merx_kit.features import OnlineProfiles, ProductSnapshot, build_snapshot, historical
from tests.skew.conftest import Filled
from tests.skew.shop import PRODUCTS, SHOPPERS

PROFILES = [f"c:{number}" for number in range(SHOPPERS)] + ["c:stranger"]
PRODUCT_IDS = [f"p{number}" for number in range(PRODUCTS)] + ["gone", "never heard of"]


def missing(value: Any) -> bool:
    return value is None or value is pd.NA or (isinstance(value, float | np.floating) and math.isnan(value))


def same(left: Any, right: Any) -> bool:
    """Equal to the last bit, and missing where the other is."""
    left, right = (None if missing(value) else value for value in (left, right))
    if isinstance(left, list | np.ndarray) or isinstance(right, list | np.ndarray):
        # A list without elements and a missing one are the same to a shopper without a past.
        pairs = list(left if left is not None else []), list(right if right is not None else [])
        return len(pairs[0]) == len(pairs[1]) and all(same(a, b) for a, b in zip(*pairs, strict=True))
    return bool(left == right)


def joined(filled: Filled, key: str, ids: list[str], views: tuple[str, ...], late: timedelta) -> pd.DataFrame:
    columns = [f"{view}:{field.name}" for view in views for field in filled.store.get_feature_view(view).features]
    moment = pd.Timestamp(filled.cutoffs[-1] + late).as_unit("us")
    frame = historical(filled.store, pd.DataFrame({key: ids, "event_timestamp": moment}), columns)
    return frame.set_index(key).loc[ids]


def online(filled: Filled, key: str, ids: list[str], views: tuple[str, ...]) -> pd.DataFrame:
    columns = [f"{view}:{field.name}" for view in views for field in filled.store.get_feature_view(view).features]
    answer = filled.store.get_online_features(columns, [{key: name} for name in ids]).to_dict()
    return pd.DataFrame(answer).set_index(key)


class TestHistoricalAgainstOnline:
    @pytest.mark.parametrize(
        ("key", "ids", "views"),
        [
            (names.PROFILE_KEY, PROFILES, names.PROFILE_VIEWS),
            (names.PRODUCT_KEY, PRODUCT_IDS, names.PRODUCT_VIEWS),
            (names.SESSION_KEY, [f"s{number}" for number in range(SHOPPERS)], (names.SESSION_ACTIVITY,)),
        ],
    )
    def test_the_same_entity_at_the_same_time_has_the_same_features(
        self, filled: Filled, key: str, ids: list[str], views: tuple[str, ...]
    ) -> None:
        then, now = joined(filled, key, ids, views, timedelta(0)), online(filled, key, ids, views)
        present = 0
        for column in now.columns:
            for name in ids:
                assert same(then.at[name, column], now.at[name, column]), (column, name)
                present += not missing(now.at[name, column])
        assert present > len(ids)

    def test_what_is_past_its_ttl_is_missing_in_both(self, filled: Filled) -> None:
        late = timedelta(weeks=4, seconds=1)
        then = joined(filled, names.PROFILE_KEY, PROFILES, (names.PROFILE_ACTIVITY,), late)
        moment = (filled.cutoffs[-1] + late).timestamp()
        found = OnlineProfiles(filled.store, clock=lambda: moment).read_now(PROFILES)
        assert then["tenure_days"].isna().all()
        assert found == [None] * len(PROFILES)

    def test_what_is_just_within_its_ttl_is_there_in_both(self, filled: Filled) -> None:
        late = timedelta(weeks=4)
        then = joined(filled, names.PROFILE_KEY, PROFILES, (names.PROFILE_ACTIVITY,), late)
        moment = (filled.cutoffs[-1] + late).timestamp()
        found = OnlineProfiles(filled.store, clock=lambda: moment).read_now(PROFILES)
        assert [profile is not None for profile in found] == then["tenure_days"].notna().tolist()
        assert sum(profile is not None for profile in found) > 30


class TestShoppers:
    def test_the_short_way_reads_what_the_sdk_reads(self, filled: Filled) -> None:
        clock = filled.cutoffs[-1].timestamp()
        views = (names.PROFILE_ACTIVITY,)
        sdk = online(filled, names.PROFILE_KEY, PROFILES, views)
        for profile, name in zip(
            OnlineProfiles(filled.store, clock=lambda: clock).read_now(PROFILES), PROFILES, strict=True
        ):
            row = sdk.loc[name]
            if profile is None:
                assert row.map(missing).all(), name
                continue
            wanted = row[list(names.PROFILE_COLUMNS)].to_numpy(np.float32)
            np.testing.assert_array_equal(profile.values, wanted)
            assert list(profile.history_ids) == row["history_ids"]
            np.testing.assert_array_equal(profile.history_times, row["history_times"])
            np.testing.assert_array_equal(profile.history_counts, row["history_counts"])
            assert same(list(profile.history_intervals), row["history_intervals"])
            assert profile.segment == row["segment"]
            assert profile.as_of == clock

    def test_a_batch_of_one_is_what_a_batch_of_many_is(self, filled: Filled) -> None:
        clock = filled.cutoffs[-1].timestamp()
        profiles = OnlineProfiles(filled.store, clock=lambda: clock)
        for many, name in zip(profiles.read_now(PROFILES), PROFILES, strict=True):
            one = asyncio.run(profiles.read(name, budget_s=10.0))
            if many is None or one is None:
                assert many is one
                continue
            assert (many.history_ids, many.segment, many.as_of) == (one.history_ids, one.segment, one.as_of)
            np.testing.assert_array_equal(many.values, one.values)
            np.testing.assert_array_equal(many.history_times, one.history_times)
            np.testing.assert_array_equal(many.history_intervals, one.history_intervals)
        profiles.close()

    def test_segments_of_the_lapsed_and_of_the_late(self, filled: Filled) -> None:
        clock = filled.cutoffs[-1].timestamp()
        lapsed, late = OnlineProfiles(filled.store, clock=lambda: clock).read_now(["c:0", "c:1"])
        assert lapsed is not None
        assert late is not None
        assert (lapsed.segment, late.segment) == ("lapsed", "occasional")


@pytest.mark.parametrize("source", ["online", "offline"])
class TestSnapshot:
    def test_every_column_is_what_feast_answers(self, filled: Filled, tmp_path: Path, source: Any) -> None:
        build_snapshot(filled.store, PRODUCT_IDS, tmp_path, as_of=filled.cutoffs[-1], source=source)
        snapshot = ProductSnapshot.open(tmp_path)
        sdk = online(filled, names.PRODUCT_KEY, PRODUCT_IDS, names.PRODUCT_VIEWS)
        rows = snapshot.rows_of(PRODUCT_IDS)
        assert rows.tolist() == list(range(len(PRODUCT_IDS)))
        for name in names.PRODUCT_COLUMNS:
            np.testing.assert_array_equal(snapshot.column(name)[rows], sdk[name].to_numpy(np.float32), err_msg=name)
        for name in ("price", "list_price"):
            np.testing.assert_array_equal(snapshot.column(name)[rows], sdk[name].to_numpy(np.float64), err_msg=name)
        for name in ("title", "brand", "category", "department", "leaf", "picture", "currency"):
            assert [same(*pair) for pair in zip(snapshot.texts(name, rows), sdk[name], strict=True)] == [True] * len(
                rows
            )
        stock = [None if value < 0 else bool(value) for value in snapshot.column("in_stock")[rows]]
        assert [same(*pair) for pair in zip(stock, sdk["in_stock"], strict=True)] == [True] * len(rows)
        self._partners_are(snapshot, sdk)

    def _partners_are(self, snapshot: ProductSnapshot, sdk: pd.DataFrame) -> None:
        columns = snapshot.columns
        found = 0
        for row, name in enumerate(PRODUCT_IDS):
            partners = [snapshot.ids[place] for place in columns.together[row] if place >= 0]
            assert same(partners, sdk.at[name, "together_ids"]), name
            weights = [float(weight) for weight in columns.together_weights[row][: len(partners)]]
            assert same(weights, sdk.at[name, "together_weights"]), name
            found += len(partners)
        assert found > 0

    def test_missing_and_unknown_products_are_missing(self, filled: Filled, tmp_path: Path, source: Any) -> None:
        build_snapshot(filled.store, PRODUCT_IDS, tmp_path, as_of=filled.cutoffs[-1], source=source)
        snapshot = ProductSnapshot.open(tmp_path)
        never_sold, never_heard = snapshot.rows_of(["p55", "never heard of"])
        assert math.isnan(snapshot.column("sales_84d")[never_sold])
        assert not math.isnan(snapshot.column("usual_price")[never_sold])
        assert np.isnan(snapshot.columns.values[never_heard]).all()
        assert np.isnan(snapshot.columns.values[-1]).all()
        assert snapshot.columns.leaf[-1] == -1

    def test_what_is_past_its_ttl_is_missing(self, filled: Filled, tmp_path: Path, source: Any) -> None:
        late = filled.cutoffs[-1] + timedelta(weeks=4, seconds=1)
        build_snapshot(filled.store, PRODUCT_IDS, tmp_path, as_of=late, source=source)
        snapshot = ProductSnapshot.open(tmp_path)
        assert np.isnan(snapshot.columns.values).all()
        assert (snapshot.column("in_stock") == -1).all()
