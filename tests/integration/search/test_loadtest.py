"""The load test's shoppers against the stand-in: it answers rightly, so that every gate holds."""

import subprocess
import sys
from pathlib import Path

from tests.integration.search.conftest import Server

ROOT = Path(__file__).parents[3]


def test_every_kind_of_request_is_made_and_judged_right(server: Server) -> None:
    server.stand_in.release.set()
    quick = ["--stages", "6:3", "--letter-s", "0.02", "--pause-s", "0.1"]
    lenient = ["--p99-ms", "60000", "--picture-p99-ms", "60000"]
    command = [sys.executable, "-m", "loadtests", "search", "smoke", "--host", server.url, *quick, *lenient]
    ran = subprocess.run(command, check=False, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "MISSED" not in ran.stdout
    assert ran.stdout.count("gate held") == 10
