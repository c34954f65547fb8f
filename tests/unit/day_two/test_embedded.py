import shlex
import sys
from pathlib import Path

import pytest

from deploy.day_two.embedded import READY, Embedded

SHELL = ("bash", "-c")
UNTIL_INTERRUPTED = """
import signal, sys, time
signal.signal(signal.SIGINT, lambda *_: sys.exit())
print(sys.argv[1], flush=True)
time.sleep(60)
"""
WAITS = shlex.join(["exec", sys.executable, "-c", UNTIL_INTERRUPTED, READY])
"""In Python: a shell whose own caller ignores interrupts, as in the background, cannot listen for them."""


class TestEmbedded:
    def test_is_up_when_it_says_so_and_leaves_no_process(self, tmp_path: Path) -> None:
        embedded = Embedded(tmp_path)
        embedded.start([*SHELL, WAITS])
        assert len(embedded.left_over()) >= 1
        embedded.close()
        assert embedded.left_over() == []

    def test_that_ends_before_is_told_with_what_it_said(self, tmp_path: Path) -> None:
        embedded = Embedded(tmp_path)
        with pytest.raises(AssertionError, match="no such luck"):
            embedded.start([*SHELL, "echo no such luck; exec >&- 2>&-; sleep 0.5"])
        embedded.close()

    def test_starts_again_with_another_setting(self, tmp_path: Path) -> None:
        embedded = Embedded(tmp_path)
        said = []
        for level in ("INFO", "WARNING"):
            embedded.start([*SHELL, f'echo "level $LEVEL"; {WAITS}'], {"LEVEL": level})
            said.append(embedded.lines[0])
            embedded.close()
        assert said == ["level INFO\n", "level WARNING\n"]
