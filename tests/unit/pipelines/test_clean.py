import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from merx_pipelines.steps import clean

NOW = datetime(2026, 11, 1, tzinfo=UTC)


def line(**changes: Any) -> dict[str, Any]:
    good = {
        "offset": 1,
        "time": NOW - timedelta(days=1),
        "profile_id": "c:1",
        "session_id": None,
        "product_id": "p1",
        "event_type": "purchase",
        "quantity": 1,
        "unit_price": 100,
        "discount": 0,
        "channel": "web",
        "order_id": "o1",
    }
    return {**good, **changes}


def run(tmp_path: Path, lines: list[dict[str, Any]]) -> clean.CleaningReport:
    pd.DataFrame(lines).to_parquet(tmp_path / "interactions.parquet")
    pd.DataFrame({"product_id": ["p1", "p2"]}).to_parquet(tmp_path / "catalogue.parquet")
    return clean.run(tmp_path / "interactions.parquet", tmp_path / "catalogue.parquet", tmp_path / "out", now=NOW)


class TestCleaning:
    def test_good_lines_all_stay(self, tmp_path: Path) -> None:
        report = run(tmp_path, [line(), line(product_id="p2")])
        assert (report.rows_in, report.rows_out, report.dropped) == (2, 2, {})

    @pytest.mark.parametrize(
        ("rule", "changes"),
        [
            ("no_shopper", {"profile_id": None}),
            ("unknown_product", {"product_id": "discontinued"}),
            ("no_quantity", {"quantity": 0}),
            ("negative_price", {"unit_price": -1}),
            ("in_the_future", {"time": NOW + timedelta(days=2)}),
        ],
    )
    def test_a_bad_line_goes_and_the_report_says_why(self, tmp_path: Path, rule: str, changes: dict[str, Any]) -> None:
        report = run(tmp_path, [line(), line(**changes)])
        assert report.dropped == {rule: 1}
        assert len(pd.read_parquet(tmp_path / "out/interactions.parquet")) == 1
        stored = json.loads((tmp_path / "out/cleaning.json").read_text())
        assert stored["dropped"] == {rule: 1}
        assert rule in (tmp_path / "out/cleaning.txt").read_text()

    def test_a_robot_goes_whole(self, tmp_path: Path) -> None:
        robot = [line(profile_id="a:robot", offset=n) for n in range(clean.ROBOT_EVENTS_A_DAY + 1)]
        report = run(tmp_path, [line(), *robot])
        assert report.dropped == {"robot": len(robot)}

    def test_a_line_counts_under_the_first_rule_that_takes_it(self, tmp_path: Path) -> None:
        report = run(tmp_path, [line(profile_id=None, quantity=0)])
        assert report.dropped == {"no_shopper": 1}
        assert report.rows_in == report.rows_out + sum(report.dropped.values())
