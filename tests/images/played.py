"""What the chart renders, played by podman. Gaps of `podman kube play` 4.3, and of a machine without a cluster, are
worked round here, each with its reason; the chart knows nothing of them.
"""

import json
import socket
import subprocess
import time
import urllib.error
import urllib.request
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.chart.charts import RELEASE, Manifest, containers

LOOPBACK = "127.0.0.1"
ALIASES = [f"{RELEASE}-{name}" for name in ("intake", "worker", "recommendation", "search", "pricing", "mlflow")]


class PodmanSays(Exception):
    """A command of podman that failed, with its words."""


def podman(*words: str, stdin: str | None = None, check: bool = True) -> str:
    done = subprocess.run(["podman", *words], check=False, capture_output=True, text=True, input=stdin)
    if check and done.returncode:
        raise PodmanSays(f"podman {' '.join(words[:4])}: {done.stderr[-2000:]}")
    return done.stdout.strip()


def as_files(folder: Path, name: str, content: Mapping[str, str]) -> None:
    """Lays a Secret or ConfigMap out as files. Podman 4.3 mounts them empty."""
    for key, value in content.items():
        path = folder / name / key
        path.parent.mkdir(exist_ok=True)
        path.write_text(value)
        path.chmod(0o444)


@contextmanager
def secret(name: str, content: Mapping[str, str]) -> Iterator[None]:
    """A Secret's variables. Podman 4.3 stores a manifest's as YAML and reads it as JSON: it is made as JSON here."""
    podman("secret", "rm", name, check=False)
    held = {key: b64encode(value.encode()).decode() for key, value in content.items()}
    podman("secret", "create", name, "-", stdin=json.dumps(held))
    try:
        yield
    finally:
        podman("secret", "rm", name, check=False)


def playable(name: str, pod: Manifest, folder: Path) -> Manifest:
    """The template of any workload as a Pod called `name`; podman 4.3 plays no StatefulSet and no Job. `folder` has the
    files of Secrets and ConfigMaps."""
    spec: dict[str, Any] = json.loads(json.dumps(pod["spec"]))
    # There are no network namespaces to be had where the tests run, and no name server of a cluster.
    spec["hostNetwork"] = True
    hosts = folder / "hosts"  # podman 4.3 forgets hostAliases on the machine's network
    names = ("localhost", socket.gethostname(), *ALIASES)
    hosts.write_text("".join(f"{LOOPBACK} {one}\n" for one in names))
    spec["volumes"].append({"name": "hosts", "hostPath": {"path": str(hosts), "type": "File"}})
    # Podman 4.3 gives memory that it mounts to root and knows no fsGroup; its own /dev/shm is for all.
    spec["volumes"] = [one for one in spec["volumes"] if one.get("emptyDir", {}).get("medium") != "Memory"]
    left = {one["name"] for one in spec["volumes"]} | {"home"}
    for container in containers({"spec": spec}):
        container["volumeMounts"] = [one for one in container["volumeMounts"] if one["name"] in left]
        # Podman asks an HTTP probe by curl inside of the container, which has none: the tests ask from outside.
        for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
            container.pop(probe, None)
        container["volumeMounts"].append({"name": "hosts", "mountPath": "/etc/hosts", "readOnly": True})
        container.pop("ports", None)  # on the machine's own network there is nothing to map
    for volume in spec["volumes"]:
        for kind, key in (("secret", "secretName"), ("configMap", "name")):
            if kind in volume:
                volume["hostPath"] = {"path": str(folder / volume.pop(kind)[key])}
        if volume.pop("persistentVolumeClaim", None):
            volume["emptyDir"] = {}
    if "home" not in {volume["name"] for volume in spec["volumes"]} and _mounts(spec, "home"):
        spec["volumes"].append({"name": "home", "emptyDir": {}})  # the StatefulSet's claim template
    # Podman 4.3 removes an init container when it has run, sometimes before it knows that it has: it is to stay.
    notes = {**pod["metadata"].get("annotations", {}), "io.podman.annotations.init.container.type": "always"}
    metadata = {"name": name, "labels": pod["metadata"]["labels"], "annotations": notes}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}


def _mounts(spec: Manifest, volume: str) -> bool:
    return any(mount["name"] == volume for one in containers({"spec": spec}) for mount in one["volumeMounts"])


@dataclass
class Played:
    """A pod that was played; its main container is the last one."""

    name: str
    container: str
    began: float
    """When `kube play` was called."""

    def inspected(self) -> dict[str, Any]:
        (told,) = json.loads(podman("container", "inspect", self.container))
        found: dict[str, Any] = told
        return found

    def logs(self) -> str:
        done = subprocess.run(["podman", "logs", self.container], check=False, capture_output=True, text=True)
        return (done.stdout + done.stderr)[-6000:]

    def status(self, *command: str) -> int:
        """What a program ends with inside the container."""
        words = ["podman", "exec", self.container, *command]
        return subprocess.run(words, check=False, capture_output=True).returncode

    def run(self, program: str) -> tuple[int, str]:
        """Status and words of Python code inside the container."""
        words = ["podman", "exec", self.container, "python", "-c", program]
        done = subprocess.run(words, check=False, capture_output=True, text=True)
        return done.returncode, done.stdout + done.stderr

    def ended(self, *, within_s: float) -> int:
        """The status that the container ends with."""
        until = time.monotonic() + within_s
        while time.monotonic() < until:
            state = self.inspected()["State"]
            if state["Status"] == "exited":
                return int(state["ExitCode"])
            time.sleep(0.2)
        raise TimeoutError(self.logs())

    def ready(self, url: str, *, within_s: float) -> float:
        """Seconds from the pod's start until `url` answers 200."""
        until = time.monotonic() + within_s
        while time.monotonic() < until:
            if _status(url) == 200:
                return time.monotonic() - self.began
            if self.inspected()["State"]["Status"] == "exited":
                break
            time.sleep(0.1)
        raise TimeoutError(f"{url} is not ready: {self.logs()}")

    def resident_bytes(self) -> int:
        """Of all the container's processes; pages that they share count once."""
        identifiers = podman("top", self.container, "hpid").split()[1:]
        told = [Path(f"/proc/{one}/smaps_rollup").read_text() for one in identifiers]
        return 1024 * sum(int(text.split("\nPss:")[1].split()[0]) for text in told)


def _status(url: str) -> int:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as refused:
        return refused.code
    except OSError:
        return 0


@contextmanager
def play(name: str, pod: Manifest, folder: Path) -> Iterator[Played]:
    """The pod, until the block ends."""
    manifest = playable(name, pod, folder)
    path = folder / f"{name}.yaml"
    path.write_text(yaml.safe_dump(manifest))
    began = time.monotonic()
    try:
        podman("kube", "play", "--quiet", str(path))
        yield Played(name, f"{name}-{manifest['spec']['containers'][-1]['name']}", began)
    finally:
        podman("pod", "rm", "--force", "--time", "30", name, check=False)
