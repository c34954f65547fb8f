"""Pod Security Standards, level "restricted", as Kubernetes 1.37 documents them, and what the chart adds to it."""

from collections.abc import Iterator
from typing import Any

from tests.chart.charts import Manifest, containers

VOLUMES = {"configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret"}
SECCOMP = {"RuntimeDefault", "Localhost"}
SELINUX = {"", "container_t", "container_init_t", "container_kvm_t", "container_engine_t"}
SYSCTLS = {
    "kernel.shm_rmid_forced",
    "net.ipv4.ip_local_port_range",
    "net.ipv4.ip_unprivileged_port_start",
    "net.ipv4.tcp_syncookies",
    "net.ipv4.ping_group_range",
}


def violations(pod: Manifest) -> list[str]:
    """What the standard refuses about a pod template, in words; empty where it is restricted."""
    spec = pod["spec"]
    return [*_of_pod(spec), *(f"{c['name']}: {what}" for c in containers(pod) for what in _of_container(c, spec))]


def beyond(pod: Manifest) -> list[str]:
    """What the standard lets pass and the chart does not."""
    spec = pod["spec"]
    found = [
        f"{c['name']}: writes to its root" for c in containers(pod) if not _security(c).get("readOnlyRootFilesystem")
    ]
    if spec.get("automountServiceAccountToken") is not False:
        found.append("holds a token of its service account")
    if spec.get("serviceAccountName", "default") == "default":
        found.append("runs as the namespace's own service account")
    if spec.get("enableServiceLinks") is not False:
        found.append("is told of every Service by variables, which settings would take for misspelt ones")
    return found


def _security(thing: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = thing.get("securityContext") or {}
    return found


def _of_pod(spec: dict[str, Any]) -> Iterator[str]:
    security = _security(spec)
    yield from (name for name in ("hostNetwork", "hostPID", "hostIPC") if spec.get(name))
    for volume in spec.get("volumes", ()):
        if kinds := volume.keys() - {"name"} - VOLUMES:
            yield f"volume {volume['name']} is a {', '.join(sorted(kinds))}"
    yield from (f"sysctl {one['name']}" for one in security.get("sysctls", ()) if one["name"] not in SYSCTLS)
    checks = {
        "runs as root": security.get("runAsUser") == 0,
        "an SELinux type of its own": security.get("seLinuxOptions", {}).get("type", "") not in SELINUX,
        "a process of the host": bool(security.get("windowsOptions", {}).get("hostProcess")),
    }
    yield from (what for what, wrong in checks.items() if wrong)


def _of_container(container: dict[str, Any], spec: dict[str, Any]) -> Iterator[str]:
    own, pods = _security(container), _security(spec)
    capabilities = own.get("capabilities", {})
    seccomp = own.get("seccompProfile", pods.get("seccompProfile", {})).get("type")
    checks = {
        "privileged": bool(own.get("privileged")),
        "may gain privileges": own.get("allowPrivilegeEscalation") is not False,
        "may run as root": own.get("runAsNonRoot", pods.get("runAsNonRoot")) is not True,
        "runs as root": own.get("runAsUser") == 0,
        "keeps capabilities": "ALL" not in capabilities.get("drop", ()),
        "adds capabilities": bool(set(capabilities.get("add", ())) - {"NET_BIND_SERVICE"}),
        "no seccomp profile": seccomp not in SECCOMP,
        "an unmasked /proc": own.get("procMount", "Default") != "Default",
        "a port of the host": any(port.get("hostPort") for port in container.get("ports", ())),
    }
    yield from (what for what, wrong in checks.items() if wrong)
