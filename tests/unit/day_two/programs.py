"""A helm and a kubectl that write down what they are asked and answer as a cluster would that does as it is told."""

import json
from pathlib import Path

HELM = """#!/bin/sh
here=$(dirname "$0"); words="helm $*"; echo "$words" >> "$here/calls"
refused=$(cat "$here/refuse" 2>/dev/null) && case "$words" in *"$refused"*) echo "no: $refused" >&2; exit 1;; esac
exit 0
"""
KUBECTL = """#!/bin/sh
here=$(dirname "$0"); words="kubectl $*"; echo "$words" >> "$here/calls"
refused=$(cat "$here/refuse" 2>/dev/null) && case "$words" in *"$refused"*) echo "no: $refused" >&2; exit 1;; esac
case "$*" in
  "get pvc"*) cat "$here/claims"; grep -q "^helm install" "$here/calls" && cat "$here/new-claims";;
  "get statefulset,deployment"*)
    case "$(grep -E '^helm (upgrade|rollback)' "$here/calls" | tail -n 1)" in
      "helm upgrade"*) sed s/@VALUE@/WARNING/g "$here/servers";;
      *) sed s/@VALUE@/INFO/g "$here/servers";;
    esac;;
  "get jobs"*) echo '{"items": [{"metadata": {"name": "bootstrap"}, "status": {"conditions": [COMPLETE]}}]}' \\
    | sed 's/COMPLETE/{"type": "Complete", "status": "True"}/';;
  "get job/"*) cat "$here/trained";;
  "get secret/"*) echo '{"data": {"api-key": "bWVyeF9rZXk="}}';;
  "get pods"*) echo "shop-search-0 0/1 CrashLoopBackOff";;
  "port-forward"*) echo "Forwarding from 127.0.0.1:1 -> 2"; while [ ! -f "$here/gone" ]; do sleep 0.05; done
    rm "$here/gone"; echo "error: lost connection to pod" >&2; exit 1;;
esac
exit 0
"""


def server(name: str, replicas: int, *, merx: bool = True) -> dict[str, object]:
    told = [{"name": "MERX_LOG_LEVEL", "value": "@VALUE@"}] if merx else [{"name": "POSTGRES_USER", "value": "merx"}]
    template = {"spec": {"containers": [{"env": told}]}}
    return {"metadata": {"name": name}, "spec": {"replicas": replicas, "template": template}}


class Programs:
    """Both, in a folder that stands first on PATH."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name, text in {"helm": HELM, "kubectl": KUBECTL}.items():
            (folder / name).write_text(text)
            (folder / name).chmod(0o755)
        self.serves({"intake": 2, "recommendation": 2, "search": 2, "pricing": 2})
        self.trains("Complete")
        self.holds_claims()
        self.makes_claims()

    def serves(self, replicas: dict[str, int], *, store: bool = True) -> None:
        """Workloads of a release called shop."""
        servers = [server(f"shop-{name}", count) for name, count in replicas.items()]
        servers += [server("shop-valkey", 1, merx=False)] if store else []
        (self.folder / "servers").write_text(json.dumps({"items": servers}))

    def trains(self, state: str) -> None:
        ended = {"status": {"conditions": [{"type": state, "status": "True"}]}}
        (self.folder / "trained").write_text(json.dumps(ended))

    def refuses(self, words: str) -> None:
        """Every command that has these words in it."""
        (self.folder / "refuse").write_text(words)

    def holds_claims(self, *names: str, file: str = "claims") -> None:
        """From before."""
        (self.folder / file).write_text("".join(f"persistentvolumeclaim/{name}\n" for name in names))

    def makes_claims(self, *names: str) -> None:
        """With the installation."""
        self.holds_claims(*names, file="new-claims")

    @property
    def calls(self) -> list[str]:
        path = self.folder / "calls"
        return path.read_text().splitlines() if path.exists() else []
