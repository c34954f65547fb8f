"""Search on a Ray cluster that KubeRay runs: what `serveConfigV2` imports. Without KubeRay the service's own process
(`python -m merx_search`) starts a Ray of its own and needs none of this."""

import tempfile
from pathlib import Path
from typing import Any

from merx_search.deployment import NAME, ONGOING, STARTED, Replica, scale
from merx_search.settings import Settings


class ClusterReplica(Replica):
    """A replica wherever Ray puts it: ready once it is there, and drained by Serve."""

    def __init__(self, settings: Settings) -> None:
        folder = Path(tempfile.mkdtemp(prefix="merx-search-"))
        (folder / STARTED).touch()
        super().__init__(settings, folder)


def build(_: dict[str, str]) -> Any:
    """The application, by the SEARCH_* and MERX_* variables of the pod that builds it."""
    from ray import serve

    settings = Settings.load()
    deployment: Any = serve.deployment(
        name=NAME,
        **scale(settings),
        max_ongoing_requests=ONGOING,
        graceful_shutdown_timeout_s=float(settings.drain_seconds),
        ray_actor_options={"num_cpus": 1, "num_gpus": settings.gpus},
    )(serve.ingress()(ClusterReplica))
    return deployment.bind(settings)
