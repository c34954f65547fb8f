"""Where in the log a moment lies, on both databases, whether its records are archived or not."""

import time
from pathlib import Path

import pytest

from merx_kit.artefacts import ArtefactStore
from merx_kit.eventlog import Archive, EventLog, archive_records, drop_records, offset_since, stream_all
from tests.integration.eventlog.records import records

LATER_US = 2**62


def grown(log: EventLog) -> tuple[int, list[int]]:
    """Twenty records, and a moment between the tenth and the next."""
    first = log.append(records(*(f"a{number}" for number in range(10)))).offsets
    time.sleep(0.01)
    moment = time.time_ns() // 1000
    time.sleep(0.01)
    second = log.append(records(*(f"b{number}" for number in range(10)))).offsets
    return moment, [*first, *second]


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive(ArtefactStore(f"file://{tmp_path}/store"), tmp_path / "cache")


class TestWhatWasRecordedSince:
    def test_in_the_log_alone_it_is_exact(self, log: EventLog) -> None:
        moment, offsets = grown(log)
        assert offset_since(log, None, moment) == offsets[9]
        assert (offset_since(log, None, 0), offset_since(log, None, LATER_US)) == (0, offsets[-1])

    def test_an_empty_log_has_nothing_before_any_moment(self, log: EventLog, archive: Archive) -> None:
        assert offset_since(log, archive, LATER_US) == 0

    def test_of_what_only_the_archive_has_the_older_parts_are_left_out(self, log: EventLog, archive: Archive) -> None:
        moment, offsets = grown(log)
        archive_records(log, archive, older_than_us=LATER_US, part_records=4)
        assert drop_records(log, archived=archive.last, before_us=LATER_US).records == len(offsets)
        after = offset_since(log, archive, moment)
        read = [at for columns in stream_all(log, archive, ["test.v1"], after=after) for at in columns.offsets]
        assert read == offsets[8:]
        assert offset_since(log, archive, 0) == 0
