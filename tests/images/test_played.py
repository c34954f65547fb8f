"""The chart's workloads run in containers of the built images: non-root, on a read-only root, without capabilities."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.chart.charts import RELEASE, Manifest, named, pods
from tests.images.conftest import Figure, Installation
from tests.images.played import Played, play

SERVICES = ("intake", "worker", "recommendation", "search", "pricing")
PATIENCE_S = 120.0
ROOT_IS_CLOSED = """
import errno, os
for folder in ("/", "/opt/merx", "/opt/venv/lib", "/etc", "/usr/lib", "/var"):
    try:
        open(os.path.join(folder, "written"), "w")
    except OSError as refused:
        assert refused.errno == errno.EROFS, (folder, refused)
    else:
        raise SystemExit(f"{folder} can be written")
told = dict(line.split(":\\t", 1) for line in open("/proc/1/status").read().splitlines() if ":\\t" in line)
assert told["Uid"].split() == ["10001"] * 4, told["Uid"]
assert told["Gid"].split() == ["10001"] * 4, told["Gid"]
assert {told[name] for name in ("CapPrm", "CapEff", "CapBnd")} == {"0" * 16}, told
assert told["NoNewPrivs"] == "1", told["NoNewPrivs"]
assert told["Seccomp"] == "2", told["Seccomp"]
"""

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


def template(installation: Installation, workload: str) -> Manifest:
    kind = "Deployment" if workload == "mlflow" else "StatefulSet"
    pod: Manifest = named(installation.manifests, kind, f"{RELEASE}-{workload}")["spec"]["template"]
    return pod


def call(installation: Installation, workload: str) -> tuple[int, str]:
    """The chart's own test pod: status and words."""
    pod = named(installation.manifests, "Pod", f"{RELEASE}-{workload}-test")
    with play(f"{RELEASE}-{workload}-test", pod, installation.folder) as asked:
        return asked.ended(within_s=PATIENCE_S), asked.logs()


@contextmanager
def ready(installation: Installation, images: dict[str, Any], workload: str, probe: str) -> Iterator[Played]:
    """The workload once it is ready; what it took is kept as a figure."""
    pod = template(installation, workload)
    image = pod["spec"]["containers"][0]["image"].removeprefix("merx/").split(":")[0]
    with play(f"{RELEASE}-{workload}", pod, installation.folder) as played:
        seconds = played.ready(installation.address(workload) + probe, within_s=PATIENCE_S)
        yield played
        size, resident = int(images[image]["Size"]) / 1e6, played.resident_bytes() / 1e6
        installation.figures.append(Figure(workload, size, seconds, resident))


@pytest.mark.parametrize("workload", SERVICES)
def test_a_service_is_ready_and_answers_on_an_empty_database_without_a_registry(
    installation: Installation, images: dict[str, Any], workload: str
) -> None:
    with ready(installation, images, workload, "/readyz") as played:
        if workload != "worker":  # which is asked for its readiness alone, and has no test pod
            status, said = call(installation, workload)
            assert status == 0, said + played.logs()
        status, said = played.run(ROOT_IS_CLOSED)
        assert status == 0, said


@pytest.mark.usefixtures("emptied")
def test_the_registry_answers_and_the_bootstrap_job_makes_the_installation_whole(
    installation: Installation, images: dict[str, Any], s3_options: dict[str, Any]
) -> None:
    with ready(installation, images, "mlflow", "/health") as registry:
        status, said = registry.run(ROOT_IS_CLOSED)
        assert status == 0, said
        name, pod = next((name, pod) for name, pod in pods(installation.manifests) if "-pipelines-bootstrap-" in name)
        # The trial's store alone is given its bucket by the chart; this one is brought by URL.
        pod["spec"]["containers"][0]["args"].append("--make-bucket")
        with play(name.rpartition("/")[2], pod, installation.folder) as job:
            assert job.ended(within_s=PATIENCE_S) == 0, job.logs() + registry.logs()
            assert "the log is empty" in job.logs()
