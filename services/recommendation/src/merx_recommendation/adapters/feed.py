"""What comes in at the log, on its way to shelves and streams."""

import time
from collections import deque
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

import msgspec
import structlog

from merx_core.events import RecordType
from merx_core.features.sessions import TOUCHES, Touch, is_live
from merx_core.ids import profile_of
from merx_kit.eventlog import Columns, EventLog, LogTail
from merx_recommendation.adapters.changes import CATALOGUE
from merx_recommendation.adapters.shelves import ShelfKeeper
from merx_recommendation.domain import Listing
from merx_recommendation.metrics import UNREADABLE

log = structlog.get_logger(__name__)

EARLIER = 5_000
"""How many touches are kept for streams that open just after: those that the feature store may not know yet."""
START_S = 2.0
"""How long a start waits for the catalogue to be as the log has it."""

Told = Callable[[Sequence[tuple[str, Touch]], Sequence[Listing]], None]


class _Line(msgspec.Struct, gc=False):
    product_id: str


class _Event(msgspec.Struct):
    """The parts of an event that move a list."""

    type: str
    customer_id: str | None = None
    anonymous_id: str | None = None
    lines: tuple[_Line, ...] = ()


_EVENT = msgspec.json.Decoder(_Event)
_TOUCHES = frozenset(map(str, TOUCHES))


def catalogue_records(log: EventLog) -> Callable[[int], Iterator[Columns]]:
    """The catalogue records of `log` beyond an offset."""
    return lambda after: log.stream_columns(CATALOGUE, after=after)


class LogFeed:
    """Follows the log from what the snapshot in service knows; `told` hears of the touches of watched shoppers and of
    every change of the catalogue, in the feed's own thread."""

    def __init__(self, source: EventLog, shelves: ShelfKeeper, *, poll_s: float) -> None:
        self._log = source
        self._shelves = shelves
        self._earlier: deque[tuple[str, Touch]] = deque(maxlen=EARLIER)
        self._watched: Collection[str | None] | Mapping[str | None, object] = ()
        self._told: Told = lambda *_: None
        kinds = (RecordType.EVENT, *CATALOGUE)
        self._tail = LogTail(source, self._take, begin=self._begin, types=kinds, name="recommendation", poll_s=poll_s)
        self._started = False

    def tell(self, told: Told, watched: Collection[str | None] | Mapping[str | None, object]) -> None:
        """Who hears of it, and of whom."""
        self._told, self._watched = told, watched

    @property
    def available(self) -> bool:
        """Whether lists follow the log; True before the start."""
        return not self._started or self._tail.available

    def earlier(self, profile_id: str) -> list[Touch]:
        """What the shopper did just before."""
        return [touch for who, touch in list(self._earlier) if who == profile_id]

    def start(self) -> None:
        """Returns when the catalogue is as the log has it, or after START_S."""
        self._tail.start()
        self._started = True
        if not self._tail.wait_until_caught_up(START_S):
            log.warning("log_not_followed_yet", position=self._tail.position)

    def stop(self) -> None:
        if self._started:
            self._tail.stop()

    def close(self) -> None:
        """Lets the database go, once nothing else writes to the log."""
        self._log.close()

    def _begin(self) -> int:
        head = self._log.head()
        self._shelves.begin(head)
        return head

    def _take(self, columns: Columns) -> None:
        listings = self._shelves.change(columns)
        touches = list(self._touches(columns))
        self._earlier.extend(touches)
        watched = [(profile_id, touch) for profile_id, touch in touches if profile_id in self._watched]
        if watched or listings:
            self._told(watched, listings)

    def _touches(self, columns: Columns) -> Iterator[tuple[str, Touch]]:
        now_us = time.time_ns() // 1_000
        for offset, kind, time_us, data in zip(
            columns.offsets, columns.types, columns.times_us, columns.data, strict=True
        ):
            if kind != RecordType.EVENT or not is_live(time_us or now_us, now_us):
                continue
            try:
                event = _EVENT.decode(data)
            except (msgspec.MsgspecError, UnicodeDecodeError) as error:
                UNREADABLE.inc()
                log.warning("record_unreadable", offset=offset, type=kind, detail=str(error))
                continue
            profile_id = profile_of(event.customer_id, event.anonymous_id)
            if profile_id is not None and event.type in _TOUCHES and event.lines:
                products = [line.product_id for line in event.lines]
                yield profile_id, Touch(event.type, time_us or now_us, offset, products)
