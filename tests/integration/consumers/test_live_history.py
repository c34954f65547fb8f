"""The history of live features: rows of the log alone, wherever a file ends, a crash comes or a replay begins."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from merx_core.events import Event, EventType, Line, RecordType
from merx_core.features import names
from merx_kit.consumers import Batch, Consumer, StoreAway
from merx_kit.eventlog.records import microseconds
from merx_kit.features import apply, historical, open_store
from merx_kit.features.live_history import LiveHistory
from merx_kit.settings import MerxSettings

REPOSITORY = Path(__file__).parents[3] / "feature_repo"
EVENING = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)


def batch_of(gaps_s: Sequence[float], *, start: datetime = EVENING) -> Batch:
    """One view after the other, by four shoppers, so many seconds apart."""
    import msgspec

    moment, rows = start, []
    for place, gap in enumerate(gaps_s):
        moment += timedelta(seconds=gap)
        lines = (Line(f"p{place % 11}"),)
        event = Event(message_id=f"m{place}", type=EventType.VIEW, time=moment, customer_id=str(place % 4), lines=lines)
        at = microseconds(moment)
        rows.append((place * 3 + 1, str(RecordType.EVENT), None, at, at, msgspec.json.encode(event)))
    return Batch(*map(list, zip(*rows, strict=True)))


class Log:
    """A batch, read by a consumer from where its offset stands, as a runner does."""

    def __init__(self, whole: Batch) -> None:
        self.whole = whole
        self.offset = 0
        self.state: dict[str, bytes] = {}

    def run(self, consumer: Consumer, upto: int, *, step: int = 5, crash: str = "") -> None:
        consumer.resume(self.state, self.offset)
        places = [place for place in range(upto) if self.whole.offsets[place] > self.offset]
        for start in range(0, len(places), step):
            consumer.apply(self.whole.at(places[start : start + step]))
        if not places or crash == "before the files":
            return
        consumer.flush()
        if crash == "before the offset":
            return
        offset = self.whole.offsets[places[-1]]
        for key, packed in consumer.save(None, offset).items():  # type: ignore[arg-type]
            if packed is None:
                self.state.pop(key, None)
            else:
                self.state[key] = packed
        self.offset = offset


def table(folder: Path) -> list[dict[str, Any]]:
    rows = [row for path in sorted(folder.glob("*.parquet")) for row in pq.ParquetFile(path).read().to_pylist()]
    return sorted(rows, key=lambda row: (row["event_timestamp"], row[names.PROFILE_KEY]))


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if not path.name.startswith("0000"))


gaps = st.lists(st.sampled_from([0.0, 0.2, 1.5, 40.0, 1_900.0]), min_size=2, max_size=60)


class TestRows:
    def test_one_for_each_shopper_and_second_as_it_stood_then(self, tmp_path: Path) -> None:
        whole = batch_of([0.0, 0.1, 0.1, 0.1, 0.1, 5.0])
        Log(whole).run(LiveHistory(tmp_path), 6)
        found = [(row[names.PROFILE_KEY], row["live_products"], row["live_events"]) for row in table(tmp_path)]
        # The sixth event's second may go on: its row is held back.
        assert found == [("c:1", ["p1"], 1), ("c:2", ["p2"], 1), ("c:3", ["p3"], 1), ("c:0", ["p0", "p4"], 2)]

    @settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(gaps, st.data())
    def test_where_files_end_and_crashes_come_changes_nothing(
        self, tmp_path_factory: pytest.TempPathFactory, given_gaps: list[float], data: st.DataObject
    ) -> None:
        whole = batch_of([*given_gaps, 3_600.0])
        once, often = tmp_path_factory.mktemp("once"), tmp_path_factory.mktemp("often")
        Log(whole).run(LiveHistory(once), len(whole.offsets))
        log = Log(whole)
        for upto in sorted(data.draw(st.lists(st.integers(1, len(whole.offsets)), max_size=8))):
            crash = data.draw(st.sampled_from(["", "", "before the files", "before the offset"]))
            log.run(LiveHistory(often), upto, step=data.draw(st.integers(1, 9)), crash=crash)
        log.run(LiveHistory(often), len(whole.offsets))
        assert table(often) == table(once)

    def test_a_replay_from_the_start_gives_the_same_rows(self, tmp_path: Path) -> None:
        whole = batch_of([20.0] * 200)
        log = Log(whole)
        for upto in (50, 110, 200):
            log.run(LiveHistory(tmp_path), upto)
        first = table(tmp_path)
        log.offset, log.state = 0, {}
        log.run(LiveHistory(tmp_path), 130)
        log.run(LiveHistory(tmp_path), 200)
        assert table(tmp_path) == first

    def test_a_replay_from_the_middle_keeps_what_came_before(self, tmp_path: Path) -> None:
        whole = batch_of([20.0] * 200)
        log = Log(whole)
        log.run(LiveHistory(tmp_path), 200)
        first = table(tmp_path)
        log.offset, log.state = whole.offsets[99], {}
        LiveHistory(tmp_path).resume({}, log.offset)
        assert table(tmp_path) == first[:100]


class TestCompaction:
    def test_a_day_that_is_over_becomes_one_file(self, tmp_path: Path) -> None:
        whole = batch_of([60.0] * 200)
        log = Log(whole)
        for upto in range(10, 201, 10):
            log.run(LiveHistory(tmp_path), upto)
        days = [name.partition(".")[0] for name in files(tmp_path)]
        assert days.count("2026-03-01") == 1
        assert days.count("2026-03-02") > 5
        assert len(table(tmp_path)) == 199

    def test_a_crash_between_its_halves_leaves_no_row_twice(self, tmp_path: Path) -> None:
        whole = batch_of([60.0] * 100)
        log = Log(whole)
        kept: dict[str, bytes] = {}
        for upto in range(10, 101, 10):
            log.run(LiveHistory(tmp_path), upto)
            kept |= {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.name.startswith("2026-03-01")}
        first = table(tmp_path)
        for name, content in kept.items():
            (tmp_path / name).write_bytes(content)
        assert len(table(tmp_path)) > len(first)
        LiveHistory(tmp_path).resume(log.state, log.offset)
        assert table(tmp_path) == first


class TestFeast:
    @pytest.mark.filterwarnings("ignore:Downcasting object dtype:FutureWarning")  # Feast's file store on pandas 2.3
    @pytest.mark.parametrize("offline", ["duckdb", "file"])
    def test_it_joins_the_row_that_was_there_at_the_time(self, tmp_path: Path, offline: str) -> None:
        opened = MerxSettings(home=tmp_path, feast_offline=offline)
        store = open_store(opened)
        apply(store, REPOSITORY)
        whole = batch_of([60.0] * 100)
        log = Log(whole)
        asked: Callable[[int], pd.Timestamp] = lambda minute: pd.Timestamp(EVENING + timedelta(minutes=minute))  # noqa: E731
        entities = pd.DataFrame(
            {names.PROFILE_KEY: ["c:0", "c:0", "c:0"], "event_timestamp": [asked(4), asked(9), asked(200)]}
        )
        entities["event_timestamp"] = entities["event_timestamp"].dt.as_unit("us")
        log.run(LiveHistory.of(opened), 1)
        empty = historical(store, entities, names.LIVE_SERVICE)
        assert empty["live_events"].isna().all()
        for upto in (30, 60, 100):
            log.run(LiveHistory.of(opened), upto)
        found = historical(store, entities, names.LIVE_SERVICE).sort_values("event_timestamp")
        assert found["live_events"].tolist()[:2] == [1, 3]
        assert list(found["live_products"].iloc[1]) == ["p0", "p4", "p8"]
        # Past the end of the session there is none: Feast's file store leaves the whole row out.
        assert found["live_events"].iloc[2:].isna().all()


class TestFolder:
    def test_one_that_cannot_be_written_makes_the_consumer_wait(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("no folder")
        with pytest.raises(StoreAway):
            LiveHistory(tmp_path / "file").resume({}, 0)
