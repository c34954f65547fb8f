"""The decision as Ray Serve's autoscaling policy; the interface is alpha in Ray, so all that knows it is this file.

    AutoscalingPolicy(policy_function="merx_kit.scaling.ray_serve:UtilisationPolicy", policy_kwargs={...})

Serve keeps `min_replicas` and `max_replicas`; set its `upscale_delay_s` and `downscale_delay_s` to 0 and leave its
factors at 1, because delays and steps are decided here.
"""

import math
from typing import Any

from ray.serve.autoscaling_policy import PrometheusQueryMixin
from ray.serve.config import AutoscalingContext

from merx_kit.scaling.replicas import Decision, Fleet, ScalingSettings, ScalingState, Signals, desired_replicas

_MEMORY = "merx_scaling"


class UtilisationPolicy(PrometheusQueryMixin):  # type: ignore[misc]  # Ray is not typed
    """Replicas by queue pressure and work-weighted GPU utilisation, read from Prometheus without blocking.

    `queries` are PromQL expressions for `queue_pressure`, `utilised` and `p99_ms` as in `Signals`; one that is left
    out counts as lost. `settings` are those of `ScalingSettings`; the bounds are Serve's own. What Serve itself knows
    to be waiting, at `requests_per_replica` to a replica, counts as queue pressure where Prometheus says less or
    nothing: with Prometheus away replicas are added and none are taken away.
    """

    def __init__(
        self,
        *,
        queries: dict[str, str],
        settings: dict[str, float] | None = None,
        requests_per_replica: float = 32.0,
        period_s: float = 5.0,
        **prometheus: Any,
    ) -> None:
        unknown = set(queries) - {"queue_pressure", "utilised", "p99_ms"}
        if unknown:
            raise ValueError(f"no such signals: {sorted(unknown)}")
        super().__init__(prometheus_queries=sorted(queries.values()), **prometheus)
        self._queries = dict(queries)
        self._settings = dict(settings or {})
        self._requests_per_replica, self._period_s = requests_per_replica, period_s

    def __call__(self, ctx: AutoscalingContext) -> tuple[int, dict[str, Any]]:
        """Serve asks several times a second; a decision is made once in `period_s`, and stands until the next."""
        decided_s, state = ctx.policy_state.get(_MEMORY, (-math.inf, ScalingState()))
        if decided_s <= ctx.current_time < decided_s + self._period_s:
            return ctx.target_num_replicas, {_MEMORY: (decided_s, state)}
        decision = self.decide(ctx, state)
        return decision.replicas, {_MEMORY: (ctx.current_time, decision.state)}

    def decide(self, ctx: AutoscalingContext, state: ScalingState) -> Decision:
        """The decision for a deployment as Serve describes it; replicas asked for and not running yet are starting."""
        ready = min(ctx.current_num_replicas, ctx.target_num_replicas)
        return desired_replicas(
            Fleet(ready=ready, starting=ctx.target_num_replicas - ready),
            self._signals(float(ctx.total_num_requests)),
            at_s=ctx.current_time,
            settings=self._bounded(ctx),
            state=state,
        )

    def _signals(self, ongoing: float) -> Signals:
        metrics = self.prometheus_metrics or {}
        read = {signal: metrics.get(query) for signal, query in self._queries.items()}
        waiting = ongoing / self._requests_per_replica
        pressure = read.get("queue_pressure")
        return Signals(
            queue_pressure=waiting if pressure is None else max(pressure, waiting),
            utilised=read.get("utilised"),
            p99_ms=read.get("p99_ms"),
        )

    def _bounded(self, ctx: AutoscalingContext) -> ScalingSettings:
        minimum, maximum = ctx.capacity_adjusted_min_replicas, ctx.capacity_adjusted_max_replicas
        fallback = int(self._settings.get("fallback", minimum))
        known = {name: value for name, value in self._settings.items() if name != "fallback"}
        return ScalingSettings(minimum=minimum, maximum=maximum, fallback=min(max(fallback, minimum), maximum), **known)
