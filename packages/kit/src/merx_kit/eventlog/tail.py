"""Following the log as it grows: a short query every few milliseconds, from a thread of its own."""

import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy.engine import Connection

from merx_kit.eventlog.database import Postgres, dialect_of
from merx_kit.eventlog.errors import EventLogError, translated
from merx_kit.eventlog.log import EventLog
from merx_kit.eventlog.metrics import TAIL_BEHIND, TAIL_RECORDS
from merx_kit.eventlog.records import Columns
from merx_kit.eventlog.schema import event_log

log = structlog.get_logger(__name__)

POLL_S = 0.01
BATCH = 2_000
PATIENCE_S = 1.0
"""A log that has not answered for this long is away, whether it refuses or hangs."""
FIRST_RETRY_S = 0.05
LAST_RETRY_S = 1.0

Deliver = Callable[[Columns], None]
Begin = Callable[[], int]


class LogTail:
    """Gives every record of `types` beyond the offset that `begin` returns to `deliver`, once and in order.

    `begin` runs in the tail's thread and may itself read the log; it is called again until it succeeds. `deliver` runs
    there too, and a batch counts as delivered when it returns. While the database is away nothing is lost: the tail
    goes on from its offset. One query a look, which carries the data of the wanted types alone: a tail that skipped
    the others in SQL would look at them again and again until one of its own came.
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
        self._query = _query(source, types)
        self._poll_s = poll_s
        self._name = name
        self._stopped = threading.Event()
        self._caught_up = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"merx-{name}", daemon=True)
        self._position: int | None = None
        self._answered = self._even = time.monotonic()
        self._failing = ""

    @property
    def position(self) -> int | None:
        """The offset of the last record that was read, whatever its type; None before `begin` has succeeded."""
        return self._position

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
                if self._position is None:
                    self._position = self._begin()
                with translated(self._log.url), self._log.engine.connect() as connection:
                    self._follow(connection)
            except EventLogError as error:
                self._failed(error.code, str(error))
            except Exception as error:
                log.exception("log_tail_failed", tail=self._name, position=self._position)
                self._failed("delivery_failed", str(error))
            delay_s = FIRST_RETRY_S if not self._failing else min(delay_s * 2, LAST_RETRY_S)
            self._stopped.wait(delay_s)

    def _follow(self, connection: Connection) -> None:
        if isinstance(dialect_of(self._log.url), Postgres):
            # One message there and one back for a look, instead of four.
            connection = connection.execution_options(isolation_level="AUTOCOMMIT")
        while not self._stopped.is_set():
            rows = connection.execute(self._query, {"after": self._position}).all()
            connection.rollback()
            self._answered = time.monotonic()
            if rows:
                self._take(rows)
            self._succeeded()
            if len(rows) < BATCH:
                self._even = time.monotonic()
                self._caught_up.set()
                TAIL_BEHIND.labels(self._name).set(0.0)
                self._stopped.wait(self._poll_s)
            else:
                TAIL_BEHIND.labels(self._name).set(self.behind_s)

    def _take(self, rows: Sequence[sa.Row[Any]]) -> None:
        wanted = [tuple(row) for row in rows if row.data is not None]
        if wanted:
            offsets, kinds, subjects, times, data = map(list, zip(*wanted, strict=True))
            self._deliver(Columns(offsets, kinds, subjects, times, data))
            TAIL_RECORDS.labels(self._name).inc(len(wanted))
        self._position = int(rows[-1][0])

    def _failed(self, code: str, detail: str) -> None:
        if code != self._failing:
            log.warning("log_tail_waits", tail=self._name, code=code, detail=detail, position=self._position)
        self._failing = code
        TAIL_BEHIND.labels(self._name).set(self.behind_s)

    def _succeeded(self) -> None:
        if self._failing:
            log.info("log_tail_goes_on", tail=self._name, position=self._position)
        self._failing = ""


def _query(source: EventLog, types: Sequence[str]) -> sa.Select[Any]:
    """Every readable row beyond `after`, by offset; its data only where the type is wanted."""
    table = event_log.c
    data = sa.case((table.type.in_([str(name) for name in types]), table.data)).label("data")
    columns = (table.log_offset, table.type, table.subject, table.time_us, data)
    return (
        sa.select(*columns)
        .where(table.log_offset > sa.bindparam("after", type_=sa.BigInteger), dialect_of(source.url).readable())
        .order_by(table.log_offset)
        .limit(BATCH)
    )
