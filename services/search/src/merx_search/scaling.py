"""How many replicas Ray Serve runs: a fixed number, or as many as the work asks for."""

from typing import Any

from merx_search.settings import Settings

SERVICE = "search"
"""As the recording rules of `python -m merx_kit.scaling.prometheus` know it."""


def scale(settings: Settings) -> dict[str, Any]:
    """Options of a deployment. Between `replicas` and `most_replicas` `merx_kit.scaling` decides, by what Prometheus
    knows, and by what waits in Serve where it knows nothing."""
    if not settings.scales:
        return {"num_replicas": settings.replicas}
    from ray.serve.config import AutoscalingConfig, AutoscalingPolicy

    from merx_kit.scaling.prometheus import policy_queries

    policy = AutoscalingPolicy(
        policy_function="merx_kit.scaling.ray_serve:UtilisationPolicy",
        policy_kwargs={
            "queries": policy_queries(SERVICE),
            "settings": {"fallback": settings.replicas, "slo_ms": settings.slo_ms},
            "requests_per_replica": float(settings.max_in_flight),
            "prometheus_address": settings.prometheus_url or None,
        },
    )
    config = AutoscalingConfig(
        min_replicas=settings.replicas,
        max_replicas=settings.most_replicas,
        upscale_delay_s=0,
        downscale_delay_s=0,
        policy=policy,
    )
    return {"autoscaling_config": config}
