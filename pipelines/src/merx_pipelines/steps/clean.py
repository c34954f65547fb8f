"""Takes out of the tables what no model should learn from, and says what went and why."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

ROBOT_EVENTS_A_DAY = 5_000
"""No person buys or looks at that much in a day; the limit is far above a wholesale customer's."""
SHOWN = 5


@dataclass
class CleaningReport:
    """Rows in and out, and how many each rule dropped, with a few product or profile ids of each."""

    rows_in: int = 0
    rows_out: int = 0
    dropped: dict[str, int] = field(default_factory=dict)
    examples: dict[str, list[str]] = field(default_factory=dict)

    def text(self) -> str:
        """The report for people."""
        lines = [f"{self.rows_in:,} interactions in, {self.rows_out:,} out"]
        lines += [
            f"  {rule}: {count:,} dropped (such as {', '.join(self.examples[rule])})"
            for rule, count in self.dropped.items()
        ]
        return "\n".join(lines)


def run(interactions: Path, catalogue: Path, out: Path, *, now: datetime | None = None) -> CleaningReport:
    """Writes interactions.parquet, catalogue.parquet, cleaning.json and cleaning.txt into `out`."""
    import pandas as pd

    lines, products = pd.read_parquet(interactions), pd.read_parquet(catalogue)
    moment = now or datetime.now(UTC)
    report = CleaningReport(rows_in=len(lines))
    known = frozenset(products["product_id"])
    rules: dict[str, tuple[str, Callable[[pd.DataFrame], pd.Series[bool]]]] = {
        "no_shopper": ("product_id", lambda t: t["profile_id"].isna() | (t["profile_id"] == "")),
        "unknown_product": ("product_id", lambda t: ~t["product_id"].isin(known)),
        "no_quantity": ("product_id", lambda t: t["quantity"] <= 0),
        "negative_price": ("product_id", lambda t: t["unit_price"] < 0),
        "in_the_future": ("profile_id", lambda t: t["time"] > pd.Timestamp(moment + timedelta(days=1))),
        "robot": ("profile_id", _robots),
    }
    for rule, (shown, matches) in rules.items():
        bad = matches(lines)
        if bad.any():
            report.dropped[rule] = int(bad.sum())
            report.examples[rule] = [str(value) for value in lines.loc[bad, shown].drop_duplicates().head(SHOWN)]
            lines = lines[~bad]
    report.rows_out = len(lines)
    out.mkdir(parents=True, exist_ok=True)
    lines.to_parquet(out / "interactions.parquet", index=False)
    products.to_parquet(out / "catalogue.parquet", index=False)
    (out / "cleaning.json").write_text(json.dumps(asdict(report), indent=1))
    (out / "cleaning.txt").write_text(report.text() + "\n")
    return report


def _robots(lines: "pd.DataFrame") -> "pd.Series[bool]":
    days = lines["time"].dt.floor("D")
    sizes = lines.groupby(["profile_id", days], sort=False)["product_id"].transform("size")
    return sizes > ROBOT_EVENTS_A_DAY


def run_folder(tables: Path, out: Path) -> CleaningReport:
    """`run` on what the step `extract` wrote, whose window.json and shelves go along."""
    import shutil

    from merx_pipelines.steps.extract import SHELVES, WINDOW

    report = run(tables / "interactions.parquet", tables / "catalogue.parquet", out)
    for name in (WINDOW, *SHELVES):
        shutil.copyfile(tables / name, out / name)
    return report
