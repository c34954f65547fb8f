"""Lists that come page by page, each with the cursor of the next."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Protocol, TypeVar


class Page(Protocol):
    """Any answer that is a page of a list."""

    @property
    def next_cursor(self) -> object:
        """Absent ("", UNSET) on the last page."""


P = TypeVar("P", bound=Page)


def pages(fetch: Callable[[str], P]) -> Iterator[P]:
    """Every page, each fetched when it is wanted: `fetch` gives the one at a cursor, "" for the first."""
    cursor = ""
    while True:
        page = fetch(cursor)
        yield page
        if not page.next_cursor:
            return
        cursor = str(page.next_cursor)


async def pages_async(fetch: Callable[[str], Awaitable[P]]) -> AsyncIterator[P]:
    """As `pages`, for asyncio."""
    cursor = ""
    while True:
        page = await fetch(cursor)
        yield page
        if not page.next_cursor:
            return
        cursor = str(page.next_cursor)
