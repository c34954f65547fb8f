import json
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.day_two.embedded import ROOT
from deploy.day_two.steps import STEPS

RESTARTS = {"upgrade", "rollback"}


@pytest.mark.slow
@pytest.mark.timeout(2_400)
def test_the_rehearsal_passes_and_no_request_fails_but_while_everything_restarts(tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    asked = ["--rehearse", "--home", str(tmp_path / "home"), "--report", str(report)]
    done = subprocess.run(
        [sys.executable, "-m", "deploy.day_two", *asked], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    told = json.loads(report.read_text())
    assert [(step["step"], step["state"]) for step in told["steps"]] == [(step.name, "passed") for step in STEPS]
    assert "helm install merx deploy/helm/merx" in done.stdout
    failed = {row["step"] for row in told["requests"] if row["outcome"] != "200"}
    assert failed <= RESTARTS
    without_redis = [row for row in told["requests"] if (row["step"], row["service"]) == ("redis", "recommendation")]
    assert sum(row["degraded"] for row in without_redis) > 0
    assert {row["service"] for row in told["requests"]} == {"intake", "recommendation", "search", "pricing"}
