"""Search as KubeRay starts it, without KubeRay: Ray by a login shell, what Serve imports by Ray's own interface, and
the chart's probes, which stand for KubeRay's.
"""

import json
import socket
import time
import urllib.request
from typing import Any

import pytest
import yaml

from tests.chart.charts import RELEASE, deep, named
from tests.images.conftest import Installation
from tests.images.played import LOOPBACK, Played, as_files, play
from tests.images.test_played import PATIENCE_S

RAY = "ulimit -n 65536; ray start --head --num-cpus=2 --dashboard-host=0.0.0.0 --block"


def until(played: Played, command: list[str]) -> None:
    """Waits until an exec probe passes in the container."""
    end = time.monotonic() + PATIENCE_S
    while played.status(*command) != 0:
        if time.monotonic() > end:
            raise TimeoutError(f"{command[-1]}: {played.logs()}")
        time.sleep(1.0)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_ray_of_kuberays_serves_search_and_the_charts_probes_know_it(
    installation: Installation, images: dict[str, Any]
) -> None:
    with socket.socket() as agent:
        if agent.connect_ex((LOOPBACK, 52365)) == 0:
            pytest.skip("another Ray has its agent on this machine's port 52365, which KubeRay's probes and ours ask")
    manifests = installation.rendered(deep("search.workload.kind", "RayService"))
    service = named(manifests, "RayService", f"{RELEASE}-search")["spec"]
    cluster = service["rayClusterConfig"]
    worker = cluster["workerGroupSpecs"][0]["template"]
    container = worker["spec"]["containers"][0]
    ready = container["readinessProbe"]["exec"]["command"]
    live = cluster["headGroupSpec"]["template"]["spec"]["containers"][0]["livenessProbe"]["exec"]["command"]
    container |= {"command": ["bash", "-lc", "--"], "args": [RAY]}
    name = f"{RELEASE}-search-ray"
    as_files(installation.folder, name, named(manifests, "ConfigMap", name)["data"])
    with play(name, worker, installation.folder) as played:
        until(played, live)
        assert played.status(*ready) != 0, "nothing serves yet"
        asked = urllib.request.Request(
            f"http://{LOOPBACK}:8265/api/serve/applications/",
            json.dumps(yaml.safe_load(service["serveConfigV2"])).encode(),
            {"content-type": "application/json"},
            method="PUT",
        )
        with urllib.request.urlopen(asked, timeout=60) as answer:
            assert answer.status == 200
        until(played, ready)
        with urllib.request.urlopen(installation.address("search") + "/readyz", timeout=30) as answer:
            assert answer.status == 200
