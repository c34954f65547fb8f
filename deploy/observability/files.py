"""Which files are made by code, and what is in them."""

from pathlib import Path

from deploy.observability import slo_rules
from deploy.observability.dashboards import BOARDS

ROOT = Path(__file__).parents[2]
CHART_FILES = ROOT / "deploy" / "helm" / "merx" / "files"
RULES = CHART_FILES / "rules"
DASHBOARDS = CHART_FILES / "dashboards"


def written() -> dict[Path, str]:
    """The text of each file, by its path."""
    boards = {DASHBOARDS / f"{name}.json": board.text() for name, board in BOARDS.items()}
    return {RULES / "slo.yaml": slo_rules.text(), **boards}
