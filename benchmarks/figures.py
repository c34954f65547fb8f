"""Draws the tables of the README from benchmarks/results, so that no figure is typed by hand."""

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.report import RESULTS

README = Path(__file__).parents[1] / "README.md"
BEGIN, END = "<!-- figures: drawn by `make figures` from benchmarks/results -->", "<!-- end of figures -->"
HEADING = "| area | claim | unit | Merx (lowest to highest) | peers | goal |\n|---|---|---|---|---|---|"


def number(value: float) -> str:
    """Four significant digits, without an exponent for what people read as a plain number."""
    return f"{value:,.0f}" if abs(value) >= 10_000 else f"{value:.4g}"


def row_line(area: str, row: Mapping[str, Any]) -> str:
    """One line of the table."""
    low, high = row["spread"]
    peers = ", ".join(f"{name} {number(value)}" for name, value in row["peers"].items()) or "-"
    merx = f"{number(row['merx'])} ({number(low)} to {number(high)})"
    verdict = "-" if row["goal"] is None else f"{number(row['goal'])}, {'met' if row['met'] else 'missed'}"
    return f"| `{area}` | {row['claim']} | {row['unit']} | {merx} | {peers} | {verdict} |"


def tables(documents: Sequence[Mapping[str, Any]]) -> str:
    """The table of all areas, and one line on where each was measured."""
    rows = [row_line(document["area"], row) for document in documents for row in document["rows"]]
    sources = [
        f"- `{document['area']}`: {document['date']}, `make bench AREA={document['area']}`, "
        f"{document['machine']['cpu']}, load {document['machine']['load']}"
        for document in documents
    ]
    return "\n".join([HEADING, *rows, "", *sources])


def drawn(readme: str) -> str:
    """`readme` with its figures drawn anew."""
    results = [path for path in sorted(RESULTS.glob("*.json")) if not path.name.endswith(".other.json")]
    before, _, rest = readme.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{tables([json.loads(path.read_text()) for path in results])}\n{END}{after}"


if __name__ == "__main__":
    README.write_text(drawn(README.read_text()))
    sys.exit(0)
