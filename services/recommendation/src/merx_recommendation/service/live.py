"""Lists that move with their shoppers: after a click, when a product goes, when another model serves."""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import blake2b

import structlog

from merx_core.features.sessions import Session, Touch, advance
from merx_recommendation.domain import Listing, Query
from merx_recommendation.errors import TooManyStreams
from merx_recommendation.metrics import LIVE_LISTS, LIVE_SECONDS, LIVE_SHOPPERS, LIVE_WAITING
from merx_recommendation.service.channel import Channel, Encode, Reader
from merx_recommendation.service.recommender import Known, Recommender

log = structlog.get_logger(__name__)

SEED_SECONDS = 3_600
"""For so long a shopper who comes back is drawn the same products, and so finds an unchanged list unchanged."""
_SENT, _UNCHANGED, _FAILED = (LIVE_LISTS.labels(outcome) for outcome in ("sent", "unchanged", "failed"))


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveOptions:
    """`spacing_s` lies at least between two lists of a shopper; a shopper's row is read again, on a click, after
    `profile_s`."""

    spacing_s: float = 0.2
    streams: int = 1_000
    keep_alive_s: float = 15.0
    profile_s: float = 60.0
    comment: bytes = b":\n\n"


@dataclass(slots=True, eq=False)
class Shopper:
    """Somebody with an open stream: the row of the feature store, the session since, and their lists."""

    profile_id: str | None
    known: Known | None = None
    read_s: float = 0.0
    session: Session | None = None
    channels: dict[Query, Channel] = field(default_factory=dict)
    opening: int = 0
    free_s: float = 0.0
    """From when on the next list may leave (monotonic)."""
    marked_s: float | None = None
    """When the change came in that the lists do not show yet."""
    reading: asyncio.Lock = field(default_factory=asyncio.Lock)


class LiveLists:
    """Every open stream of this process. It works on the event loop, one list a turn, so that requests come between;
    a shopper waits in the queue once, however much happens, and is given what is newest when the turn comes."""

    def __init__(
        self,
        recommender: Recommender,
        *,
        encode: Encode,
        options: LiveOptions | None = None,
        earlier: Callable[[str], Iterable[Touch]] = lambda _: (),
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`earlier` gives what a shopper did in the last seconds, which the feature store may not know yet."""
        self._recommender = recommender
        self._encode = encode
        self.options = options or LiveOptions()
        self._earlier = earlier
        self._clock = clock
        self._shoppers: dict[str | None, Shopper] = {}
        self._due: deque[Shopper] = deque()
        self._working = False
        self._open = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._background: set[asyncio.Task[None]] = set()

    @property
    def watched(self) -> Mapping[str | None, object]:
        """The profiles with an open stream; to be asked with `in`, from any thread."""
        return self._shoppers

    async def open(self, query: Query, *, last_id: str = "", budget_s: float = 1.0) -> Reader:
        """A stream of the lists of `query`, without the one that `last_id` names if it is still the newest. Raises
        TooManyStreams."""
        if self._open >= self.options.streams:
            raise TooManyStreams(f"This replica holds {self._open} open streams.", retry_after_seconds=5)
        self._loop = asyncio.get_running_loop()
        self._open += 1
        shopper = self._shoppers.setdefault(query.profile_id, Shopper(query.profile_id))
        shopper.opening += 1
        LIVE_SHOPPERS.set(len(self._shoppers))
        try:
            await self._read(shopper, query, budget_s)
            key = replace(query, request_id="", recent=())
            channel = shopper.channels.setdefault(key, Channel(replace(query, seed=self._seed(key), recent=())))
            if channel.newest is None:
                self._make(shopper, channel)
            channel.readers += 1
        except BaseException:
            self._open -= 1
            shopper.opening -= 1
            self._forget(shopper)
            raise
        shopper.opening -= 1

        def left() -> None:
            self._open -= 1
            channel.readers -= 1
            if not channel.readers:
                shopper.channels.pop(key, None)
            self._forget(shopper)

        options = self.options
        return Reader(channel, last_id, keep_alive_s=options.keep_alive_s, comment=options.comment, left=left)

    def tell(self, touches: Sequence[tuple[str, Touch]], listings: Sequence[Listing] = ()) -> None:
        """What shoppers did and what the log says of products; from any thread."""
        gone = frozenset(listing.product_id for listing in listings if listing.gone)
        changed = frozenset(listing.product_id for listing in listings)
        self._call(lambda: self._take(touches, gone, changed))

    def make_all_anew(self) -> None:
        """Another model, another snapshot, or something missing that was not: every list may be another. From any
        thread."""
        self._call(self._mark_all)

    def _call(self, work: Callable[[], None]) -> None:
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(work)

    def _take(self, touches: Sequence[tuple[str, Touch]], gone: frozenset[str], changed: frozenset[str]) -> None:
        for profile_id, touch in touches:
            shopper = self._shoppers.get(profile_id)
            if shopper is not None:
                shopper.session = advance(shopper.session, touch, self._now_us()) or shopper.session
                self._mark(shopper)
        if changed:
            for shopper in self._shoppers.values():
                if any(channel.touched(gone, changed) for channel in shopper.channels.values()):
                    self._mark(shopper)

    def _mark_all(self) -> None:
        for shopper in self._shoppers.values():
            self._mark(shopper)

    def _mark(self, shopper: Shopper) -> None:
        """The shopper's lists are made as soon as a list may leave; until then further marks change nothing."""
        if shopper.marked_s is not None or self._loop is None:
            return
        now = time.monotonic()
        shopper.marked_s = now
        if shopper.free_s <= now:
            self._queue(shopper)
        else:
            self._loop.call_later(shopper.free_s - now, self._queue, shopper)

    def _queue(self, shopper: Shopper) -> None:
        self._due.append(shopper)
        if not self._working and self._loop is not None:
            self._working = True
            self._loop.call_soon(self._work)

    def _work(self) -> None:
        """One shopper; the next one in the loop's next turn, after whatever else is ready."""
        shopper = self._due.popleft()
        LIVE_WAITING.set(len(self._due))
        try:
            self._serve(shopper)
        except Exception:
            _FAILED.inc()
            log.exception("live_list_failed", profile_id=shopper.profile_id)
        if self._due and self._loop is not None:
            self._loop.call_soon(self._work)
        else:
            self._working = False

    def _serve(self, shopper: Shopper) -> None:
        marked_s, shopper.marked_s = shopper.marked_s, None
        if not shopper.channels:
            return
        for channel in shopper.channels.values():
            self._make(shopper, channel)
        if marked_s is not None:
            LIVE_SECONDS.observe(time.monotonic() - marked_s)
        if time.monotonic() - shopper.read_s > self.options.profile_s and shopper.profile_id is not None:
            shopper.read_s = time.monotonic()
            task = asyncio.ensure_future(self._read_again(shopper))
            self._background.add(task)
            task.add_done_callback(self._background.discard)

    def _make(self, shopper: Shopper, channel: Channel) -> None:
        query = replace(channel.query, recent=tuple(shopper.session.products()) if shopper.session else ())
        made = self._recommender.make(query, shopper.known or Known.nobody())
        sent = channel.publish(
            made.picks, encode=self._encode, note=lambda numbered: self._recommender.note(numbered, made)
        )
        (_SENT if sent else _UNCHANGED).inc()
        shopper.free_s = time.monotonic() + self.options.spacing_s

    async def _read(self, shopper: Shopper, query: Query, budget_s: float) -> None:
        """The row of the feature store, once; then what the session is known to hold, oldest first."""
        async with shopper.reading:
            if shopper.known is not None:
                return
            known = await self._recommender.look_up(shopper.profile_id, budget_s=budget_s)
            self._take_row(shopper, known, query.recent)

    def _take_row(self, shopper: Shopper, known: Known, recent: Sequence[str] = ()) -> None:
        """The session starts from the row and goes on with what this process saw itself."""
        now_us = self._now_us()
        session = Session(now_us, now_us)
        for place, product_id in enumerate(dict.fromkeys((*known.profile.recent_ids, *recent))):
            session.touched[product_id] = (0, 0, place)
        if shopper.session is not None:
            session.touched |= shopper.session.touched
        for touch in self._earlier(shopper.profile_id) if shopper.profile_id is not None else ():
            session.fold(touch)
        shopper.session = session
        # A store that did not answer is asked again on the next click.
        shopper.read_s = 0.0 if known.lacking else time.monotonic()
        # The session holds them from here on, and lets go of them when it ends.
        shopper.known = replace(known, profile=replace(known.profile, recent_ids=()))

    async def _read_again(self, shopper: Shopper) -> None:
        known = await self._recommender.look_up(shopper.profile_id, budget_s=1.0)
        if known.lacking and shopper.known is not None and not shopper.known.lacking:
            return  # an older row is better than none
        self._take_row(shopper, known)
        self._mark(shopper)

    def _now_us(self) -> int:
        return int(self._clock() * 1e6)

    def _seed(self, key: Query) -> str:
        text = repr((key, int(self._clock()) // SEED_SECONDS))
        return blake2b(text.encode(errors="surrogatepass"), digest_size=8).hexdigest()

    def _forget(self, shopper: Shopper) -> None:
        if not shopper.channels and not shopper.opening and self._shoppers.get(shopper.profile_id) is shopper:
            del self._shoppers[shopper.profile_id]
            LIVE_SHOPPERS.set(len(self._shoppers))
