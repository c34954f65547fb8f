"""The HTTP face of a service: endpoints declared once, served by a raw ASGI layer and described by OpenAPI."""

from typing import Unpack

from merx_kit.http.admission import Admission
from merx_kit.http.auth import authenticator
from merx_kit.http.context import Rate
from merx_kit.http.documentation import Documentation
from merx_kit.http.endpoint import Endpoint, EndpointOptions, Handler
from merx_kit.http.gateway import Gateway
from merx_kit.http.health import Health
from merx_kit.http.idempotency import IdempotencyStore
from merx_kit.http.lifespan import ASGIApp, Hook, Lifespan
from merx_kit.http.probes import Probes, Readiness
from merx_kit.http.problems import ErrorStyle
from merx_kit.http.rates import RateLimits
from merx_kit.http.routes import Routes
from merx_kit.http.tracing import Tracing
from merx_kit.settings import ServiceSettings


class Api:
    """Declare endpoints and hooks, then `build()` once."""

    def __init__(
        self,
        *,
        title: str,
        version: str,
        settings: ServiceSettings,
        health: Health | None = None,
        idempotency: IdempotencyStore | None = None,
    ) -> None:
        self.title = title
        self.version = version
        self.settings = settings
        self.health = health or Health()
        self.description = ""
        self.tracing: Tracing | None = None
        """Set to send spans elsewhere than the settings say."""
        self._idempotency = idempotency
        self._routes = Routes()
        self._lifespan = Lifespan()
        self._admission = Admission(max_in_flight=settings.max_in_flight, max_queued=settings.max_queued)
        self._error_styles: dict[str, ErrorStyle] = {}
        self._documentation = Documentation(title, version, self._routes, describe=lambda: self.description)
        self._add_platform_endpoints()

    def get(self, path: str, handler: Handler, **options: Unpack[EndpointOptions]) -> None:
        self._add("GET", path, handler, options)

    def post(self, path: str, handler: Handler, **options: Unpack[EndpointOptions]) -> None:
        self._add("POST", path, handler, options)

    def put(self, path: str, handler: Handler, **options: Unpack[EndpointOptions]) -> None:
        self._add("PUT", path, handler, options)

    def delete(self, path: str, handler: Handler, **options: Unpack[EndpointOptions]) -> None:
        self._add("DELETE", path, handler, options)

    def error_style(self, prefix: str, style: ErrorStyle) -> None:
        """How unknown paths under `prefix` are refused, where a protocol has its own error body."""
        self._error_styles[prefix] = style

    def on_startup(self, hook: Hook) -> None:
        self._lifespan.startup.append(hook)

    def on_shutdown(self, hook: Hook) -> None:
        """Hooks run in the opposite order, after the last request was answered."""
        self._lifespan.shutdown.append(hook)

    def background(self, name: str, task: Hook) -> None:
        """Run `task` while the service runs; a crash is logged, counted, and the task started again."""
        self._lifespan.background.append((name, task))

    def openapi(self) -> dict[str, object]:
        """The OpenAPI 3.1 document."""
        return self._documentation.openapi()

    def build(self, fallback: ASGIApp | None = None) -> Gateway:
        """The ASGI app; paths it does not know go to `fallback` (an engine's own app) where there is one."""
        if self._idempotency is None and any(endpoint.idempotent for endpoint in self._routes):
            raise ValueError("an idempotent endpoint needs Api(idempotency=...)")
        tracing = self.tracing or Tracing.from_settings(self.title, self.settings)

        async def close_tracing() -> None:
            tracing.close()

        self._lifespan.shutdown.insert(0, close_tracing)
        gateway = Gateway(
            routes=self._routes,
            admission=self._admission,
            auth=authenticator(self.settings),
            rates=_rates(self.settings),
            tracing=tracing,
            health=self.health,
            lifespan=self._lifespan,
            idempotency=self._idempotency,
            fallback=fallback,
            error_styles=self._error_styles,
        )
        if self.settings.cors_origins:
            gateway.allow_origins(self.settings.cors_origins)
        return gateway

    def _add(self, method: str, path: str, handler: Handler, options: EndpointOptions) -> None:
        self._routes.add(Endpoint(method, path, handler=handler, settings=self.settings, options=options))

    def _add_platform_endpoints(self) -> None:
        probes = Probes(self.health, self._admission)
        tags = ["platform"]
        self.get("/livez", probes.live, admission=False, summary="The process runs", tags=tags)
        self.get("/readyz", probes.ready, admission=False, response=Readiness, summary="It can answer", tags=tags)
        self.get("/metrics", probes.metrics, admission=False, summary="Prometheus metrics", tags=tags)
        self.get("/openapi.json", self._documentation.json, admission=False, documented=False)
        self.get("/docs", self._documentation.page, admission=False, documented=False)


def _rates(settings: ServiceSettings) -> RateLimits:
    default = Rate(settings.rate_per_s, settings.rate_burst) if settings.rate_per_s else None
    return RateLimits(default)
