"""The chart's rules files, read."""

from functools import cache
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[3]
RULES = ROOT / "deploy" / "helm" / "merx" / "files" / "rules"
PROMTOOL_TESTS = Path(__file__).parent / "promtool"


@cache
def rules() -> tuple[dict[str, Any], ...]:
    found: list[dict[str, Any]] = []
    for path in sorted(RULES.glob("*.yaml")):
        for group in yaml.safe_load(path.read_text())["groups"]:
            found += group["rules"]
    return tuple(found)


def recorded() -> set[str]:
    return {rule["record"] for rule in rules() if "record" in rule}


def alerts() -> list[dict[str, Any]]:
    return [rule for rule in rules() if "alert" in rule]


@cache
def promtool_looks() -> tuple[dict[str, Any], ...]:
    """Every expectation of the promtool tests."""
    documents = (yaml.safe_load(path.read_text()) for path in PROMTOOL_TESTS.glob("*.yaml"))
    return tuple(look for document in documents for test in document["tests"] for look in test["promql_expr_test"])
