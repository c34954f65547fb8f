"""Where the steps of one run wrote what later steps read."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Folders:
    """Outputs of earlier steps, by step; a step names in its docstring which of them it reads."""

    clean: Path = Path()
    candidates: Path = Path()
    lists: Path = Path()
    rankers: Path = Path()
    evaluation: Path = Path()
    gate: Path = Path()
    bundles: Path = Path()
    catalogue: Path = Path()
    texts: Path = Path()
    pictures: Path = Path()
    judgements: Path | None = None
    """An index may be built without."""
    index: Path = Path()
    check: Path = Path()
    sales: Path = Path()
    model: Path = Path()
