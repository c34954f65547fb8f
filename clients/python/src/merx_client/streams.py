"""Server-sent events with data of a known type."""

from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Streamed(Generic[T]):
    """One event; after a break, `last_event_id=id` goes on behind it."""

    id: str
    name: str
    data: T
