"""The worker on real servers: killed again and again, with a store that goes away, beside a second one."""

import signal
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import redis
import sqlalchemy as sa

from benchmarks.service_process import free_port
from merx_core.events import CloudEvent, RecordType
from merx_kit.consumers import replay, retry, set_aside, standings
from merx_kit.eventlog.maintenance import DAY_US, archive_of
from merx_kit.features.live_push import NAME
from merx_kit.settings import MerxSettings
from tests.integration.consumers.readers import wait_until
from tests.integration.consumers.worker import House, ready


@pytest.fixture(params=["embedded", "cluster"])
def house(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[House]:
    """SQLite throughout, or PostgreSQL and Redis."""
    if request.param == "embedded":
        settings = MerxSettings(home=tmp_path)
    else:
        online = request.getfixturevalue("valkey_url")
        with redis.Redis.from_url(online) as server:
            server.flushdb()
        settings = MerxSettings(
            home=tmp_path, database_url=request.getfixturevalue("postgres_url"), feast_online=online
        )
    opened = House(settings)
    yield opened
    opened.close()


def stopped(house: House) -> None:
    for worker in house.workers:
        if worker.process.poll() is None:
            assert worker.stop() == 0


class TestKilled:
    @pytest.mark.slow
    def test_many_times_under_load_nothing_is_lost_or_doubled(self, house: House) -> None:
        for round_ in range(12):
            port = free_port()
            worker = house.worker(WORKER_PORT=str(port), WORKER_HISTORY_PART_S="0.5")
            wait_until(lambda: ready(f"http://127.0.0.1:{port}")["status"] == "ready", 60.0)  # noqa: B023
            until = time.monotonic() + 0.1 + 0.31 * round_
            while time.monotonic() < until:
                house.shop(40, seed=int(time.monotonic() * 1e6) % 2**32)
            worker.stop(signal.SIGKILL)
        assert standings(house.log)[0].offset > 0
        house.worker()
        wait_until(lambda: house.caught_up(NAME), 60.0)
        stopped(house)
        assert house.live() == house.wanted()
        assert len(house.wanted()) == 25


class TestReplay:
    def test_from_the_start_it_writes_the_same_rows(self, house: House) -> None:
        house.shop(600, seed=1)
        house.worker()
        wait_until(lambda: house.caught_up(NAME), 60.0)
        first = house.live()
        assert first == house.wanted()
        replay(house.log, NAME, 0)
        house.shop(100, seed=2)
        wait_until(lambda: house.caught_up(NAME), 60.0)
        stopped(house)
        assert house.live() == house.wanted()


class TestTwoWorkers:
    def test_one_works_and_the_other_takes_over_when_it_is_killed(self, house: House) -> None:
        ports = [free_port(), free_port()]
        for port in ports:
            house.worker(WORKER_PORT=str(port))
        house.shop(300, seed=1)
        wait_until(lambda: house.caught_up(NAME), 60.0)
        wait_until(lambda: all(ready(f"http://127.0.0.1:{port}")["status"] == "ready" for port in ports))
        active = [_active(port) for port in ports]
        assert sorted(active) == [0, 1]
        house.workers[active.index(1)].process.kill()
        house.shop(300, seed=2)
        wait_until(lambda: house.caught_up(NAME), 60.0)
        assert house.workers[active.index(0)].stop() == 0
        assert house.live() == house.wanted()


class TestPoison:
    def test_it_is_set_aside_shown_and_tried_again(self, house: House) -> None:
        port = free_port()
        house.worker(WORKER_PORT=str(port))
        house.shop(50, seed=1)
        bad = CloudEvent(id="bad", source="/test", type=RecordType.EVENT, data=b'{"type": 3}')  # type: ignore[arg-type]
        house.log.append([bad])
        house.shop(50, seed=2)
        wait_until(lambda: house.caught_up(NAME), 60.0)
        ((poison, _),) = set_aside(house.log, NAME)
        assert "merx.shop.event.v1" in poison.reason
        url = f"http://127.0.0.1:{port}"
        wait_until(lambda: ready(url)["degraded"] == ["records_set_aside"])
        assert 'merx_consumer_poison_records{consumer="live-features"} 1.0' in httpx.get(f"{url}/metrics").text
        assert retry(house.log, NAME) == 1
        wait_until(lambda: [since is not None for _, since in set_aside(house.log, NAME)] == [True])


def _active(port: int) -> int:
    found = httpx.get(f"http://127.0.0.1:{port}/metrics").text
    return int(f'merx_consumer_active{{consumer="{NAME}"}} 1.0' in found)


class TestMaintenance:
    def test_older_records_are_archived_without_being_asked(self, house: House) -> None:
        house.shop(50, seed=3)
        with house.log.engine.begin() as connection:
            connection.execute(sa.text(f"UPDATE event_log SET recorded_us = recorded_us - {2 * DAY_US}"))
        head = house.log.head()
        house.worker()
        wait_until(lambda: archive_of(house.settings).last == head, 60.0)
        stopped(house)
