"""The benchmark in short form: an hour with a burst, under every policy, to its table and its page."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks.gpu_scaling import CLAIMS, CLAIRVOYANT, MEAN_GPUS, MERX, STATIC, WHOLE, Day, measure
from benchmarks.report import Row
from benchmarks.scaling_replay import Replay
from benchmarks.scaling_report import page
from benchmarks.scaling_trace import Trace

Measured = tuple[Day, dict[str, Replay]]


@pytest.fixture(scope="module")
def hour() -> Measured:
    second = np.arange(3_600.0)
    burst = np.interp(second, [1_200, 1_320, 1_800, 1_920], [0, 0.4, 0.4, 0])
    work = MEAN_GPUS * WHOLE.whole.rated_per_s * (1 + burst)
    return measure(Trace("an hour", np.random.default_rng(2).poisson(work).astype(np.float64)), lambda: None)


def rows(hour: Measured) -> list[Row]:
    return [claim.row([hour[0]]) for claim in CLAIMS]


class TestTable:
    def test_the_clairvoyant_is_the_measure_of_the_ratio(self, hour: Measured) -> None:
        ratio = next(row for row in rows(hour) if row.unit == "ratio")
        assert ratio.peers[CLAIRVOYANT] == 1.0
        assert 1.0 < ratio.merx < ratio.peers[STATIC]

    def test_every_goal_of_the_area_has_its_row(self, hour: Measured) -> None:
        assert [(row.unit, row.goal, row.better) for row in rows(hour) if row.goal is not None] == [
            ("%", 78.0, "higher"),
            ("%", 0.1, "lower"),
            ("ratio", 1.08, "lower"),
        ]

    def test_backfill_takes_what_serving_leaves(self, hour: Measured) -> None:
        filled = next(row for row in rows(hour) if row.claim.startswith("utilisation of all ten GPUs"))
        assert filled.merx > filled.peers[MERX] > 0


class TestPage:
    def test_it_holds_the_table_and_both_pictures(self, hour: Measured, tmp_path: Path) -> None:
        written = page(tmp_path, rows(hour), "an hour", hour[1])
        text = written.read_text()
        assert text.count("data:image/png;base64,") == 2
        for row in rows(hour):
            assert row.claim.replace("'", "&#x27;") in text
        assert {path.name for path in tmp_path.glob("*.png")} == {"gpu-scaling-day.png", "gpu-scaling-backfill.png"}
