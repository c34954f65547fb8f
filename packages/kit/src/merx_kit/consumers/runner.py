"""One consumer at work in a thread of its own: read, apply, store the offset with the effect, start over on errors."""

import threading
import time
from collections.abc import Collection, Sequence

import structlog

from merx_kit.consumers import metrics
from merx_kit.consumers.feed import Feed, own_feed
from merx_kit.consumers.ledger import Bookmark, Ledger
from merx_kit.consumers.ports import Batch, Consumer, Fenced, Poison, StoreAway
from merx_kit.eventlog.errors import EventLogError
from merx_kit.eventlog.log import EventLog
from merx_kit.eventlog.looking import Place

log = structlog.get_logger(__name__)

LIMIT = 5_000
BUSY_S, IDLE_S, CALM = 0.005, 0.04, 20
"""Between two looks at a log that moves, at one that does not, and how many empty looks lead from one to the other."""
A_RECORD_S, FULL_S = 0.0002, 0.05
"""The more came with a look, the longer until the next: many small batches cost more than a few large ones."""
LOOK_AROUND_S = 1.0
"""How often a runner sees that an operator moved its offset, and one that stands by whether the active one is gone."""
FIRST_RETRY_S, LAST_RETRY_S = 0.1, 5.0
MOST_IN_A_ROW = 50
"""Records that fail one after the other before the consumer is taken to be at fault, and waits instead of going on."""


class Runner:
    """Runs `consumer` while this process holds its lock, and stands by while another does.

    Whatever goes wrong, the consumer takes up its stored state and goes on from the stored offset; a batch that fails
    for no known reason is cut in half until the one record stands alone that cannot be taken in, which is set aside.
    """

    def __init__(self, source: EventLog, consumer: Consumer, *, limit: int = LIMIT) -> None:
        self.name = consumer.name
        self._log = source
        self._consumer = consumer
        self._ledger = Ledger(source, consumer.name)
        self._most = self._limit = limit
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"consumer-{self.name}", daemon=True)
        self._mark = Bookmark(0, 0)
        self._reported: list[Poison] = []
        self._found: dict[int, Poison] = {}
        self._in_a_row = 0
        self._place = Place(0)
        self._dirty = False
        self._saved_at = self._looked_at = self._even_at = time.monotonic()
        self._at_work: Batch | None = None
        self.poison = 0
        """How many records are set aside, as last seen."""
        self.waiting = ""
        """Why it cannot go on just now, as a code; empty where all is well."""
        self.active = False

    def start(self) -> None:
        self._thread.start()

    def stop(self, timeout_s: float = 10.0) -> None:
        """Finishes the batch, stores the offset and lets go of the lock, for at most `timeout_s`."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout_s)

    @property
    def alive(self) -> bool:
        return self._thread.is_alive()

    @property
    def position(self) -> int:
        """The offset up to which records are applied, stored or not."""
        return self._place.offset

    def _run(self) -> None:
        pause_s = FIRST_RETRY_S
        while not self._stopping.is_set():
            began = time.monotonic()
            self._attempt()
            self._active(False)
            if self.waiting:
                metrics.LAG_SECONDS.labels(self.name).set(time.monotonic() - self._even_at)
                pause_s = FIRST_RETRY_S if began < time.monotonic() - LAST_RETRY_S else pause_s
                self._stopping.wait(pause_s)
                pause_s = min(pause_s * 2, LAST_RETRY_S)
            else:
                pause_s = FIRST_RETRY_S

    def _attempt(self) -> None:
        """Works until stopped or until something fails; says in `waiting` why."""
        try:
            with own_feed(self._log, self.name, self._consumer.types) as feed:
                if feed is None:
                    self.waiting = ""
                    self._stopping.wait(LOOK_AROUND_S)
                    return
                self._resume()
                feed.check(self._place)
                self._follow(feed)
                self._checkpoint()
        except Fenced as error:
            self._failed("moved", error, wait=False)
        except StoreAway as error:
            self._failed("store_unavailable", error)
        except EventLogError as error:
            self._failed(error.code, error)
        except Exception as error:
            narrowed = self._narrowed(error)
            if not narrowed or self._limit == 1:
                log.exception("consumer_failed", consumer=self.name, position=self.position)
            self._failed("failed", error, wait=not narrowed)

    def _resume(self) -> None:
        mark, state = self._ledger.open()
        self._consumer.resume(state, mark.offset)
        self._mark, self._place, self._dirty = mark, Place(mark.offset), False
        self._reported = []
        self._saved_at = self._looked_at = time.monotonic()
        self._active(True)
        log.info("consumer_runs", consumer=self.name, offset=mark.offset, states=len(state))

    def _follow(self, feed: Feed) -> None:
        empty = 0
        while not self._stopping.is_set():
            reading = feed.read(self._place, self._limit)
            if reading.batch.offsets:
                self._apply(reading.batch)
            if reading.looked_at:
                self._place, self._dirty = reading.end, True
            self._answered()
            full = reading.looked_at >= self._limit
            self._tell(feed, reading.batch.recorded_us, behind=full)
            if self._due():
                self._checkpoint()
            self._look_around(feed)
            empty = 0 if reading.looked_at else empty + 1
            if not full:
                self._stopping.wait(_pause_s(reading.looked_at, empty))

    def _apply(self, batch: Batch) -> None:
        wanted = _without(batch, self._found.keys())
        self._at_work = wanted
        self._reported += self._consumer.apply(wanted)
        self._at_work = None
        self._in_a_row = 0 if wanted.offsets else self._in_a_row
        metrics.BATCHES.labels(self.name).inc()
        metrics.RECORDS.labels(self.name).inc(len(wanted.offsets))

    def _due(self) -> bool:
        """Careful after a failure: then every batch is stored by itself, and batches grow again."""
        if not self._dirty:
            return False
        if self._limit < self._most:
            self._limit = min(self._limit * 2, self._most)
            return True
        return time.monotonic() - self._saved_at >= self._consumer.checkpoint_s

    def _checkpoint(self) -> None:
        if not self._dirty:
            return
        self._consumer.flush()
        passed = [poison for offset, poison in self._found.items() if offset <= self.position]
        poison = [*self._reported, *passed]
        self._mark = self._ledger.save(self._mark, self.position, effect=self._consumer.save, poison=poison)
        if poison:
            log.warning("records_set_aside", consumer=self.name, records=len(poison), first=poison[0]._asdict())
            self._set_aside(self.poison + len(poison))
        self._reported, self._dirty, self._saved_at = [], False, time.monotonic()
        for offset, _ in passed:
            del self._found[offset]
        metrics.OFFSET.labels(self.name).set(self.position)

    def _set_aside(self, records: int) -> None:
        self.poison = records
        metrics.POISON.labels(self.name).set(records)

    def _look_around(self, feed: Feed) -> None:
        """Now and then: was the offset moved, and is there something to try again?"""
        if time.monotonic() - self._looked_at < LOOK_AROUND_S:
            return
        self._looked_at = time.monotonic()
        if self._ledger.bookmark() != self._mark:
            raise Fenced("the offset was moved")
        feed.check(self._place)
        again, known = self._ledger.poison()
        self._set_aside(known)
        if again:
            self._try_again(feed, again)

    def _try_again(self, feed: Feed, offsets: Sequence[int]) -> None:
        self._checkpoint()
        still: list[Poison] = []
        batch = feed.read_at(offsets)
        gone = set(offsets) - set(batch.offsets)
        still += [Poison(offset, "the log no longer has it") for offset in sorted(gone)]
        for place, offset in enumerate(batch.offsets):
            try:
                still += self._consumer.apply(batch.at([place]))
            except StoreAway:
                raise
            except Exception as error:
                # Half applied perhaps: what was good among the others is tried again with the next look.
                self._ledger.settle(self._mark, tried=[offset], effect=_nothing, poison=[_poison(offset, error)])
                raise Fenced(f"record {offset} still cannot be taken in") from error
        self._consumer.flush()
        self._mark = self._ledger.settle(self._mark, tried=offsets, effect=self._consumer.save, poison=still)
        log.info("records_tried_again", consumer=self.name, tried=len(offsets), still=len(still))

    def _narrowed(self, error: Exception) -> bool:
        """After a failure of the consumer itself: whether the next attempt comes closer to the record at fault."""
        batch, self._at_work = self._at_work, None
        if batch is None or not batch.offsets:
            return False
        if len(batch.offsets) > 1:
            self._limit = max(1, len(batch.offsets) // 2)
            return True
        self._limit = 1
        self._in_a_row += 1
        if self._in_a_row > MOST_IN_A_ROW:
            return False
        self._found[batch.offsets[0]] = _poison(batch.offsets[0], error)
        return True

    def _tell(self, feed: Feed, recorded_us: Sequence[int], *, behind: bool) -> None:
        if behind:
            metrics.LAG_RECORDS.labels(self.name).set(max(feed.head() - self.position, 0))
        else:
            self._even_at = time.monotonic()
            metrics.LAG_RECORDS.labels(self.name).set(0)
        if recorded_us or not behind:
            lag_s = time.time() - recorded_us[-1] / 1e6 if recorded_us and behind else 0.0
            metrics.LAG_SECONDS.labels(self.name).set(max(lag_s, 0.0))

    def _answered(self) -> None:
        if self.waiting:
            log.info("consumer_goes_on", consumer=self.name, position=self.position)
        self.waiting = ""

    def _failed(self, reason: str, error: Exception, *, wait: bool = True) -> None:
        metrics.ERRORS.labels(self.name, reason).inc()
        if reason != self.waiting:
            log.warning(
                "consumer_waits" if wait else "consumer_starts_over",
                consumer=self.name,
                reason=reason,
                detail=str(error),
                offset=self._mark.offset,
            )
        self.waiting = reason if wait else ""

    def _active(self, active: bool) -> None:
        self.active = active
        metrics.ACTIVE.labels(self.name).set(int(active))


def _pause_s(records: int, empty: int) -> float:
    return IDLE_S if empty >= CALM else min(max(records * A_RECORD_S, BUSY_S), FULL_S)


def _poison(offset: int, error: Exception) -> Poison:
    return Poison(offset, f"{type(error).__name__}: {error}")


def _nothing(_connection: object, _offset: int) -> dict[str, bytes | None]:
    return {}


def _without(batch: Batch, offsets: Collection[int]) -> Batch:
    if not offsets:
        return batch
    return batch.at([place for place, offset in enumerate(batch.offsets) if offset not in offsets])
