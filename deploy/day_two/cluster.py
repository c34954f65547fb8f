"""A release on the cluster that KUBECONFIG names, by helm and kubectl alone."""

import base64
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from benchmarks.service_process import free_port
from deploy.day_two.commands import CHANGED, SERVICES, CommandFailed, Release, Words, program, run, run_all
from deploy.day_two.forwards import Forward
from deploy.day_two.patience import Calls, StepFailed
from deploy.day_two.place import Door, Skipped

ROLLS = ("upgrade", "rollback")
LOOKS_S = 2.0
TRAINED = "train-day-two"


@dataclass
class Cluster:
    """`addresses` are ways in of the cluster's own (an Ingress), by service; the others are reached by port-forward.
    `key` is the API key; where it is empty it is read from `secret`, which is the trial's by default."""

    release: Release
    addresses: Mapping[str, str] = field(default_factory=dict)
    key: str = ""
    secret: str = ""
    secret_key: str = "api-key"  # noqa: S105 - a name in it
    name: str = "cluster"
    _doors: dict[str, Door] = field(default_factory=dict)
    _forwards: dict[str, Forward] = field(default_factory=dict)
    _replicas: dict[str, int] = field(default_factory=dict)

    @property
    def doors(self) -> Mapping[str, Door]:
        return self._doors

    def install(self) -> str:
        """Raises StepFailed where volumes of an earlier release are left."""
        if left := run(self.release.claims).split():
            raise StepFailed(f"volumes of an earlier release are there, with their data: {', '.join(left)}")
        run_all(self.release.install)
        return f"{self.release.name} is in the namespace {self.release.namespace}"

    def ready(self) -> str:
        """Pods, the first Job, and a way to each service."""
        run(self.release.rollouts)
        self._first_jobs()
        key = self.key or self._read_key()
        for service in SERVICES:
            self._doors[service] = self._door(service, key)
        for forward in self._forwards.values():
            forward.wait(self.release.patience_s)
        servers = json.loads(run(self.release.servers))["items"]
        self._replicas = {server["metadata"]["name"]: server["spec"].get("replicas", 1) for server in servers}
        return f"{sum(self._replicas.values())} pods of {len(self._replicas)} workloads are ready"

    def train(self) -> str:
        """Raises StepFailed where the run failed, or its model did not pass the gate."""
        run(self.release.train(TRAINED))
        calls = Calls(self.release.train_patience_s, LOOKS_S)
        state = calls.until(f"job/{TRAINED} ends", lambda: _ended(json.loads(run(self.release.job(TRAINED)))))
        if state != "Complete":
            raise StepFailed(f"job/{TRAINED} {state}: `kubectl logs job/{TRAINED}` says why; status 2 is the gate's no")
        return f"job/{TRAINED} completed"

    @contextmanager
    def without_store(self) -> Iterator[None]:
        """Raises Skipped where Redis is not the release's own."""
        if f"{self.release.name}-valkey" not in self._replicas:
            raise Skipped("Redis is not the release's own: kill it by its own means, and run the step's calls by hand")
        run_all(self.release.kill_store)
        try:
            yield
        finally:
            run_all(self.release.restore_store)

    def upgrade(self) -> str:
        run(self.release.upgrade)
        return self._rolled(told=True)

    def roll_back(self) -> str:
        run(self.release.roll_back)
        return self._rolled(told=False)

    def uninstall(self) -> str:
        self._stop_forwards()
        run_all(self.release.uninstall)
        left = run(self.release.claims).split()
        remove = f"kubectl delete pvc -n {self.release.namespace} -l app.kubernetes.io/instance={self.release.name}"
        kept = f"{len(left)} volumes stay, with all that was learned, until `{remove}`" if left else "no volume"
        return f"no pod is left; {kept}"

    def excused(self, step: str) -> Mapping[str, str]:
        """A workload of one replica is away while that one is replaced."""
        if step not in ROLLS:
            return {}
        alone = (service for service in self._doors if self._replicas.get(f"{self.release.name}-{service}") == 1)
        return dict.fromkeys(alone, "one replica, replaced")

    def not_run(self, step: str) -> tuple[Words, ...]:  # noqa: ARG002 - the protocol's
        """All of it is run."""
        return ()

    def evidence(self) -> str:
        told = []
        for words in self.release.evidence:
            with suppress(CommandFailed):
                told.append(f"$ {' '.join(words)}\n{run(words)}")
        return "\n".join(told)

    def close(self) -> None:
        self._stop_forwards()

    def _stop_forwards(self) -> None:
        for forward in self._forwards.values():
            forward.stop()

    def _door(self, service: str, key: str) -> Door:
        if service in self.addresses:
            return Door(self.addresses[service].rstrip("/"), key)
        port = free_port()
        words = self.release.forward(service, port)
        forward = Forward([program(words[0]), *words[1:]]).start()
        self._forwards[service] = forward
        return Door(f"http://127.0.0.1:{port}", key, forward)

    def _read_key(self) -> str:
        name = self.secret or f"{self.release.name}-trial"
        data = json.loads(run(self.release.secret(name)))["data"]
        if self.secret_key not in data:
            raise StepFailed(f"secret/{name} has no {self.secret_key}: name the API key by MERX_DAY_TWO_KEY")
        return base64.b64decode(data[self.secret_key]).decode()

    def _first_jobs(self) -> None:
        """Raises StepFailed where one failed."""

        def all_ended() -> tuple[dict[str, str]] | None:
            jobs = json.loads(run(self.release.first_jobs))["items"]
            states = {job["metadata"]["name"]: _ended(job) for job in jobs}
            return (states,) if all(states.values()) else None

        (states,) = Calls(self.release.patience_s, LOOKS_S).until("the first Job ends", all_ended)
        if failed := [name for name, state in states.items() if state != "Complete"]:
            raise StepFailed(f"{', '.join(failed)} failed: `kubectl logs job/<name>` says why")

    def _rolled(self, *, told: bool) -> str:
        """Waits for every pod, and looks at what they are told. Raises StepFailed where it is not as it should be."""
        run(self.release.rollouts)
        for forward in self._forwards.values():
            forward.wait(self.release.patience_s)
        _, variable, value = CHANGED
        servers = json.loads(run(self.release.servers))["items"]
        values = {server["metadata"]["name"]: variable_of(server, variable) for server in servers}
        ours = {name: found for name, found in values.items() if found is not None}
        wrong = [name for name, found in ours.items() if (found == value) != told]
        if wrong or not ours:
            raise StepFailed(f"{variable} is not what it should be in {wrong or 'any workload'}")
        return f"{len(ours)} workloads rolled, {variable} is {', '.join(sorted(set(ours.values())))}"


def _ended(job: Mapping[str, Any]) -> str:
    """Complete or Failed; empty while it runs."""
    conditions = job.get("status", {}).get("conditions", ())
    true = {one["type"] for one in conditions if one["status"] == "True"}
    return next(iter(true & {"Complete", "Failed"}), "")


def variable_of(server: Mapping[str, Any], name: str) -> str | None:
    """Of its first container; None where it has none of that name."""
    told = server["spec"]["template"]["spec"]["containers"][0].get("env", ())
    return next((str(one["value"]) for one in told if one["name"] == name and "value" in one), None)
