"""The supervisor in a process of its own, because it takes over that process's signals."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

SCRIPT = """
import sys
from merx_pipelines.embedded.processes import Process, supervise
commands = {name: [sys.executable, "-c", code] for name, code in zip(sys.argv[1::2], sys.argv[2::2])}
served = [Process(name, command) for name, command in commands.items()]
sys.exit(supervise(served, lambda stopped: None))
"""
SLEEPER = "import os, pathlib, time; pathlib.Path({path!r}).write_text(str(os.getpid())); time.sleep(600)"

FAILS_AFTER = """
import pathlib, sys, time
while not pathlib.Path({path!r}).exists():
    time.sleep(0.02)
sys.exit(3)
"""

LEADER = """
import pathlib, signal, subprocess, sys, time
part = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
told = pathlib.Path({path!r})
def stop(*_):
    time.sleep(0.3)
    told.write_text("alive" if part.poll() is None else "gone")
    part.kill()
    sys.exit(0)
signal.signal(signal.SIGTERM, stop)
told.write_text("started")
time.sleep(600)
"""


def start(*arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", SCRIPT, *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def until_written(path: Path) -> str:
    while not (path.exists() and path.read_text()):
        time.sleep(0.02)
    return path.read_text()


def pid_in(path: Path) -> int:
    return int(until_written(path))


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


class TestSupervise:
    @pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
    def test_a_signal_leaves_no_process(self, tmp_path: Path, stop: signal.Signals) -> None:
        paths = [tmp_path / "a", tmp_path / "b"]
        runner = start("a", SLEEPER.format(path=str(paths[0])), "b", SLEEPER.format(path=str(paths[1])))
        pids = [pid_in(path) for path in paths]
        runner.send_signal(stop)
        runner.communicate(timeout=60)
        assert runner.returncode == 0
        assert not any(alive(pid) for pid in pids)

    def test_a_process_ends_its_own_parts_itself(self, tmp_path: Path) -> None:
        told = tmp_path / "told"
        runner = start("leads", LEADER.format(path=str(told)))
        until_written(told)
        runner.send_signal(signal.SIGTERM)
        runner.communicate(timeout=60)
        assert told.read_text() == "alive"

    def test_when_one_process_fails_all_end_and_the_status_says_so(self, tmp_path: Path) -> None:
        survivor = tmp_path / "survivor"
        runner = start("fails", FAILS_AFTER.format(path=str(survivor)), "sleeps", SLEEPER.format(path=str(survivor)))
        output, _ = runner.communicate(timeout=60)
        assert runner.returncode == 3
        assert "fails stopped (rc=3)" in output
        assert not alive(pid_in(survivor))

    def test_processes_share_the_processors(self, tmp_path: Path) -> None:
        told = tmp_path / "told"
        tells = f"import os, pathlib; pathlib.Path({str(told)!r}).write_text(os.environ['OMP_NUM_THREADS'])"
        start("tells", tells).communicate(timeout=60)
        assert told.read_text() == "1"
