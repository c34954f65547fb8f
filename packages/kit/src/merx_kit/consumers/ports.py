"""What a consumer is, and what it may say."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol, Self

from sqlalchemy.engine import Connection


class StoreAway(Exception):
    """A store that the consumer writes to does not answer; the same batch may work later."""


class Fenced(Exception):
    """Somebody else has moved the consumer's offset: what is in memory is worth nothing."""


class Poison(NamedTuple):
    """A record that can never be taken in, as far as this version knows."""

    offset: int
    reason: str


class Batch(NamedTuple):
    """Records of the consumer's types by column, in the order of their offsets: times in microseconds since 1970, data
    as JSON. `recorded_us` never falls."""

    offsets: list[int]
    types: list[str]
    subjects: list[str | None]
    times_us: list[int | None]
    recorded_us: list[int]
    data: list[bytes]

    def at(self, places: Sequence[int]) -> Self:
        """The records at these places of the batch."""
        columns: tuple[list[Any], ...] = tuple(self)
        return type(self)(*([column[place] for place in places] for column in columns))


class Consumer(Protocol):
    """One reader of the log. Its methods are called from one thread, and by one process at a time.

    After any error the runner calls `resume` and gives everything beyond the stored offset again, so that `apply` and
    `flush` may be repeated at any time: what they write elsewhere is absolute, never "one more".
    """

    @property
    def name(self) -> str:
        """The key of its offset and of its state; never changes."""
        ...

    @property
    def types(self) -> Sequence[str]:
        """The record types that it reads."""
        ...

    @property
    def checkpoint_s(self) -> float:
        """How long effects may run ahead of the stored offset; 0 stores it with every batch."""
        ...

    def resume(self, state: Mapping[str, bytes], offset: int) -> None:
        """Forgets what is in memory and takes up the state as it was stored with `offset`."""
        ...

    def apply(self, batch: Batch) -> Sequence[Poison]:
        """Takes the records in, and returns those that it had to leave out. Raises StoreAway."""
        ...

    def flush(self) -> None:
        """Writes what waited for the checkpoint, elsewhere. Raises StoreAway."""
        ...

    def save(self, connection: Connection, offset: int) -> Mapping[str, bytes | None]:
        """Effects in SQL, in the transaction that stores `offset`; returns the state that changed (None: gone)."""
        ...
