"""What the use cases need from outside, named for the need."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from merx_core.contracts.pricing import AuditPage, AuditQuery
from merx_models.pricing.book import PriceBook
from merx_pricing.domain import FactTable, Given


@dataclass(frozen=True, slots=True, eq=False)
class Standing:
    """The price book in service, and how answers name it ("pricing/7"); none before the first."""

    book: PriceBook | None
    version: str = ""


class Books(Protocol):
    def current(self) -> Standing: ...

    @property
    def degraded(self) -> tuple[str, ...]:
        """Why the book is not the one asked for."""
        ...


class Knowledge(Protocol):
    """The facts of the log, kept up with it."""

    @property
    def table(self) -> FactTable: ...

    @property
    def degraded(self) -> tuple[str, ...]:
        """Why they may not be as the log has them."""
        ...


class Audit(Protocol):
    async def write(self, given: Sequence[Given]) -> None:
        """Returns when all of it is committed. Raises AuditUnavailable, and then none of it may leave."""
        ...

    async def page(self, query: AuditQuery) -> AuditPage:
        """Raises AuditUnavailable."""
        ...
