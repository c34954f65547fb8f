"""The one append-only stream of CloudEvents that everything in Merx can be rebuilt from; SQLite or PostgreSQL."""

from merx_kit.eventlog.archive import Archive, archive_records, offset_since, stream_all
from merx_kit.eventlog.errors import (
    EventLogDamaged,
    EventLogError,
    EventLogFull,
    EventLogNotMigrated,
    EventLogRefused,
    EventLogTooNew,
    EventLogUnavailable,
    EventLogUrlRefused,
    EventLogWentBack,
)
from merx_kit.eventlog.exposures import ExposureWriter, NoExposures
from merx_kit.eventlog.group_commit import GroupCommit
from merx_kit.eventlog.log import EventLog
from merx_kit.eventlog.migration import migrate
from merx_kit.eventlog.records import AppendResult, Columns, Outcome, StoredRecord
from merx_kit.eventlog.retention import drop_keys, drop_records
from merx_kit.eventlog.tail import LogTail

__all__ = [
    "AppendResult",
    "Archive",
    "Columns",
    "EventLog",
    "EventLogDamaged",
    "EventLogError",
    "EventLogFull",
    "EventLogNotMigrated",
    "EventLogRefused",
    "EventLogTooNew",
    "EventLogUnavailable",
    "EventLogUrlRefused",
    "EventLogWentBack",
    "ExposureWriter",
    "GroupCommit",
    "LogTail",
    "NoExposures",
    "Outcome",
    "StoredRecord",
    "archive_records",
    "drop_keys",
    "drop_records",
    "migrate",
    "offset_since",
    "stream_all",
]
