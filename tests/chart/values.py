"""What each documented value changes: `python -m tests.chart.values` writes docs/kubernetes-values.md anew.

Each value is set in one of many workloads of a chart that is made for it, so that all are rendered at once.
"""

import json
import re
import shutil
import sys
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from deploy.helm.generate.comments import Value, read
from tests.chart.charts import HELM, ROOT, Charts, deep, helm_program, merged

PAGE = ROOT / "docs" / "kubernetes-values.md"
SPECIAL: Mapping[str, Mapping[str, Any]] = yaml.safe_load((Path(__file__).parent / "values.yaml").read_text())
EVERYTHING = ("eventLog", "features", "artefacts", "registry", "auth")
SHARED: Mapping[str, Any] = {"existingSecret": "merx", "monitoring": {"serviceMonitors": True}}
BASE: Mapping[str, Any] = {
    "global": SHARED,
    "nameOverride": "probe",
    "workload": {"replicas": 2},
    "config": {"prefix": "RECO", "uses": dict.fromkeys(EVERYTHING, True)},
    "test": {"path": "/v1/recommendations"},
}
SOURCE = re.compile(r"^# Source: probe/charts/(?P<alias>w\d+)/", re.MULTILINE)
KIND = re.compile(r"^kind: (\S+)$", re.MULTILINE)
NAME = re.compile(r"^metadata:\n(?:  .*\n)*?  name: (\S+)$", re.MULTILINE)
BETWEEN = "\n---\n"
CHANGED = "changed"

Objects = dict[str, str]
"""Each object as text, by its kind and name."""


_STORES = {"global": {"trial": {"postgres": True, "valkey": True, "objectstore": True, "seed": "a"}}}


@dataclass(frozen=True)
class Trial:
    """One value, what it is set to, and what stands beside it."""

    value: Value
    set: Any
    beside: Mapping[str, Any]

    @property
    def after(self) -> dict[str, Any]:
        return merged(self.beside, deep(self.value.name, self.set))


@dataclass(frozen=True)
class Outcome:
    """The objects that are others, new or gone once the value is set."""

    name: str
    set: Any
    objects: tuple[str, ...]

    @property
    def kinds(self) -> tuple[str, ...]:
        return tuple(sorted({name.split("/")[0] for name in self.objects}))


def trial_of(value: Value) -> Trial:
    special = SPECIAL.get(value.name, {})
    return Trial(value, special.get("set", another(value)), special.get("with", {}))


def another(value: Value) -> Any:
    """Something else than the default that the value's type lets be."""
    default, kind = value.default, value.type
    if "enum" in value.constraints:
        return next(word for word in value.constraints["enum"].split("|") if word != default)
    if kind == "boolean":
        return not default
    if kind in {"integer", "number"}:
        return default + 1
    simple = {"string": CHANGED, "quantity": "3Gi", "map": {CHANGED: "yes"}, "list": [{CHANGED: "yes"}]}
    if kind in simple:
        return simple[kind]
    if kind == "list of string":
        return [CHANGED]
    return [4444] if kind == "list of integer" else {"CHANGED": "yes"}


def outcomes(charts: Charts) -> list[Outcome]:
    """Of every documented value of both charts, in the order of the files."""
    inner = [leaf for value in read(HELM / "service" / "values.yaml") for leaf in value.leaves()]
    outer = [leaf for value in read(HELM / "merx" / "values.yaml") for leaf in value.leaves()]
    of_one = [leaf for leaf in inner if SPECIAL.get(leaf.name, {}).get("chart") != "merx"]
    of_all = [leaf for leaf in inner if leaf not in of_one]
    own = [leaf for leaf in outer if leaf.path[0] != "global"]
    aliases = [leaf for leaf in own if leaf.type == "workload"]
    rest = [leaf for leaf in own if leaf not in aliases]
    return [*_of_workloads(charts, of_one), *_of_aliases(charts, aliases), *_of_whole(charts, [*of_all, *rest])]


def _of_workloads(charts: Charts, values: Iterable[Value]) -> list[Outcome]:
    trials = [trial_of(value) for value in values]
    sides = [side for trial in trials for side in (trial.beside, trial.after)]
    rendered = at_once(charts, [merged(BASE, side) for side in sides])
    return [_outcome(trial, rendered[2 * index], rendered[2 * index + 1]) for index, trial in enumerate(trials)]


def at_once(charts: Charts, workloads: list[dict[str, Any]]) -> list[Objects]:
    """The objects of each workload, by one render of a chart that has them all."""
    aliases = [f"w{index:04}" for index in range(len(workloads))]
    with tempfile.TemporaryDirectory(dir=charts.folder) as folder:
        chart = Path(folder)
        # The schema would be compiled for each of hundreds; `test_values.py` holds the same values to it once.
        ignored = shutil.ignore_patterns("values.schema.json")
        shutil.copytree(charts.folder / "service", chart / "charts" / "service", ignore=ignored)
        needed = [{"name": "service", "version": "0.1.0", "alias": alias} for alias in aliases]
        about = {"apiVersion": "v2", "name": "probe", "version": "0.1.0", "appVersion": "0.1.0", "dependencies": needed}
        (chart / "Chart.yaml").write_text(json.dumps(about))
        values = dict(zip(aliases, workloads, strict=True))
        text = charts.run("template", "shop", str(chart), "--namespace", "merx", "-f", "-", stdin=json.dumps(values))
    found: dict[str, Objects] = {alias: {} for alias in aliases}
    for document in text.split(BETWEEN):
        if match := SOURCE.search(document):
            # An alias is a chart's name, which a label tells.
            alias = match["alias"]
            found[alias] |= _objects([document.replace(alias, "probe")])
    return [found[alias] for alias in aliases]


def _of_aliases(charts: Charts, values: list[Value]) -> list[Outcome]:
    """Of the workloads themselves: all of their pods are told something at once, and each must show it."""
    told = {"podAnnotations": {CHANGED: "yes"}}
    before, after = (charts.text(merged(_STORES, side)) for side in ({}, {value.name: told for value in values}))
    all_of_them = _outcome(Trial(values[0], told, {}), _split(before), _split(after))
    ends = {value.name: re.compile(rf"/shop-{value.name}(-|$)") for value in values}
    return [
        Outcome(name, told, tuple(one for one in all_of_them.objects if end.search(one))) for name, end in ends.items()
    ]


def _of_whole(charts: Charts, values: Iterable[Value]) -> list[Outcome]:
    rendered: dict[str, Objects] = {}

    def objects(side: Mapping[str, Any]) -> Objects:
        if (key := json.dumps(side)) not in rendered:
            rendered[key] = _split(charts.text(merged({"global": SHARED}, side)))
        return rendered[key]

    return [_outcome(one, objects(one.beside), objects(one.after)) for one in map(trial_of, values)]


def _split(text: str) -> Objects:
    return _objects(text.split(BETWEEN))


def _objects(documents: Iterable[str]) -> Objects:
    """By kind and name; the text is compared as it is."""
    named = ((KIND.search(text), NAME.search(text), text) for text in documents)
    return {f"{kind[1]}/{name[1]}": text.strip() for kind, name, text in named if kind and name}


def _outcome(trial: Trial, before: Objects, after: Objects) -> Outcome:
    names = before.keys() | after.keys()
    changed = sorted(name for name in names if before.get(name) != after.get(name))
    return Outcome(trial.value.name, trial.set, tuple(changed))


def page(found: Iterable[Outcome]) -> str:
    rows = [f"| `{one.name}` | `{_cell(one.set)}` | {', '.join(one.kinds)} |" for one in found]
    head = [
        "# What each value changes",
        "",
        "Made by `make chart`: each documented value of both charts is set to something else, and what is rendered",
        "is compared. A value that changes nothing fails the build. Names without a workload are of all of them.",
        "",
        "| value | set to | what is then another one, new or gone |",
        "|---|---|---|",
    ]
    return "\n".join([*head, *rows]) + "\n"


def _cell(value: object) -> str:
    text = json.dumps(value) if not isinstance(value, str) else value
    return (text if len(text) <= 60 else f"{text[:57]}...").replace("|", "\\|")


def main() -> int:
    helm = helm_program()
    if helm is None:
        sys.stdout.write("helm is not here: docs/kubernetes-values.md stays as it is\n")
        return 0
    with tempfile.TemporaryDirectory(prefix="merx-charts-") as folder:
        PAGE.write_text(page(outcomes(Charts.copied(helm, Path(folder)))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
