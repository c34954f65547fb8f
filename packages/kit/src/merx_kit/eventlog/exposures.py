"""Exposures on their way to the log: telemetry, off the request path, its loss counted."""

import threading
import time
from collections import Counter, deque
from typing import Self

import msgspec
import structlog

from merx_core.events import CloudEvent, Exposure, RecordType
from merx_kit.eventlog.errors import EventLogError, EventLogRefused
from merx_kit.eventlog.log import EventLog
from merx_kit.eventlog.metrics import EXPOSURES_BY_MODEL, EXPOSURES_LOST, EXPOSURES_WAITING, EXPOSURES_WRITTEN

_log = structlog.get_logger(__name__)
_ID_LENGTH = 256
TICK_S = 0.05
FIRST_RETRY_S = 0.1
LAST_RETRY_S = 5.0


class ExposureWriter:
    """Writes exposures in batches from a thread of its own; while the database is away it keeps trying.

    At most `capacity` exposures wait; those beyond are lost, counted in `merx_exposures_lost_total`. The writer looks
    for them every TICK_S: to wake it for each would cost a request more than all the rest of its exposure.
    """

    def __init__(self, log: EventLog, *, capacity: int = 10_000, batch: int = 500, interval_s: float = 0.5) -> None:
        self._log = log
        self._batch = batch
        self._interval_s = interval_s
        self._capacity = capacity
        self._waiting: deque[Exposure] = deque()
        self._closing = threading.Event()
        self._deadline = float("inf")
        self._thread = threading.Thread(target=self._run, name="merx-exposures", daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def write(self, exposure: Exposure) -> None:
        """Takes the exposure or counts its loss; never waits, never raises."""
        if self._closing.is_set():
            EXPOSURES_LOST.labels(reason="closed").inc()
            return
        if len(self._waiting) >= self._capacity:
            EXPOSURES_LOST.labels(reason="queue_full").inc()
            return
        self._waiting.append(exposure)

    def close(self, timeout_s: float = 5.0) -> None:
        """Writes what waits, for at most about `timeout_s`; what is left then is counted as lost."""
        self._deadline = time.monotonic() + timeout_s
        self._closing.set()
        self._thread.join(timeout_s + 1.0)

    def _run(self) -> None:
        while not self._closing.is_set() or self._waiting:  # in this order, or what came in between is lost uncounted
            EXPOSURES_WAITING.set(len(self._waiting))
            batch = self._collect()
            if batch:
                _count(batch)
                self._write_until_done(self._encode(batch))
        EXPOSURES_WAITING.set(0)

    def _collect(self) -> list[Exposure]:
        """A full batch, or what came within the interval; at once what is there when closing."""
        until = time.monotonic() + self._interval_s
        while len(self._waiting) < self._batch and time.monotonic() < until:
            if self._closing.wait(TICK_S):
                break
        return [self._waiting.popleft() for _ in range(min(self._batch, len(self._waiting)))]

    def _write_until_done(self, records: list[CloudEvent]) -> None:
        delay_s = FIRST_RETRY_S
        while True:
            try:
                self._log.append(records)
            except EventLogRefused as error:
                self._write_halves(records, error)
                return
            except EventLogError as error:
                _log.warning("exposures_not_written", code=error.code, waiting=len(self._waiting) + len(records))
                if time.monotonic() + delay_s >= self._deadline:
                    EXPOSURES_LOST.labels(reason="database").inc(len(records))
                    return
                self._closing.wait(delay_s) if not self._closing.is_set() else time.sleep(delay_s)
                delay_s = min(delay_s * 2, LAST_RETRY_S)
            else:
                EXPOSURES_WRITTEN.inc(len(records))
                return

    def _write_halves(self, records: list[CloudEvent], error: EventLogRefused) -> None:
        """Finds the record that the database cannot hold, so that only this one is lost."""
        if len(records) == 1:
            EXPOSURES_LOST.labels(reason="refused").inc()
            _log.warning("exposure_refused", error=error.detail)
            return
        middle = len(records) // 2
        self._write_until_done(records[:middle])
        self._write_until_done(records[middle:])

    def _encode(self, batch: list[Exposure]) -> list[CloudEvent]:
        """The records of a batch; an exposure that has no JSON form is lost alone."""
        records = []
        for exposure in batch:
            try:
                records.append(_record(exposure))
            except (TypeError, ValueError, msgspec.MsgspecError) as error:
                EXPOSURES_LOST.labels(reason="not_encodable").inc()
                _log.warning("exposure_not_encodable", request_id=exposure.request_id, error=str(error))
        return records


class NoExposures:
    """In place of the writer where the installation keeps none."""

    def write(self, exposure: Exposure) -> None:
        """Forgets what was shown, as the settings ask."""

    def close(self, timeout_s: float = 5.0) -> None:
        """Nothing waits."""


def _count(batch: list[Exposure]) -> None:
    """By model version and arm: here, once for a batch, and not in the request, which would pay for it."""
    made_by = Counter((exposure.model_version, exposure.arm) for exposure in batch)
    for (version, arm), answers in made_by.items():
        EXPOSURES_BY_MODEL.labels(version, arm).inc(answers)


def _record(exposure: Exposure) -> CloudEvent:
    # A caller may repeat its request id: each answer is an exposure of its own.
    moment = exposure.time.isoformat()
    return CloudEvent(
        id=f"{exposure.request_id[: _ID_LENGTH - len(moment) - 1]}/{moment}",
        source=f"/merx/{exposure.service}",
        type=RecordType.EXPOSURE,
        time=exposure.time,
        subject=exposure.profile_id,
        data=msgspec.Raw(msgspec.json.encode(exposure)),
    )
