"""What a handler knows of the request beside its body."""

import math
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from starlette.datastructures import Headers, QueryParams

from merx_kit.deadline import Deadline

Scope = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Rate:
    """Requests a second, and how many may come at once."""

    per_s: float
    burst: int

    def __post_init__(self) -> None:
        if not 0.0 < self.per_s < math.inf or self.burst < 1:
            raise ValueError("a rate is above 0 requests a second, with a burst of at least 1")


class Principal:
    """Who calls, what they may do (the scope "*" allows everything), and how often, where their credentials say so."""

    __slots__ = ("id", "rate", "scopes")

    def __init__(self, id: str, scopes: frozenset[str], rate: Rate | None = None) -> None:  # noqa: A002
        self.id = id
        self.scopes = scopes
        self.rate = rate

    def may(self, scope: str) -> bool:
        return scope in self.scopes or "*" in self.scopes


ANONYMOUS = Principal("anonymous", frozenset())
"""The caller of an endpoint that asks for no scope."""

EVERYBODY = Principal("embedded", frozenset({"*"}))
"""The caller where auth is off."""


class RequestContext:
    """`path` and `query` are structs where the endpoint declares them; the raw parameters are always there."""

    __slots__ = ("_leave", "deadline", "path", "path_params", "principal", "query", "request_id", "scope", "trace_id")

    def __init__(self, scope: Scope, request_id: str, path_params: Mapping[str, str]) -> None:
        self.scope = scope
        self.request_id = request_id
        self.path_params = path_params
        self.path: Any = None
        self.query: Any = None
        self.principal = ANONYMOUS
        self.deadline = Deadline(float("inf"))
        self.trace_id = ""
        self._leave: Callable[[], None] | None = None

    def hold_place(self, leave: Callable[[], None]) -> None:
        """The request has a place in admission control, which `leave` gives back."""
        self._leave = leave

    def leave_place(self) -> None:
        """Gives the place back, once however often it is called: early, where what is left is waiting and no work."""
        leave, self._leave = self._leave, None
        if leave is not None:
            leave()

    @property
    def headers(self) -> Headers:
        return Headers(scope=dict(self.scope))

    @property
    def query_params(self) -> QueryParams:
        return QueryParams(self.scope["query_string"])


CURRENT: ContextVar[RequestContext | None] = ContextVar("merx_request", default=None)
"""The request that this task answers; logs take its id from here."""


def leave_place() -> None:
    """From here on this task's request waits (for a commit, say) and does no work: another may take its place."""
    context = CURRENT.get()
    if context is not None:
        context.leave_place()
