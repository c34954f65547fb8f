"""The one layer between the server and the handlers: raw ASGI, few allocations (architecture.md, section 12)."""

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from os import urandom
from time import perf_counter
from typing import Any

import structlog

from merx_kit.deadline import Deadline
from merx_kit.errors import BadRequest, DeadlineExceeded, Forbidden, MerxError, NotFound
from merx_kit.http.admission import Admission
from merx_kit.http.auth import Authenticator
from merx_kit.http.body import ClientGone
from merx_kit.http.context import CURRENT, RequestContext
from merx_kit.http.endpoint import REQUESTS, Endpoint
from merx_kit.http.health import Health
from merx_kit.http.idempotency import Claim, IdempotencyStore, new_claim, replay, settle
from merx_kit.http.lifespan import ASGIApp, Lifespan
from merx_kit.http.problems import PROBLEMS, ErrorStyle
from merx_kit.http.rates import RateLimits
from merx_kit.http.reply import Answer
from merx_kit.http.routes import NO_PARAMS, Routes
from merx_kit.http.streaming import Streaming, send_stream
from merx_kit.http.tracing import Tracing, trace_id

log = structlog.get_logger()

WANTED = frozenset(
    (
        b"authorization",
        b"content-length",
        b"content-type",
        b"idempotency-key",
        b"traceparent",
        b"x-api-key",
        b"x-request-id",
        b"x-request-timeout-ms",
    )
)
SANE_REQUEST_ID = re.compile(rb"[A-Za-z0-9._:@/+=-]{1,128}")
CLAIM_LEASE_SECONDS = 30.0
"""How long after the deadline an idempotency claim without an answer blocks its key."""

Found = Mapping[bytes, bytes]
Headers = list[tuple[bytes, bytes]]


@dataclass(slots=True)
class Gateway:
    """Finds the endpoint, sees that the request may and can be answered now, and sends what comes of it."""

    routes: Routes
    admission: Admission
    auth: Authenticator
    rates: RateLimits
    tracing: Tracing
    health: Health
    lifespan: Lifespan
    idempotency: IdempotencyStore | None = None
    fallback: ASGIApp | None = None
    error_styles: dict[str, ErrorStyle] = field(default_factory=dict)
    """By path prefix, for paths that lead nowhere."""
    cors: ASGIApp | None = field(init=False, default=None)

    def allow_origins(self, origins: Sequence[str]) -> None:
        """Lets pages of these origins call the service from a browser."""
        from starlette.middleware.cors import CORSMiddleware

        exposed = ("x-request-id", "retry-after", "idempotent-replayed")
        self.cors = CORSMiddleware(
            self._serve, allow_origins=origins, allow_methods=("*",), allow_headers=("*",), expose_headers=exposed
        )

    def refusal(self, scope: Any) -> tuple[Answer, Headers] | None:
        """What a request gets, by its head alone, while there is no room for it; it is counted as answered.

        None where it is not to be refused so: the endpoint does not ask for room, a page of another origin must be
        told that it may read the answer, or a service that stops must ask its caller to connect elsewhere.
        """
        if not self.admission.full or self.cors is not None or self.health.draining:
            return None
        started = perf_counter()
        try:
            endpoint, _ = self.routes.find(scope)
        except MerxError:
            return None
        if not endpoint.admitted or endpoint.takes_upload:
            return None
        context = RequestContext(scope, _request_id(_found(scope)), NO_PARAMS)
        answer = endpoint.error_style.render(self.admission.refused(), context)
        endpoint.count(answer.status, perf_counter() - started)
        return answer, _headers(answer, context)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await (self.cors or self._serve)(scope, receive, send)

    async def _serve(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self._other(scope, receive, send)
            return
        if (refusal := self.refusal(scope)) is not None:
            await _send(*refusal, send)
            return
        started = perf_counter()
        found = _found(scope)
        context = RequestContext(scope, _request_id(found), NO_PARAMS)
        try:
            endpoint, context.path_params = self.routes.find(scope)
        except MerxError as error:
            await self._lost(error, context, receive, send)
            return
        token = CURRENT.set(context)
        try:
            answer = await self._answer(endpoint, context, found, receive)
        except ClientGone:
            endpoint.count(ClientGone.status, perf_counter() - started)
            return
        finally:
            CURRENT.reset(token)
        if isinstance(answer, Streaming):
            # The length of a stream says nothing of how quick the service is: what counts is the time to its start.
            endpoint.count(answer.status, perf_counter() - started)
            route = endpoint.route
            await send_stream(answer, context, route=route, health=self.health, receive=receive, send=send)
            return
        await _send(answer, _headers(answer, context), send)
        endpoint.count(answer.status, perf_counter() - started)

    async def _answer(
        self, endpoint: Endpoint, context: RequestContext, found: Found, receive: Any
    ) -> Answer | Streaming:
        """Whatever happens, an answer: refusals as they are worded, anything else as a 500 that tells nothing."""
        try:
            return await self._in_time(endpoint, context, found, receive)
        except ClientGone:
            raise
        except MerxError as error:
            if error.status >= 500:
                log.warning("request_refused", route=endpoint.route, code=error.code, detail=error.detail)
            return endpoint.error_style.render(error, context)
        except Exception:
            log.exception("request_failed", method=endpoint.method, route=endpoint.route)
            return endpoint.error_style.render(MerxError("The request id leads to the cause in the logs."), context)

    async def _in_time(
        self, endpoint: Endpoint, context: RequestContext, found: Found, receive: Any
    ) -> Answer | Streaming:
        seconds = endpoint.deadline_s
        asked = found.get(b"x-request-timeout-ms")
        if asked is not None:
            seconds = min(seconds, _milliseconds(asked) / 1000)
        context.deadline = Deadline.after(seconds)
        traceparent = found.get(b"traceparent")
        context.trace_id = trace_id(traceparent)
        limit = asyncio.timeout(seconds)
        try:
            async with limit:
                with self.tracing.span(endpoint.method, endpoint.route, traceparent):
                    return await self._work(endpoint, context, found, receive)
        except TimeoutError:
            if limit.expired():
                raise DeadlineExceeded(f"No answer within {seconds * 1000:.0f} ms.") from None
            raise

    async def _work(
        self, endpoint: Endpoint, context: RequestContext, found: Found, receive: Any
    ) -> Answer | Streaming:
        if endpoint.scope:
            context.principal = await self.auth.authenticate(found)
            if not context.principal.may(endpoint.scope):
                raise Forbidden(f"This call needs the scope `{endpoint.scope}`.")
            self.rates.take(context.principal)
        endpoint.read_parameters(context)
        if endpoint.takes_upload:
            # It lasts as long as its sender takes: it neither takes a place nor waits for one.
            return await self._handle_upload(endpoint, context, found, receive)
        if not endpoint.admitted:
            body = await endpoint.read_body(receive, found) if endpoint.takes_body else b""
            return await self._handle(endpoint, context, found, body)
        body = await endpoint.read_body(receive, found) if endpoint.takes_body else b""
        await self.admission.enter()
        context.hold_place(self.admission.leave)
        try:
            if context.deadline.expired:
                raise DeadlineExceeded("The request waited too long for its turn.")
            return await self._handle(endpoint, context, found, body)
        finally:
            context.leave_place()

    async def _handle_upload(
        self, endpoint: Endpoint, context: RequestContext, found: Found, receive: Any
    ) -> Answer | Streaming:
        upload = endpoint.upload(receive, found)
        if endpoint.idempotent:
            # A file is too long to compare: its type and its length stand for it.
            claim = _claim(endpoint, context, found, f"{upload.media_type} {upload.told_bytes}".encode())
            return await self._once(endpoint, context, claim, upload)
        return endpoint.answer(await endpoint.handler(upload, context))

    async def _handle(
        self, endpoint: Endpoint, context: RequestContext, found: Found, body: bytes
    ) -> Answer | Streaming:
        request = endpoint.decode(body)
        if endpoint.idempotent:
            claim = _claim(endpoint, context, found, body)
            return await self._once(endpoint, context, claim, request)
        return endpoint.answer(await endpoint.handler(request, context))

    async def _once(self, endpoint: Endpoint, context: RequestContext, claim: Claim, request: Any) -> Answer:
        """A handler that is cut off leaves its claim open: whether it wrote is not known until the lease is over."""
        if self.idempotency is None:
            raise TypeError("an idempotent endpoint without a store")  # Api.build refuses this
        earlier = await replay(self.idempotency, claim)
        if earlier is not None:
            return earlier
        try:
            answer = endpoint.answer(await endpoint.handler(request, context))
        except MerxError as error:
            answer = endpoint.error_style.render(error, context)
        except Exception:
            await self.idempotency.release(claim)
            raise
        if isinstance(answer, Streaming):
            raise TypeError("an idempotent endpoint streams nothing")
        await asyncio.shield(settle(self.idempotency, claim, answer))
        return answer

    async def _lost(self, error: MerxError, context: RequestContext, receive: Any, send: Any) -> None:
        if self.fallback is not None and isinstance(error, NotFound):
            await self.fallback(context.scope, receive, send)
            return
        path = context.scope["path"]
        style = next((style for prefix, style in self.error_styles.items() if path.startswith(prefix)), PROBLEMS)
        REQUESTS.labels("other", "unmatched", str(error.status)).inc()
        answer = style.render(error, context)
        await _send(answer, _headers(answer, context), send)

    async def _other(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await self.lifespan.run(self.fallback, scope, receive, send)
        elif self.fallback is not None:
            await self.fallback(scope, receive, send)
        else:
            await send({"type": "websocket.close", "code": 1000})


async def _send(answer: Answer, headers: Headers, send: Any) -> None:
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})


def _headers(answer: Answer, context: RequestContext) -> Headers:
    headers = [(b"x-request-id", context.request_id.encode("latin-1"))]
    if answer.status != 204:
        headers.append((b"content-type", answer.media_type.encode("latin-1")))
        headers.append((b"content-length", b"%d" % len(answer.body)))
    if answer.headers:
        headers += [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in answer.headers.items()]
    return headers


def _claim(endpoint: Endpoint, context: RequestContext, found: Found, body: bytes) -> Claim:
    query = context.scope["query_string"].decode("latin-1")
    return new_claim(
        found.get(b"idempotency-key"),
        owner=context.principal.id,
        call=f"{endpoint.method} {context.scope['path']}?{query}",
        body=body,
        lease_seconds=endpoint.deadline_s + CLAIM_LEASE_SECONDS,
    )


def _found(scope: Any) -> Found:
    return {name: value for name, value in scope["headers"] if name in WANTED}


def _request_id(found: Found) -> str:
    """The caller's, where it can be written to a log as it is; else 128 random bits."""
    given = found.get(b"x-request-id")
    if given is not None and SANE_REQUEST_ID.fullmatch(given):
        return given.decode("ascii")
    return urandom(16).hex()


def _milliseconds(asked: bytes) -> int:
    if not asked.isdigit() or len(asked) > 9 or int(asked) == 0:
        raise BadRequest("`X-Request-Timeout-Ms` must be a whole number of milliseconds, 1 or more.")
    return int(asked)
