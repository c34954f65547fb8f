"""The HTTP face of a service: endpoints declared once, served by a raw ASGI layer and described by OpenAPI."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypedDict, Unpack

from merx_kit.errors import MerxError
from merx_kit.http.context import RequestContext
from merx_kit.http.health import Health
from merx_kit.settings import ServiceSettings

Handler = Callable[[Any, RequestContext], Awaitable[object]]
"""Takes the decoded body (None where the endpoint declares no `request`), gives a struct, a `Reply`, or None (204)."""

ASGIApp = Callable[[Any, Any, Any], Awaitable[None]]
Hook = Callable[[], Awaitable[None]]


class EndpointOptions(TypedDict, total=False):
    request: type
    """msgspec struct of the body."""
    response: type
    path: type
    """msgspec struct of the path parameters; else they are plain strings in `context.path_params`."""
    query: type
    """msgspec struct of the query parameters, into `context.query`."""
    scope: str
    """What the caller must be allowed; absent: open to everybody."""
    summary: str
    description: str
    tags: Sequence[str]
    examples: Mapping[str, object]
    """Request bodies by name."""
    response_examples: Mapping[str, object]
    errors: Sequence[type[MerxError]]
    """The handler's own refusals; the common ones are described without being named."""
    status: int
    idempotent: bool
    """The caller must send `Idempotency-Key`; a repeat gets the first answer."""
    deadline_ms: int
    body_limit_bytes: int
    admission: bool
    """False: never queued nor refused (cheap endpoints that must answer under overload)."""


class Api:
    def __init__(
        self, *, title: str, version: str, settings: ServiceSettings, health: Health | None = None, description: str = ""
    ) -> None:
        self.title = title
        self.version = version
        self.settings = settings
        self.health = health or Health()
        self.description = description

    def get(self, path: str, handler: Handler, **options: Unpack[EndpointOptions]) -> None:
        raise NotImplementedError

    def post(self, path: str, handler: Handler, **options: Unpack[EndpointOptions]) -> None:
        raise NotImplementedError

    def put(self, path: str, handler: Handler, **options: Unpack[EndpointOptions]) -> None:
        raise NotImplementedError

    def delete(self, path: str, handler: Handler, **options: Unpack[EndpointOptions]) -> None:
        raise NotImplementedError

    def on_startup(self, hook: Hook) -> None:
        raise NotImplementedError

    def on_shutdown(self, hook: Hook) -> None:
        raise NotImplementedError

    def background(self, name: str, task: Hook) -> None:
        """Run `task` while the service runs; a crash is logged, counted, and the task started again."""
        raise NotImplementedError

    def build(self, fallback: ASGIApp | None = None) -> ASGIApp:
        """The ASGI app; paths it does not know go to `fallback` (an engine's own app) where there is one."""
        raise NotImplementedError
