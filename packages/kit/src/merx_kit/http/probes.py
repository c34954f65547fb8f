"""`/livez`, `/readyz` and `/metrics`: what the platform asks of every service."""

import msgspec

from merx_kit import metrics
from merx_kit.http.admission import Admission
from merx_kit.http.context import RequestContext
from merx_kit.http.health import Health
from merx_kit.http.reply import Reply


class Readiness(msgspec.Struct, frozen=True):
    """`status`: ready, degraded (it answers, and says what is missing), or unready."""

    status: str
    failing: tuple[str, ...]
    degraded: tuple[str, ...]


class Probes:
    def __init__(self, health: Health, admission: Admission) -> None:
        self._health = health
        self._admission = admission

    async def live(self, _: None, context: RequestContext) -> Reply:  # noqa: ARG002
        return Reply(b"ok\n", media_type="text/plain; charset=utf-8")

    async def ready(self, _: None, context: RequestContext) -> Reply:  # noqa: ARG002
        failing, degraded = self._health.failing(), self._health.degraded
        status = "unready" if failing else "degraded" if degraded else "ready"
        return Reply(Readiness(status, failing, degraded), status=503 if failing else 200)

    async def metrics(self, _: None, context: RequestContext) -> Reply:
        self._admission.publish()
        body, media_type = metrics.render(context.headers.get("accept", ""))
        return Reply(body, media_type=media_type)
