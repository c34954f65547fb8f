"""Draws the tables of figures from benchmarks/results, so that none is typed by hand: in the README a line for each
area, in docs/figures.md every missed goal, then everything.
"""

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.report import RESULTS

ROOT = Path(__file__).parents[1]
README, EVERYTHING = ROOT / "README.md", ROOT / "docs" / "figures.md"
BEGIN, END = "<!-- figures: drawn by `make figures` from benchmarks/results -->", "<!-- end of figures -->"
NAMES, RULE = "| area | claim | unit | Merx (lowest to highest) | peers | goal |", "|---|---|---|---|---|---|"
HEADING, SUMMARY = f"{NAMES}\n{RULE}", f"{NAMES} goals met |\n{RULE}---|"


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


def summary(documents: Sequence[Mapping[str, Any]]) -> str:
    """Of each area its first goal, and how many of its goals are met."""
    return "\n".join([SUMMARY, *(summary_line(document) for document in documents)])


def summary_line(document: Mapping[str, Any]) -> str:
    """One line of the README's table."""
    aimed = [row for row in document["rows"] if row["goal"] is not None]
    met = sum(bool(row["met"]) for row in aimed)
    told = f"all {met}" if met == len(aimed) else f"**{met} of {len(aimed)}**"
    return f"{row_line(document['area'], aimed[0])} {told} |"


def everything(documents: Sequence[Mapping[str, Any]]) -> str:
    """What was missed, every row, and a line for each area on where it was measured."""
    rows = [(document["area"], row) for document in documents for row in document["rows"]]
    missed = [row_line(area, row) for area, row in rows if row["goal"] is not None and not row["met"]]
    sources = [
        f"- `{document['area']}`: {document['date']}, `make bench AREA={document['area']}`, "
        f"{document['machine']['cpu']}, load {document['machine']['load']}"
        for document in documents
    ]
    whole = [row_line(area, row) for area, row in rows]
    parts = ("## Missed goals", table(missed), "## All", table(whole), "\n".join(sources))
    return "\n\n".join(parts)


def table(rows: Sequence[str]) -> str:
    return "\n".join([HEADING, *rows])


def drawn(page: str, figures: str) -> str:
    """`page` with its figures drawn anew."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{figures}\n{END}{after}"


def results() -> list[dict[str, Any]]:
    """What the benchmarks wrote last, in the order of the areas' names."""
    paths = [path for path in sorted(RESULTS.glob("*.json")) if not path.name.endswith(".other.json")]
    return [json.loads(path.read_text()) for path in paths]


def pages() -> dict[Path, str]:
    """The pages as they should read."""
    measured = results()
    parts = {README: summary(measured), EVERYTHING: everything(measured)}
    return {page: drawn(page.read_text(), figures) for page, figures in parts.items()}


if __name__ == "__main__":
    for page, text in pages().items():
        page.write_text(text)
    sys.exit(0)
