"""The charts as Helm renders them, for tests."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
HELM = ROOT / "deploy" / "helm"
CI = HELM / "merx" / "ci"
PROFILES = tuple(sorted(path.name.removesuffix("-values.yaml") for path in CI.glob("*-values.yaml")))
RELEASE, NAMESPACE = "shop", "merx"
WORKLOADS = ("StatefulSet", "Deployment", "Job", "CronJob", "Pod", "RayService")

Manifest = dict[str, Any]
Values = Mapping[str, Any]


class Refused(Exception):
    """Helm's words on why it does not render."""


def helm_program() -> str | None:
    """Helm of the environment, or of the machine."""
    own = ROOT / ".venv" / "bin" / "helm"
    return str(own) if own.exists() else shutil.which("helm")


@dataclass
class Charts:
    """Both charts in a folder of their own, the umbrella's dependencies built; the same render is made once."""

    helm: str
    folder: Path
    _rendered: dict[str, tuple[Manifest, ...]] = field(default_factory=dict)
    _texts: dict[str, str] = field(default_factory=dict)

    @classmethod
    def copied(cls, helm: str, folder: Path, *, source: Path = HELM) -> "Charts":
        for chart in ("service", "merx"):
            shutil.copytree(source / chart, folder / chart)
        charts = cls(helm, folder)
        charts.run("dependency", "build", str(folder / "merx"))
        return charts

    def run(self, *arguments: str, stdin: str = "") -> str:
        # Its caches belong with the copy, not with the person who runs the tests.
        own = {f"HELM_{name}_HOME": str(self.folder / "helm") for name in ("CACHE", "CONFIG", "DATA")}
        done = subprocess.run(
            [self.helm, *arguments], check=False, capture_output=True, text=True, input=stdin, env={**os.environ, **own}
        )
        if done.returncode:
            raise Refused(done.stderr)
        return done.stdout

    def text(self, values: Values, *, profile: str | None = None, chart: str = "merx", release: str = RELEASE) -> str:
        files = ["-f", str(CI / f"{profile}-values.yaml")] if profile else []
        place = ["template", release, str(self.folder / chart), "--namespace", NAMESPACE]
        return self.run(*place, *files, "-f", "-", stdin=json.dumps(values) if values else "{}")

    def render(
        self, values: Values | None = None, *, profile: str | None = None, chart: str = "merx", release: str = RELEASE
    ) -> tuple[Manifest, ...]:
        """Every object, in Helm's order. Raises Refused."""
        key = json.dumps([values, profile, chart, release], sort_keys=True)
        if key not in self._rendered:
            self._texts[key] = self.text(values or {}, profile=profile, chart=chart, release=release)
            self._rendered[key] = tuple(document for document in load(self._texts[key]) if document)
        return self._rendered[key]

    def text_once(self, profile: str) -> str:
        """What `render` was made of: an earlier render of the profile."""
        self.render(profile=profile)
        return self._texts[json.dumps([None, profile, "merx", RELEASE])]


def load(text: str) -> Iterator[Manifest]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    yield from yaml.load_all(text, Loader=loader)


def of_kind(manifests: tuple[Manifest, ...], *kinds: str) -> list[Manifest]:
    return [manifest for manifest in manifests if manifest["kind"] in kinds]


def named(manifests: tuple[Manifest, ...], kind: str, name: str) -> Manifest:
    """The one object of that kind and name."""
    found = [manifest for manifest in of_kind(manifests, kind) if manifest["metadata"]["name"] == name]
    assert len(found) == 1, f"{len(found)} objects are a {kind} called {name}"
    return found[0]


def label_of(manifest: Manifest) -> str:
    return f"{manifest['kind']}/{manifest['metadata']['name']}"


def pods(manifests: tuple[Manifest, ...]) -> Iterator[tuple[str, Manifest]]:
    """Every pod template, and the pods themselves, as metadata and spec, by what makes them."""
    for manifest in of_kind(manifests, *WORKLOADS):
        name, spec = label_of(manifest), manifest["spec"]
        if manifest["kind"] == "Pod":
            yield name, manifest
        elif manifest["kind"] == "CronJob":
            yield name, spec["jobTemplate"]["spec"]["template"]
        elif manifest["kind"] == "RayService":
            cluster = spec["rayClusterConfig"]
            yield f"{name}/head", cluster["headGroupSpec"]["template"]
            for group in cluster["workerGroupSpecs"]:
                yield f"{name}/{group['groupName']}", group["template"]
        else:
            yield name, spec["template"]


def containers(pod: Manifest) -> list[Manifest]:
    return [*pod["spec"].get("initContainers", ()), *pod["spec"]["containers"]]


def deep(path: str, value: object) -> dict[str, Any]:
    """{"a": {"b": value}} for "a.b"."""
    *above, last = path.split(".")
    made: dict[str, Any] = {last: value}
    for name in reversed(above):
        made = {name: made}
    return made


def merged(*maps: Mapping[str, Any]) -> dict[str, Any]:
    """The maps laid over each other, the last on top."""
    whole: dict[str, Any] = {}
    for layer in maps:
        for name, value in layer.items():
            both = isinstance(value, Mapping) and isinstance(whole.get(name), dict)
            whole[name] = merged(whole[name], value) if both else value
    return whole
