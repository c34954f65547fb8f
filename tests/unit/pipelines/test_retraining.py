"""When a retraining run is due, and what is remembered of the last one."""

from pathlib import Path
from typing import Any

import pytest

from merx_pipelines import retraining
from merx_pipelines.retraining import LastRun, RetrainSettings, due, look

HOUR = 3600.0
LAST = LastRun(head=100, began=1_000_000.0)


def settings(**changes: Any) -> RetrainSettings:
    return RetrainSettings(**{"home": Path("/nowhere"), "every_minutes": 60, "after_events": 500, **changes})


class TestDue:
    def test_enough_events_are_reason_enough(self) -> None:
        assert due(settings(), LAST, events=500, now=LAST.began + 1)

    def test_fewer_events_wait_for_their_time(self) -> None:
        assert not due(settings(), LAST, events=499, now=LAST.began + HOUR - 1)
        assert due(settings(), LAST, events=499, now=LAST.began + HOUR)

    def test_nothing_new_is_never_trained_on(self) -> None:
        assert not due(settings(), LAST, events=0, now=LAST.began + 1000 * HOUR)

    def test_zero_switches_either_reason_off(self) -> None:
        assert not due(settings(after_events=0), LAST, events=10**9, now=LAST.began)
        assert not due(settings(every_minutes=0), LAST, events=499, now=LAST.began + 1000 * HOUR)


class TestLastRun:
    def test_it_is_read_back_as_it_was_written(self, tmp_path: Path) -> None:
        LAST.write(tmp_path / "home")
        assert LastRun.read(tmp_path / "home") == LAST

    @pytest.mark.parametrize("content", [None, b"", b"{", b'{"head": "x"}'])
    def test_none_or_a_damaged_one_is_a_run_that_knew_nothing(self, tmp_path: Path, content: bytes | None) -> None:
        if content is not None:
            (tmp_path / retraining.LAST_RUN).write_bytes(content)
        assert LastRun.read(tmp_path) == LastRun(0, 0.0)


class TestLook:
    def test_a_database_that_is_away_is_looked_at_again_later(self, tmp_path: Path) -> None:
        assert look(settings(home=tmp_path, database_url=f"sqlite:///{tmp_path}/none/events.db")) is False

    def test_it_trains_once_for_what_came_in(self, tmp_path: Path) -> None:
        from datetime import UTC, datetime

        from merx_core.events import CloudEvent, Event, EventType
        from merx_kit.eventlog import EventLog, migrate
        from merx_pipelines.retraining import remember_run

        used = settings(home=tmp_path, after_events=3, every_minutes=0)
        runs: list[str] = []

        def train(profile: str) -> int:
            remember_run(used)
            runs.append(profile)
            return 0

        migrate(used.database_url)
        moment = datetime(2026, 11, 1, tzinfo=UTC)
        with EventLog(used.database_url) as log:
            for number in range(4):
                assert look(used, train) is (number == 3)
                event = Event(message_id=f"m{number}", type=EventType.SEARCH, time=moment, customer_id="1")
                log.append([CloudEvent.wrap(event, "/tests")])
        assert look(used, train) is False
        assert runs == ["quick"]


class TestOneAtATime:
    def test_a_run_beside_another_on_the_same_log_is_refused(self, tmp_path: Path) -> None:
        from merx_kit.eventlog import EventLog, migrate
        from merx_kit.eventlog.locks import only_one
        from merx_pipelines.runs import RunFailed, train

        used = settings(home=tmp_path)
        migrate(used.database_url)
        refused = pytest.raises(RunFailed, match="another training run")
        with EventLog(used.database_url) as log, only_one(log, "training"), refused:
            train(used)
        assert not (tmp_path / retraining.LAST_RUN).exists()
