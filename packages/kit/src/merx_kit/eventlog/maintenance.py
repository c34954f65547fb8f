"""What keeps the log in bounds: weeks made ahead, older records archived, then dropped as the settings say."""

import time
from typing import NamedTuple

from merx_kit.artefacts import ArtefactStore
from merx_kit.eventlog.archive import Archive, Part, Progress, archive_records
from merx_kit.eventlog.log import EventLog
from merx_kit.eventlog.migration import migrate
from merx_kit.eventlog.retention import Dropped, drop_keys, drop_records
from merx_kit.settings import MerxSettings

DAY_US = 86_400 * 1_000_000


class Maintained(NamedTuple):
    """What one round did."""

    parts: list[Part]
    dropped: Dropped
    keys: int


def archive_of(settings: MerxSettings) -> Archive:
    """The archive of this installation; parts that are read are kept in its state folder."""
    return Archive(ArtefactStore(settings.artefacts_url), settings.home / "archive")


def maintain(settings: MerxSettings, *, everything: bool = False, progress: Progress = lambda _: None) -> Maintained:
    """One round, to be repeated as often as one likes. `everything` archives what is younger than a day too.

    Records leave the database only after they are in the archive. Raises EventLogError, ArtefactError.
    """
    migrate(settings.database_url)
    now_us = time.time_ns() // 1000
    archive = archive_of(settings)
    with EventLog(settings.database_url) as log:
        older = now_us + DAY_US if everything else now_us - DAY_US
        parts = archive_records(log, archive, older_than_us=older, progress=progress)
        dropped, keys = Dropped(0, ()), 0
        if settings.retention_days:
            before = now_us - settings.retention_days * DAY_US
            dropped = drop_records(log, archived=archive.last, before_us=before)
        if settings.known_ids_days:
            keys = drop_keys(log, before_us=now_us - settings.known_ids_days * DAY_US)
    return Maintained(parts, dropped, keys)
