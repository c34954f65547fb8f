import threading
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from prometheus_client import REGISTRY

from merx_core.events import ExposedItem, Exposure, RecordType
from merx_kit.eventlog import EventLog, ExposureWriter, migrate


def exposure(request_id: str) -> Exposure:
    items = (ExposedItem("p1", 0, 0.5, "popular"),)
    now = datetime(2026, 3, 1, tzinfo=UTC)
    return Exposure(
        request_id=request_id, time=now, service="recommendation", model_version="3", profile_id="c:1", items=items
    )


def lost(reason: str) -> float:
    return REGISTRY.get_sample_value("merx_exposures_lost_total", {"reason": reason}) or 0.0


def written() -> float:
    return REGISTRY.get_sample_value("merx_exposures_written_total") or 0.0


class TestExposureWriter:
    def test_close_writes_what_waits(self, log: EventLog) -> None:
        before = written()
        with ExposureWriter(log, interval_s=60.0) as writer:
            for number in range(1234):
                writer.write(exposure(f"r{number}"))
        stored = log.read(0, 2000, types=[RecordType.EXPOSURE])
        assert len(stored) == 1234
        assert msgspec.json.decode(stored[5].record.data, type=Exposure) == exposure("r5")
        assert stored[0].record.source == "/merx/recommendation"
        assert written() - before == 1234

    def test_batch_that_is_full_does_not_wait_for_the_interval(self, log: EventLog) -> None:
        full = threading.Event()
        append = log.append

        def noticed(records):  # type: ignore[no-untyped-def]
            result = append(records)
            full.set()
            return result

        log.append = noticed  # type: ignore[method-assign]
        with ExposureWriter(log, batch=10, interval_s=3600.0) as writer:
            for number in range(10):
                writer.write(exposure(f"r{number}"))
            assert full.wait(30)

    def test_few_are_written_after_the_interval(self, log: EventLog) -> None:
        with ExposureWriter(log, interval_s=0.05) as writer:
            writer.write(exposure("one"))
            for _ in range(300):
                if log.head():
                    break
                threading.Event().wait(0.1)
            assert log.head() == 1

    def test_from_many_threads(self, log: EventLog) -> None:
        with ExposureWriter(log) as writer:

            def write(worker: int) -> None:
                for number in range(200):
                    writer.write(exposure(f"{worker}-{number}"))

            threads = [threading.Thread(target=write, args=(worker,)) for worker in range(4)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        assert len(log.read(0, 2000)) == 800


class TestDatabaseAway:
    def test_loss_beyond_the_bound_is_counted_and_nothing_raises(self, tmp_path: Path) -> None:
        before = lost("queue_full"), lost("database")
        with EventLog(f"sqlite:///{tmp_path}/missing/events.db") as log:
            writer = ExposureWriter(log, capacity=50, batch=10, interval_s=0.0)
            for number in range(500):
                writer.write(exposure(f"r{number}"))
            writer.close(timeout_s=0.3)
        full, database = lost("queue_full") - before[0], lost("database") - before[1]
        assert full + database == 500
        assert full >= 500 - 50 - 10

    def test_what_waits_is_written_once_the_database_is_back(self, tmp_path: Path) -> None:
        url = f"sqlite:///{tmp_path}/later/events.db"
        with EventLog(url) as log:
            with ExposureWriter(log, interval_s=0.0) as writer:
                for number in range(20):
                    writer.write(exposure(f"r{number}"))
                migrate(url)
            assert len(log.read(0, 100)) == 20

    def test_written_after_close_is_lost_and_counted(self, log: EventLog) -> None:
        before = lost("closed")
        writer = ExposureWriter(log)
        writer.close()
        writer.write(exposure("late"))
        assert lost("closed") - before == 1


class TestBadExposure:
    def test_one_that_cannot_be_encoded_takes_no_other_down(self, log: EventLog) -> None:
        before = lost("not_encodable")
        with ExposureWriter(log) as writer:
            writer.write(exposure("good"))
            writer.write(exposure("lone surrogate \ud800"))
            writer.write(exposure("also good"))
        assert lost("not_encodable") - before == 1
        assert len(log.read(0, 10)) == 2

    def test_one_that_the_database_refuses_takes_no_other_down(self, postgres_url: str) -> None:
        before = lost("refused")
        migrate(postgres_url)
        with EventLog(postgres_url) as log:
            with ExposureWriter(log) as writer:
                for name in ("a", "b", "nul-\x00", "c", "d"):
                    writer.write(exposure(name))
            assert [stored.record.id.split("/")[0] for stored in log.read(0, 10)] == ["a", "b", "c", "d"]
        assert lost("refused") - before == 1

    def test_same_request_id_at_another_moment_is_another_exposure(self, log: EventLog) -> None:
        with ExposureWriter(log) as writer:
            writer.write(exposure("same"))
            writer.write(msgspec.structs.replace(exposure("same"), time=datetime(2026, 3, 2, tzinfo=UTC)))
        assert len(log.read(0, 10)) == 2


def test_writer_thread_ends_with_close(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/events.db"
    migrate(url)
    with EventLog(url) as log:
        writer = ExposureWriter(log)
        writer.close()
    assert not any(thread.name == "merx-exposures" and thread.is_alive() for thread in threading.enumerate())


@pytest.mark.parametrize("length", [10, 300])
def test_long_request_ids_fit(tmp_path: Path, length: int) -> None:
    url = f"sqlite:///{tmp_path}/events.db"
    migrate(url)
    with EventLog(url) as log:
        with ExposureWriter(log) as writer:
            writer.write(exposure("x" * length))
        assert len(log.read(0, 1)[0].record.id) <= 256
