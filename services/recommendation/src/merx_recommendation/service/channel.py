"""One list that moves, and those who read it: each reader is given the newest list and never an older one."""

import asyncio
from collections.abc import AsyncIterator, Callable, Set
from dataclasses import dataclass, field, replace

from merx_recommendation.domain import Picks, Query, fingerprint


@dataclass(slots=True, eq=False)
class LiveList:
    """A list as it is sent: encoded once for all readers, noted when the first of them takes it."""

    id: str
    chunk: bytes
    shown: Set[str]
    note: Callable[[], None]
    _taken: bool = False

    def take(self) -> bytes:
        if not self._taken:
            self._taken = True
            self.note()
        return self.chunk


Encode = Callable[[Picks, str, str], bytes]
"""A list, the id of the request that it answers, and the id of the event: as bytes on the wire."""


@dataclass(slots=True, eq=False)
class Channel:
    """The list of one shopper under one query. `newest` is None until it was made for the first time."""

    query: Query
    newest: LiveList | None = None
    made: int = 0
    readers: int = 0
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    def publish(self, picks: Picks, *, encode: Encode, note: Callable[[Query], None]) -> bool:
        """Puts the list before the readers, where it is another one than they have; False where it is not."""
        name = fingerprint(picks)
        if self.newest is not None and self.newest.id == name:
            return False
        self.made += 1
        query, request_id = self.query, f"{self.query.request_id}/{self.made}"
        chunk = encode(picks, request_id, name)
        shown = frozenset(pick.product_id for pick in picks.items)
        self.newest = LiveList(name, chunk, shown, lambda: note(replace(query, request_id=request_id)))
        news, self._news = self._news, asyncio.Event()
        news.set()
        return True

    async def change(self, seen: str) -> None:
        """Returns when there is a list other than `seen`."""
        while self.newest is None or self.newest.id == seen:
            await self._news.wait()

    def touched(self, gone: Set[str], changed: Set[str]) -> bool:
        """Whether a change of the catalogue may take a product out of the list that is shown."""
        if self.newest is None:
            return False
        rules = self.query.rules
        narrow = rules.categories or rules.exclude_categories or rules.price_min or rules.price_max is not None
        return not self.newest.shown.isdisjoint(changed if narrow else gone)


class Reader(AsyncIterator[bytes]):
    """One open stream; it holds its place and no list, so that it costs the same however slowly it reads."""

    def __init__(
        self, channel: Channel, seen: str, *, keep_alive_s: float, comment: bytes, left: Callable[[], None]
    ) -> None:
        self._channel = channel
        self._seen = seen
        self._keep_alive_s = keep_alive_s
        self._comment = comment
        self._left: Callable[[], None] | None = left
        self._begun = False

    async def __anext__(self) -> bytes:
        """The newest list where it is another one than the last; after a while a comment, which keeps the way open.

        A reader that comes back to an unchanged list is told so at once by a comment.
        """
        newest = self._channel.newest
        if newest is None or newest.id == self._seen:
            if not self._begun:
                self._begun = True
                return self._comment
            try:
                async with asyncio.timeout(self._keep_alive_s):
                    await self._channel.change(self._seen)
            except TimeoutError:
                return self._comment
            newest = self._channel.newest
        self._begun = True
        if newest is None:
            return self._comment
        self._seen = newest.id
        return newest.take()

    async def aclose(self) -> None:
        """Gives the place back."""
        self._leave()

    def _leave(self) -> None:
        if self._left is not None:
            self._left()
            self._left = None

    def __del__(self) -> None:
        # A stream whose client went before its first byte is never iterated, and so never closed.
        self._leave()
