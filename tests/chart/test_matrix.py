"""Toggles together: every pair of them stands in some workload that Kubernetes takes and Pod Security lets pass."""

from collections.abc import Iterator, Mapping
from itertools import combinations, product
from typing import Any

import pytest

from tests.chart.charts import Charts, Manifest, load, merged, pods
from tests.chart.pod_security import beyond, violations
from tests.chart.schemas import CUSTOM, KUBERNETES
from tests.chart.schemas import violations as unfit
from tests.chart.values import BASE, at_once

HPA, KEDA = {"scaling": {"hpa": {"enabled": True}}}, {"scaling": {"keda": {"enabled": True}}}
ISSUER = {"jwtIssuer": "https://login.example.com", "jwtJwksUrl": "https://login.example.com/keys", "apiKeys": False}
TOGGLES: Mapping[str, Mapping[str, dict[str, Any]]] = {
    "kind": {kind: {"workload": {"kind": kind}} for kind in ("StatefulSet", "Deployment", "RayService", "None")},
    "volume": {
        "kept": {},
        "shared": {"persistence": {"accessModes": ["ReadWriteMany"]}},
        "none": {"persistence": {"enabled": False}},
    },
    "replicas": {"one": {"workload": {"replicas": 1}}, "several": {}, "hpa": HPA, "keda": KEDA},
    "callers": {"keys": {}, "tokens": {"global": {"auth": ISSUER}}},
    "users": {"own": {}, "cluster's": {"global": {"openshift": True}}},
    "cards": {"none": {}, "one": {"gpu": {"count": 1}}},
    "routes": {
        "none": {},
        "both": {
            "ingress": {"enabled": True, "hosts": ["a.example"], "tlsSecret": "tls"},
            "httpRoute": {
                "enabled": True,
                "parentRefs": [{"name": "gateway"}],
                "hostnames": ["a.example"],
                "stripPath": True,
            },
        },
    },
    "policies": {"on": {}, "off": {"global": {"network": {"policies": False}}}},
    "monitors": {"off": {"global": {"monitoring": {"serviceMonitors": False}}}, "on": {}},
    "jobs": {
        "none": {},
        "both": {"jobs": {"once": {"script": "bootstrap.py"}, "nightly": {"schedule": "0 3 * * *", "args": ["x"]}}},
    },
    "files": {"none": {}, "some": {"config": {"files": {"rules.yaml": "name: a"}}}},
    "traces": {"none": {}, "sent": {"global": {"otlp": {"endpoint": "http://collector:4318/v1/traces"}}}},
}
Choice = dict[str, str]


def possible(choice: Choice) -> bool:
    """What the chart refuses is left out; `test_refusals.py` has it."""
    scaled = choice["replicas"] in {"hpa", "keda"}
    alone = choice["kind"] in {"RayService", "None"}
    shared = choice["kind"] == "Deployment" and choice["volume"] == "kept" and choice["replicas"] != "one"
    return not (scaled and alone) and not shared


def pairs(choice: Choice) -> set[tuple[tuple[str, str], tuple[str, str]]]:
    return set(combinations(sorted(choice.items()), 2))


def covering() -> list[Choice]:
    """Few choices with every possible pair in them: each time the one with the most pairs that are still wanted."""
    every = [dict(zip(TOGGLES, words, strict=True)) for words in product(*TOGGLES.values())]
    candidates = [choice for choice in every if possible(choice)][::7]
    wanted = set().union(*map(pairs, candidates))
    chosen: list[Choice] = []
    while wanted:
        best = max(candidates[len(chosen) % 5 :: 5], key=lambda choice: len(pairs(choice) & wanted))
        chosen.append(best)
        wanted -= pairs(best)
    return chosen


@pytest.fixture(scope="module")
def rendered(charts: Charts) -> list[tuple[Choice, tuple[Manifest, ...]]]:
    choices = covering()
    values = [merged(BASE, *(TOGGLES[name][word] for name, word in choice.items())) for choice in choices]
    texts = at_once(charts, values)
    return [
        (choice, tuple(one for text in objects.values() for one in load(text)))
        for choice, objects in zip(choices, texts, strict=True)
    ]


def objects(rendered: list[tuple[Choice, tuple[Manifest, ...]]]) -> Iterator[tuple[Choice, Manifest]]:
    for choice, manifests in rendered:
        for manifest in manifests:
            yield choice, manifest


class TestEveryPairOfToggles:
    def test_is_there(self, rendered: list[tuple[Choice, tuple[Manifest, ...]]]) -> None:
        seen = set().union(*(pairs(choice) for choice, _ in rendered))
        words = {(name, word) for name, options in TOGGLES.items() for word in options}
        impossible = {
            (("kind", kind), ("replicas", scaler)) for kind in ("None", "RayService") for scaler in ("hpa", "keda")
        }
        assert seen | impossible >= {pair for pair in combinations(sorted(words), 2) if pair[0][0] != pair[1][0]}

    def test_keeps_to_the_schemas(self, rendered: list[tuple[Choice, tuple[Manifest, ...]]]) -> None:
        done: set[str] = set()
        for choice, manifest in objects(rendered):
            if (key := repr(manifest)) in done:
                continue
            done.add(key)
            for version in KUBERNETES[:1] if manifest["kind"] in CUSTOM else (KUBERNETES[0], KUBERNETES[-1]):
                assert not unfit(manifest, version), f"{choice}: {manifest['kind']}"

    def test_is_restricted(self, rendered: list[tuple[Choice, tuple[Manifest, ...]]]) -> None:
        for choice, manifests in rendered:
            for name, pod in pods(manifests):
                assert not [*violations(pod), *beyond(pod)], f"{choice}: {name}"

    def test_has_what_was_asked_for(self, rendered: list[tuple[Choice, tuple[Manifest, ...]]]) -> None:
        made = {
            ("replicas", "hpa"): "HorizontalPodAutoscaler",
            ("replicas", "keda"): "ScaledObject",
            ("policies", "on"): "NetworkPolicy",
            ("jobs", "both"): "CronJob",
            ("files", "some"): "ConfigMap",
        }
        for choice, manifests in rendered:
            kinds = {manifest["kind"] for manifest in manifests}
            for (toggle, word), kind in made.items():
                ray = kind == "ConfigMap" and choice["kind"] == "RayService"
                assert (kind in kinds) is (choice[toggle] == word or ray), f"{choice}: {kind}"
            assert choice["kind"] == "None" or choice["kind"] in kinds
