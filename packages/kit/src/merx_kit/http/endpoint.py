"""One endpoint, compiled: what a request needs is looked up once, when the service starts."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypedDict

import msgspec

from merx_kit.errors import MerxError
from merx_kit.http.body import Receive, check_headers, read
from merx_kit.http.context import RequestContext
from merx_kit.http.parameters import Parameters
from merx_kit.http.problems import PROBLEMS, UNDECODABLE, ErrorStyle, from_msgspec
from merx_kit.http.reply import Answer, Reply
from merx_kit.http.streaming import Streaming
from merx_kit.http.upload import Upload
from merx_kit.metrics import counter, histogram
from merx_kit.settings import ServiceSettings

REQUESTS = counter("http_requests", "Requests answered", ("method", "route", "status"))
LATENCY = histogram("http_request_duration_seconds", "From the first byte to the last", ("method", "route"))

Handler = Callable[[Any, RequestContext], Awaitable[object]]
"""Takes the decoded body (its bytes where the endpoint declares `shapes`, an `Upload` where it takes one, else None);
gives a struct, a `Reply`, a `Streaming`, or None (204)."""

_encode = msgspec.json.Encoder().encode


class EndpointOptions(TypedDict, total=False):
    request: Any
    """Type of the body: a msgspec struct, or another type that msgspec decodes."""
    shapes: Sequence[Any]
    """In place of `request`: types of which the body is one; the handler gets the body's bytes and tells them apart."""
    records: Sequence[Any]
    """Types that `shapes` name as those of a batch's records, without holding them."""
    media_types: Sequence[str]
    """Of the body, where it may come as more than application/json; each ends in +json."""
    response: Any
    produces: str
    """In place of `response`: the media type of an answer that is not JSON."""
    path_params: type
    """msgspec struct of the path parameters, into `context.path`; else they are texts in `context.path_params`."""
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
    stream: bool
    """The handler gives a `Streaming`; deadline and admission end with the handler, not with the stream."""
    upload: bool
    """The body is any file, handed to the handler as an `Upload`."""
    idempotent: bool
    """The caller must send `Idempotency-Key`; a repeat gets the first answer."""
    deadline_ms: int
    body_limit_bytes: int
    admission: bool
    """False: never queued nor refused, for cheap calls that must answer under overload."""
    error_style: ErrorStyle
    """For protocols that have an error body of their own."""
    documented: bool


class Endpoint:
    """Reads its own part of a request, and turns what the handler gives into bytes."""

    def __init__(
        self, method: str, route: str, *, handler: Handler, settings: ServiceSettings, options: EndpointOptions
    ) -> None:
        self.method = method
        self.route = route
        self.handler = handler
        self.options = options
        self.scope = options.get("scope", "")
        self.status = options.get("status", 200)
        self.idempotent = options.get("idempotent", False)
        self.admitted = options.get("admission", True)
        self.deadline_s = options.get("deadline_ms", settings.deadline_ms) / 1000
        self.error_style = options.get("error_style", PROBLEMS)
        self.takes_body = "request" in options or "shapes" in options
        self.takes_upload = options.get("upload", False)
        self.validates = any(name in options for name in ("request", "shapes", "query", "path_params"))
        self._body_limit = options.get("body_limit_bytes", settings.body_limit_bytes)
        self._decode = msgspec.json.Decoder(options["request"]).decode if "request" in options else None
        self._path = Parameters(options["path_params"]) if "path_params" in options else None
        self._query = Parameters(options["query"]) if "query" in options else None
        self._latency = LATENCY.labels(method, route)
        self._counted = {self.status: REQUESTS.labels(method, route, str(self.status))}

    def read_parameters(self, context: RequestContext) -> None:
        if self._path is not None:
            context.path = self._path.convert(context.path_params)
        if self._query is not None:
            context.query = self._query.from_query(context.scope["query_string"])

    async def read_body(self, receive: Receive, found: Mapping[bytes, bytes]) -> bytes:
        check_headers(found, self._body_limit)
        return await read(receive, self._body_limit)

    def upload(self, receive: Receive, found: Mapping[bytes, bytes]) -> Upload:
        return Upload(receive, found, limit_bytes=self._body_limit)

    def decode(self, body: bytes) -> Any:
        if self._decode is None:
            return body or None
        try:
            return self._decode(body)
        except UNDECODABLE as error:
            raise from_msgspec(error) from None

    def answer(self, result: object) -> Answer | Streaming:
        if isinstance(result, Streaming):
            return result
        if isinstance(result, Reply):
            body = result.body
            encoded = b"" if body is None else body if isinstance(body, bytes) else _encode(body)
            return Answer(result.status, encoded, result.media_type, result.headers)
        if result is None:
            return Answer(204, b"")
        return Answer(self.status, _encode(result))

    def count(self, status: int, seconds: float) -> None:
        self._latency.observe(seconds)
        counted = self._counted.get(status)
        if counted is None:
            counted = self._counted[status] = REQUESTS.labels(self.method, self.route, str(status))
        counted.inc()
