"""The rules as promtool reads them, and that they decide as the pure function does on the same series."""

import json
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from merx_kit.scaling import ScalingSettings
from merx_kit.scaling import prometheus as rules
from merx_kit.scaling.replicas import replicas_for

needs_promtool = pytest.mark.skipif(shutil.which("promtool") is None, reason="Debian's prometheus is not installed")

RATED = 400.0
SETTINGS = ScalingSettings(maximum=20)
SERVICE = rules.MeteredService(name="ranker", rated_per_s=RATED)
STEP_S = 5


def waiting(loads: Sequence[float]) -> list[float]:
    """The gauge of waiting requests with which the queue pressure is `loads`, no request arriving."""
    return [amount * RATED * SERVICE.work_off_s for amount in loads]


@needs_promtool
class TestRules:
    @pytest.mark.parametrize("batch_metric", [None, "merx_search_encoder_batch"])
    def test_promtool_finds_no_fault(self, tmp_path: Path, batch_metric: str | None) -> None:
        service = rules.MeteredService(name="search", rated_per_s=RATED, batch_metric=batch_metric)
        file = tmp_path / "rules.yml"
        file.write_text(json.dumps(rules.recording_rules(service, SETTINGS)))
        subprocess.run(["promtool", "check", "rules", str(file)], check=True, capture_output=True)

    @pytest.mark.parametrize(
        "loads",
        [
            [2.4] * 8,
            [2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 4.0],
            [2.0 + 0.13 * turn for turn in range(8)],
            [6.0 - 0.3 * turn for turn in range(8)],
            [3.0 + 0.004 * turn for turn in range(8)],
            [0.0] * 8,
        ],
        ids=["steady", "step", "rise", "fall", "drift", "idle"],
    )
    def test_the_rules_want_what_the_pure_function_wants(self, tmp_path: Path, loads: list[float]) -> None:
        """Seven samples: the range selector of Prometheus 2 takes in both its ends, and so six steps."""
        settings = ScalingSettings(maximum=20, trend_window_s=30.0)
        timed = [(turn * float(STEP_S), amount) for turn, amount in enumerate(loads)]
        wanted = replicas_for(timed[-7:], settings)
        (tmp_path / "rules.yml").write_text(json.dumps(rules.recording_rules(SERVICE, settings)))
        series = {
            'merx_http_requests_queued{job="ranker"}': " ".join(map(str, waiting(loads))),
            'merx_http_requests_total{job="ranker",route="/v1/rank"}': "0x20",
        }
        question = {
            "expr": f'{rules.WANTED}{{signal="queue"}}',
            "eval_time": f"{(len(loads) - 1) * STEP_S}s",
            "exp_samples": [{"labels": f'{rules.WANTED}{{service="ranker",signal="queue"}}', "value": wanted}],
        }
        test = {
            "interval": f"{STEP_S}s",
            "input_series": [{"series": name, "values": values} for name, values in series.items()],
            "promql_expr_test": [question],
        }
        file = tmp_path / "test.yml"
        file.write_text(json.dumps({"rule_files": ["rules.yml"], "evaluation_interval": "5s", "tests": [test]}))
        result = subprocess.run(["promtool", "test", "rules", str(file)], capture_output=True, text=True, check=False)
        assert result.returncode == 0, result.stdout + result.stderr


class TestTriggers:
    def test_each_asks_for_whole_replicas_and_fails_where_the_metric_is_lost(self) -> None:
        triggers = rules.keda_triggers(SERVICE, "http://prometheus:9090")
        assert len({trigger["metadata"]["query"] for trigger in triggers}) == 3
        for trigger in triggers:
            assert trigger["metricType"] == "AverageValue"
            assert trigger["metadata"]["threshold"] == "1"
            assert trigger["metadata"]["ignoreNullValues"] == "false"

    def test_the_printed_file_is_the_one_for_the_service(self, capsys: pytest.CaptureFixture[str]) -> None:
        rules.main(["search", "388", "--batch-metric", "merx_search_encoder_batch"])
        printed = json.loads(capsys.readouterr().out)
        assert printed["groups"][0]["name"] == "merx-scaling-search"
        assert "/ 388" in printed["groups"][0]["rules"][0]["expr"]
