"""Who reaches whom, by the rendered NetworkPolicies, evaluated as Kubernetes documents them."""

import ipaddress
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.chart.charts import NAMESPACE, Manifest, of_kind, pods

Policy = Mapping[str, Any]


@dataclass(frozen=True)
class Place:
    """A pod, or with `address` a host outside the cluster."""

    name: str
    labels: Mapping[str, str] = field(default_factory=dict, hash=False)
    namespace: str = NAMESPACE
    address: str = ""

    @property
    def namespace_labels(self) -> dict[str, str]:
        return {"kubernetes.io/metadata.name": self.namespace}


def places(manifests: tuple[Manifest, ...]) -> list[Place]:
    """One for each workload, one for each test pod ("test:intake"); jobs of a workload count as it."""
    found: dict[str, Place] = {}
    for _, pod in pods(manifests):
        labels = pod["metadata"]["labels"]
        prefix = "test:" if labels["merx.dev/role"] == "test" else ""
        name = prefix + labels["app.kubernetes.io/name"]
        found.setdefault(name, Place(name, labels))
    return list(found.values())


def policies(manifests: tuple[Manifest, ...]) -> list[Policy]:
    return [manifest["spec"] for manifest in of_kind(manifests, "NetworkPolicy")]


def allowed(rules: Iterable[Policy], source: Place, target: Place, port: int, protocol: str = "TCP") -> bool:
    """Whether a connection may be made: the source's egress and the target's ingress both let it pass."""
    held = list(rules)
    out = _side(held, source, target, way=("Egress", "egress", "to"), port=port, protocol=protocol)
    return out and _side(held, target, source, way=("Ingress", "ingress", "from"), port=port, protocol=protocol)


def _side(rules: list[Policy], pod: Place, peer: Place, *, way: tuple[str, str, str], port: int, protocol: str) -> bool:
    kind, key, peers = way
    if pod.address or pod.namespace != NAMESPACE:
        return True
    own = [rule for rule in rules if kind in rule["policyTypes"] and _selects(rule["podSelector"], pod.labels)]
    if not own:
        return True
    return any(
        _port_fits(rule.get("ports"), port, protocol) and _peer_fits(rule.get(peers), peer)
        for policy in own
        for rule in policy.get(key) or ()
    )


def _port_fits(ports: list[dict[str, Any]] | None, port: int, protocol: str) -> bool:
    return not ports or any(p.get("port", port) == port and p.get("protocol", "TCP") == protocol for p in ports)


def _peer_fits(peers: list[dict[str, Any]] | None, place: Place) -> bool:
    return not peers or any(_one_peer(peer, place) for peer in peers)


def _one_peer(peer: dict[str, Any], place: Place) -> bool:
    if "ipBlock" in peer:
        inside = place.address and ipaddress.ip_address(place.address) in ipaddress.ip_network(peer["ipBlock"]["cidr"])
        return bool(inside)
    if place.address:
        return False
    spaces = peer.get("namespaceSelector")
    if spaces is None and place.namespace != NAMESPACE:
        return False
    return _selects(spaces or {}, place.namespace_labels) and _selects(peer.get("podSelector") or {}, place.labels)


def _selects(selector: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    equal = all(labels.get(name) == value for name, value in selector.get("matchLabels", {}).items())
    return equal and all(_expression(one, labels) for one in selector.get("matchExpressions", ()))


def _expression(one: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    assert one["operator"] == "In", "the chart uses no other"
    return labels.get(one["key"]) in one["values"]
