"""Every command line of helm and kubectl that the day gives to a cluster, and how one is run."""

import os
import shlex
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from deploy.day_two.patience import StepFailed

ROOT = Path(__file__).parents[2]
CHART = ROOT / "deploy" / "helm" / "merx"
TRIAL = (CHART / "ci" / "minimal-values.yaml", Path(__file__).parent / "values.yaml")
SERVICES: Mapping[str, int] = {"intake": 8007, "recommendation": 8001, "search": 8003, "pricing": 8002}
"""Those that a shop calls, and their ports in the cluster."""
CHANGED = ("global.logLevel", "MERX_LOG_LEVEL", "WARNING")
"""What the upgrade changes: a value, the variable of every pod that it becomes, and what it becomes."""
SAID = 1_500

Words = tuple[str, ...]


class CommandFailed(StepFailed):
    """A command ended with another status than 0."""


@dataclass(frozen=True)
class Release:
    """The release of the chart that the day is about. Durations are seconds."""

    name: str = "merx"
    namespace: str = "merx"
    values: tuple[Path, ...] = TRIAL
    patience_s: int = 900
    train_patience_s: int = 3_600

    @property
    def install(self) -> tuple[Words, ...]:
        made = ("helm", "install", self.name, str(CHART), *self._there, "--create-namespace", *self._files)
        return ("helm", "dependency", "build", str(CHART)), made

    @property
    def rollouts(self) -> Words:
        waits = (*self._all_of_it(",app.kubernetes.io/part-of=merx"), f"--timeout={self.patience_s}s")
        return ("kubectl", "rollout", "status", "statefulset,deployment", *self._there, *waits)

    @property
    def first_jobs(self) -> Words:
        return ("kubectl", "get", "jobs", *self._there, *self._all_of_it(), "--output=json")

    @property
    def servers(self) -> Words:
        return ("kubectl", "get", "statefulset,deployment", *self._there, *self._all_of_it(), "--output=json")

    @property
    def claims(self) -> Words:
        return ("kubectl", "get", "pvc", *self._there, *self._all_of_it(), "--output=name")

    @property
    def upgrade(self) -> Words:
        changed = ("--set", f"{CHANGED[0]}={CHANGED[2]}")
        return ("helm", "upgrade", self.name, str(CHART), *self._there, *self._files, *changed)

    @property
    def roll_back(self) -> Words:
        return ("helm", "rollback", self.name, "1", *self._there)

    @property
    def uninstall(self) -> tuple[Words, ...]:
        gone = (*self._all_of_it(), f"--timeout={self.patience_s}s")
        return (
            ("helm", "uninstall", self.name, *self._there),
            ("kubectl", "wait", "--for=delete", "pod", *self._there, *gone),
        )

    def train(self, job: str) -> Words:
        return ("kubectl", "create", "job", f"--from=cronjob/{self.name}-pipelines-train", job, *self._there)

    def job(self, job: str) -> Words:
        return ("kubectl", "get", f"job/{job}", *self._there, "--output=json")

    def secret(self, name: str) -> Words:
        return ("kubectl", "get", f"secret/{name}", *self._there, "--output=json")

    def forward(self, service: str, port: int) -> Words:
        ports = ("--address=127.0.0.1", f"{port}:{SERVICES[service]}")
        return ("kubectl", "port-forward", f"service/{self.name}-{service}", *self._there, *ports)

    @property
    def kill_store(self) -> tuple[Words, ...]:
        """None is made in its place, and the one there is gone within a second, as when its node is lost."""
        none = ("kubectl", "scale", f"statefulset/{self.name}-valkey", "--replicas=0", *self._there)
        return none, (
            "kubectl",
            "delete",
            f"pod/{self.name}-valkey-0",
            *self._there,
            "--now",
            "--ignore-not-found",
            f"--timeout={self.patience_s}s",
        )

    @property
    def restore_store(self) -> tuple[Words, ...]:
        store = f"statefulset/{self.name}-valkey"
        return (
            ("kubectl", "scale", store, "--replicas=1", *self._there),
            ("kubectl", "rollout", "status", store, *self._there, f"--timeout={self.patience_s}s"),
        )

    @property
    def evidence(self) -> tuple[Words, ...]:
        """What to look at where a step failed."""
        return (
            ("kubectl", "get", "pods,jobs,pvc", *self._there, "--output=wide"),
            ("kubectl", "get", "events", *self._there, "--field-selector=type=Warning", "--sort-by=.lastTimestamp"),
            ("helm", "history", self.name, *self._there),
        )

    def told(self, step: str) -> tuple[Words, ...]:
        """What a step gives to a cluster, for who only wants to read it; steps without any are calls alone."""
        whole: Mapping[str, tuple[Words, ...]] = {
            "install": (self.claims, *self.install),
            "ready": (self.rollouts, self.first_jobs, self.forward("intake", SERVICES["intake"])),
            "retrain": (self.train("train-day-two"), self.job("train-day-two")),
            "redis": (*self.kill_store, *self.restore_store),
            "upgrade": (self.upgrade, self.rollouts),
            "rollback": (self.roll_back, self.rollouts),
            "uninstall": (*self.uninstall, self.claims),
        }
        return whole.get(step, ())

    @property
    def _there(self) -> Words:
        return ("--namespace", self.namespace)

    @property
    def _files(self) -> Words:
        return tuple(word for file in self.values for word in ("--values", str(file)))

    def _all_of_it(self, more: str = "") -> Words:
        return ("--selector", f"app.kubernetes.io/instance={self.name}{more}")


def program(name: str) -> str:
    """Its path: on PATH, or in the environment that `make tools` puts it into. Raises CommandFailed."""
    places = f"{os.environ.get('PATH', '')}{os.pathsep}{ROOT / '.venv' / 'bin'}"
    found = shutil.which(name, path=places)
    if found is None:
        raise CommandFailed(f"{name} is not here: `make tools` brings it, where the package registry has it")
    return found


def run(words: Words) -> str:
    """What it says on its output. Raises CommandFailed with what it says of its failure."""
    done = subprocess.run(  # noqa: S603 - the words above, and names that the caller gave
        [program(words[0]), *words[1:]], check=False, capture_output=True, text=True
    )
    if done.returncode:
        raise CommandFailed(f"`{spelt(words)}` ended with {done.returncode}: {done.stderr.strip()[-SAID:]}")
    return done.stdout


def run_all(commands: Iterable[Words]) -> str:
    """One after the other; what the last one says."""
    said = ""
    for words in commands:
        said = run(words)
    return said


def spelt(words: Words) -> str:
    """As one types it, in the project's folder."""
    return shlex.join(words).replace(f"{ROOT}/", "")
