"""What the shopper does now, read beside what pipelines made: by one call on Redis, and never past a session's end."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import redis
from feast import FeatureStore
from feast.infra.provider import get_provider
from feast.protos.feast.types.EntityKey_pb2 import EntityKey
from feast.protos.feast.types.Value_pb2 import Int32List, StringList, Value

from merx_core.features import names
from merx_core.features.sessions import SESSION_SECONDS
from merx_kit.features import FeaturesUnavailable, OnlineProfiles, apply, open_store
from merx_kit.settings import MerxSettings

REPOSITORY = Path(__file__).parents[4] / "feature_repo"
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
Written = Callable[..., FeatureStore]


def write(store: FeatureStore, view: str, shopper: str, values: dict[str, Any], moment: datetime = NOON) -> None:
    key = EntityKey(join_keys=[names.PROFILE_KEY], entity_values=[Value(string_val=shopper)])
    row = [(key, values, moment, None)]
    get_provider(store.config).online_write_batch(store.config, store.get_feature_view(view), row, None)


def live(*products: str) -> dict[str, Any]:
    counts = dict.fromkeys(names.LIVE_COLUMNS[2:], Value(int32_val=1))
    return {"live_products": Value(string_list_val=StringList(val=products)), "live_session": Value(), **counts}


def activity(store: FeatureStore, **chosen: Any) -> dict[str, Any]:
    columns = [field.name for field in store.get_feature_view(names.PROFILE_ACTIVITY).features]
    return dict.fromkeys(columns, Value()) | chosen


@pytest.fixture(params=["sqlite", "redis"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> FeatureStore:
    online = ""
    if request.param == "redis":
        online = request.getfixturevalue("valkey_url")
        with redis.Redis.from_url(online) as server:
            server.flushdb()
    opened = open_store(MerxSettings(home=tmp_path, feast_online=online), online_timeout_s=5.0)
    apply(opened, REPOSITORY)
    return opened


def at(store: FeatureStore, seconds: float) -> OnlineProfiles:
    return OnlineProfiles(store, deadline_s=10.0, clock=lambda: NOON.timestamp() + seconds)


class TestRecentProducts:
    async def test_they_come_with_the_rest_of_the_shopper(self, store: FeatureStore) -> None:
        history = Value(string_list_val=StringList(val=["p9"]))
        counts = Value(int32_list_val=Int32List(val=[3]))
        write(store, names.PROFILE_ACTIVITY, "c:1", activity(store, history_ids=history, history_counts=counts))
        write(store, names.PROFILE_LIVE, "c:1", live("p1", "p2"))
        found = await at(store, 1.0).read("c:1")
        assert found is not None
        assert (found.recent_ids, found.history_ids, found.as_of) == (("p1", "p2"), ("p9",), NOON.timestamp())

    async def test_a_shopper_of_whom_only_the_present_is_known_has_them(self, store: FeatureStore) -> None:
        write(store, names.PROFILE_LIVE, "a:new", live("p1"))
        found = await at(store, 1.0).read("a:new")
        assert found is not None
        assert found.recent_ids == ("p1",)
        assert found.as_of != found.as_of  # NaN: nothing that a pipeline made
        assert found.segment == "new"

    async def test_they_end_with_the_session_and_the_rest_stays(self, store: FeatureStore) -> None:
        write(store, names.PROFILE_ACTIVITY, "c:1", activity(store))
        write(store, names.PROFILE_LIVE, "c:1", live("p1"))
        last, gone = await at(store, SESSION_SECONDS).read("c:1"), await at(store, SESSION_SECONDS + 1).read("c:1")
        assert last is not None
        assert gone is not None
        assert (last.recent_ids, gone.recent_ids) == (("p1",), ())

    async def test_many_shoppers_at_once_are_each_themselves(self, store: FeatureStore) -> None:
        for number in range(3):
            write(store, names.PROFILE_LIVE, f"c:{number}", live(f"p{number}"))
        found = at(store, 1.0).read_now(["c:2", "c:nobody", "c:0"])
        assert [shopper and shopper.recent_ids for shopper in found] == [("p2",), None, ("p0",)]


class TestRegistry:
    async def test_one_without_the_live_view_gives_none_and_is_asked_again_later(self, store: FeatureStore) -> None:
        service = store.get_feature_service(names.LIVE_SERVICE)
        write(store, names.PROFILE_LIVE, "c:1", live("p1"))
        write(store, names.PROFILE_ACTIVITY, "c:1", activity(store))
        store.delete_feature_service(names.LIVE_SERVICE)
        source = at(store, 1.0)
        found = await source.read("c:1")
        assert found is not None
        assert found.recent_ids == ()
        store.apply([service])
        source.forget_declarations()
        found = await source.read("c:1")
        assert found is not None
        assert found.recent_ids == ("p1",)

    async def test_one_that_lacks_a_column_makes_features_unavailable(self, store: FeatureStore) -> None:
        view = store.get_feature_view(names.PROFILE_ACTIVITY)
        values = activity(store)
        view.features = [field for field in view.features if field.name != "segment"]
        store.apply([view])
        values.pop("segment")
        write(store, names.PROFILE_ACTIVITY, "c:1", values)
        source = at(store, 1.0)
        with pytest.raises(FeaturesUnavailable, match="segment"):
            await source.read("c:1")
        assert source.available
