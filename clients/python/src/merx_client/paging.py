"""Lists that come page by page, each with the cursor of the next."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import TypeVar, cast

Page = TypeVar("Page")
Cursor = TypeVar("Cursor", str, int)


def pages(fetch: Callable[[Cursor], Page], follows: Callable[[Page], object], *, first: Cursor) -> Iterator[Page]:
    """Every page, each fetched when it is wanted: `fetch` gives the one at a cursor, `follows` the cursor after it.

    That is nothing ("", 0, UNSET) after the last page. `first` is the cursor of the first one: "" or 0.
    """
    cursor = first
    while True:
        page = fetch(cursor)
        yield page
        if not (following := follows(page)):
            return
        cursor = cast(Cursor, following)


async def pages_async(
    fetch: Callable[[Cursor], Awaitable[Page]], follows: Callable[[Page], object], *, first: Cursor
) -> AsyncIterator[Page]:
    """As `pages`, for asyncio."""
    cursor = first
    while True:
        page = await fetch(cursor)
        yield page
        if not (following := follows(page)):
            return
        cursor = cast(Cursor, following)
