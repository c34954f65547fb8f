"""Which files are made by code, and what is in them."""

from pathlib import Path

from deploy.observability import slo_rules

ROOT = Path(__file__).parents[2]
CHART_FILES = ROOT / "deploy" / "helm" / "merx" / "files"
RULES = CHART_FILES / "rules"
DASHBOARDS = CHART_FILES / "dashboards"


def written() -> dict[Path, str]:
    """The text of each file, by its path."""
    return {RULES / "slo.yaml": slo_rules.text()}
