"""The script as it is used: copied alone to another machine, here one without a GPU."""

import json
import math
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import gpu_throughput
from benchmarks.gpu_throughput import Engine, measure_sizes, replay, schedule


class TestScript:
    def test_alone_in_a_folder_it_measures_the_cpu_and_says_so(self, tmp_path: Path) -> None:
        shutil.copy(gpu_throughput.__file__, tmp_path)
        command = [sys.executable, "gpu_throughput.py", "--short", "--network", "ranker", "--out", "figures.json"]
        alone = os.environ | {"CUDA_VISIBLE_DEVICES": ""}
        shown = subprocess.run(
            command, cwd=tmp_path, env=alone, capture_output=True, text=True, timeout=280, check=True
        )
        assert "not a GPU measurement" in shown.stdout
        figures = json.loads((tmp_path / "figures.json").read_text())
        assert not figures["gpu"]
        assert set(figures["networks"]) == {"ranker on torch", "ranker on onnxruntime"}, shown.stderr
        for found in figures["networks"].values():
            assert found["rated_per_s"] > 0
            for served in found["replayed"].values():
                assert served["joules_per_1000"] is None
                assert served["calls"] > 0


class TestSizes:
    def test_the_line_through_the_times_is_found(self, monkeypatch: pytest.MonkeyPatch) -> None:
        clock = [0.0]
        monkeypatch.setattr("benchmarks.gpu_throughput.time.perf_counter", lambda: clock[0])

        def run(size: int) -> None:
            clock[0] += (6.0 + 2.0 * size) / 1_000

        found = measure_sizes(run, (1, 2, 4, 8), 0.1)
        assert found.overhead_ms == pytest.approx(6.0, rel=1e-6)
        assert found.request_ms == pytest.approx(2.0, rel=1e-6)
        assert found.rated_per_s == pytest.approx(8 / 0.022, rel=1e-6)


class TestReplay:
    def test_batches_serve_the_same_load_in_less_of_the_time(self, monkeypatch: pytest.MonkeyPatch) -> None:
        clock = [0.0]
        monkeypatch.setattr("benchmarks.gpu_throughput.time.perf_counter", lambda: clock[0])
        monkeypatch.setattr(
            "benchmarks.gpu_throughput.time.sleep", lambda pause: clock.__setitem__(0, clock[0] + pause + 1e-6)
        )

        def run(size: int) -> None:
            clock[0] += (6.0 + 2.0 * size) / 1_000

        times = schedule(100.0, 20.0)
        single, batched = (replay(Engine(run, False), times, largest=most, rated_per_s=421.0) for most in (1, 16))
        assert single.calls == batched.calls == len(times)
        assert single.mean_batch == 1.0
        assert batched.mean_batch > 1.2
        assert batched.busy < single.busy
        assert batched.p99_ms < single.p99_ms
        assert batched.work_weighted == pytest.approx(single.work_weighted, rel=0.02)  # ends differ by a batch

    def test_the_schedule_swings_three_to_one(self) -> None:
        times = schedule(1_000.0, 10.0)
        trough = sum(1 for moment in times if moment < 1 or moment > 9)
        peak = sum(1 for moment in times if 4 <= moment < 6)
        assert peak / trough == pytest.approx(3.0, abs=0.4)  # wide seconds around both, and Poisson noise
        assert math.isclose(len(times), 10_000, rel_tol=0.05)
