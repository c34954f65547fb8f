"""Following the log as it grows: a short query every few milliseconds, from a thread of its own."""

import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy.engine import Connection

from merx_kit.eventlog.database import Postgres, dialect_of
from merx_kit.eventlog.errors import EventLogError, EventLogWentBack, translated
from merx_kit.eventlog.log import EventLog
from merx_kit.eventlog.looking import Place, last_given, place_of, records_beyond, values_of
from merx_kit.eventlog.metrics import TAIL_BEHIND, TAIL_RECORDS, TAIL_WENT_BACK
from merx_kit.eventlog.records import Columns

log = structlog.get_logger(__name__)

POLL_S = 0.01
BATCH = 2_000
PATIENCE_S = 1.0
"""A log that has not answered for this long is away, whether it refuses or hangs."""
CHECK_S = 1.0
"""How often a tail that finds nothing sees whether the log still is the one that it has read."""
FIRST_RETRY_S = 0.05
LAST_RETRY_S = 1.0

Deliver = Callable[[Columns], None]
Begin = Callable[[], int]


class LogTail:
    """Gives every record of `types` beyond the offset that `begin` returns to `deliver`, once and in order.

    `begin` runs in the tail's thread and may itself read the log; it is called again until it succeeds. `deliver` runs
    there too, and a batch counts as delivered when it returns. While the database is away nothing is lost: the tail
    goes on from its offset. A log restored from an older backup, which ends before that offset, makes it call `begin`
    again. One query a look.
    """

    def __init__(
        self,
        source: EventLog,
        deliver: Deliver,
        *,
        begin: Begin,
        types: Sequence[str],
        name: str = "tail",
        poll_s: float = POLL_S,
    ) -> None:
        self._log = source
        self._deliver = deliver
        self._begin = begin
        self._dialect = dialect_of(source.url)
        self._query = records_beyond(self._dialect, types)
        self._poll_s = poll_s
        self._name = name
        self._stopped = threading.Event()
        self._caught_up = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"merx-{name}", daemon=True)
        self._place: Place | None = None
        self._checked = 0.0
        self._answered = self._even = time.monotonic()
        self._failing = ""

    @property
    def position(self) -> int | None:
        """The offset of the last record that was read, whatever its type; None before `begin` has succeeded."""
        return None if self._place is None else self._place.offset

    @property
    def available(self) -> bool:
        """Whether the log answers; False once it has refused, or has hung for longer than PATIENCE_S."""
        return not self._failing and time.monotonic() - self._answered < PATIENCE_S

    @property
    def behind_s(self) -> float:
        """How long ago everything readable had been delivered: a few milliseconds where all is well."""
        return time.monotonic() - self._even

    def start(self) -> None:
        self._answered = self._even = time.monotonic()
        self._thread.start()

    def wait_until_caught_up(self, timeout_s: float) -> bool:
        """Waits for the first look that leaves nothing to read; False where it did not come in time."""
        return self._caught_up.wait(timeout_s)

    def stop(self, timeout_s: float = 5.0) -> None:
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join(timeout_s)

    def _run(self) -> None:
        delay_s = FIRST_RETRY_S
        while not self._stopped.is_set():
            try:
                if self._place is None:
                    self._place = Place(self._begin())
                with translated(self._log.url), self._log.engine.connect() as connection:
                    self._follow(connection, self._place)
            except EventLogWentBack as error:
                self._failed(error.code, str(error))
                self._place = None
                TAIL_WENT_BACK.labels(self._name).inc()
            except EventLogError as error:
                self._failed(error.code, str(error))
            except Exception as error:
                log.exception("log_tail_failed", tail=self._name, position=self.position)
                self._failed("delivery_failed", str(error))
            delay_s = FIRST_RETRY_S if not self._failing else min(delay_s * 2, LAST_RETRY_S)
            self._stopped.wait(delay_s)

    def _follow(self, connection: Connection, place: Place) -> None:
        if isinstance(self._dialect, Postgres):
            # One message there and one back for a look, instead of four.
            connection = connection.execution_options(isolation_level="AUTOCOMMIT")
        self._check(connection, place)
        while not self._stopped.is_set():
            rows = connection.execute(self._query, values_of(place, BATCH)).all()
            connection.rollback()
            self._answered = time.monotonic()
            if rows:
                self._take(rows)
                self._place = place = place_of(rows, place)
            elif self._answered - self._checked > CHECK_S:
                self._check(connection, place)
            self._succeeded()
            if len(rows) < BATCH:
                self._even = time.monotonic()
                self._caught_up.set()
                TAIL_BEHIND.labels(self._name).set(0.0)
                self._stopped.wait(self._poll_s)
            else:
                TAIL_BEHIND.labels(self._name).set(self.behind_s)

    def _check(self, connection: Connection, place: Place) -> None:
        given = last_given(connection, self._dialect)
        connection.rollback()
        self._checked = time.monotonic()
        if given < place.offset:
            raise EventLogWentBack(f"Read up to offset {place.offset}, and the log has given {given}.")

    def _take(self, rows: Sequence[sa.Row[Any]]) -> None:
        wanted = [row for row in rows if row.data is not None]
        if wanted:
            offsets, kinds, subjects, times, _, data = map(list, zip(*wanted, strict=True))
            self._deliver(Columns(offsets, kinds, subjects, times, data))
            TAIL_RECORDS.labels(self._name).inc(len(wanted))

    def _failed(self, code: str, detail: str) -> None:
        if code != self._failing:
            log.warning("log_tail_waits", tail=self._name, code=code, detail=detail, position=self.position)
        self._failing = code
        TAIL_BEHIND.labels(self._name).set(self.behind_s)

    def _succeeded(self) -> None:
        if self._failing:
            log.info("log_tail_goes_on", tail=self._name, position=self.position)
        self._failing = ""
