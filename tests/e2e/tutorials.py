"""Runs the commands of docs/tutorials as they are written: `sh` blocks in order, `sh background` until Ctrl-C."""

import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.day_two.embedded import ROOT, SILENT, Embedded

BLOCK = re.compile(r"^```sh( background)?\n(.*?)^```", re.MULTILINE | re.DOTALL)
SHELL = ("bash", "-euo", "pipefail", "-c")


class Terminal(Embedded):
    """What a reader has: a shell in the project's folder, and a second window for what runs until Ctrl-C."""

    def moved(self, command: str) -> str:
        """The command with the default ports and the default state folder replaced by this test's own."""
        moved = {8001: self.recommendation, 8002: self.pricing, 8003: self.search, 8007: self.intake, 5000: self.mlflow}
        for told, own in moved.items():
            command = command.replace(f":{told}", f":{own}")
        command = command.replace("send_events.py docs", f"send_events.py --to http://127.0.0.1:{self.intake} docs")
        return command.replace(".merx/", f"{self.home}/")

    def type(self, command: str) -> str:
        shell = [*SHELL, self.moved(command)]
        done = subprocess.run(shell, cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}\n" + "".join(self.lines[-40:])
        return done.stdout


@contextmanager
def opened(home: Path) -> Iterator[Terminal]:
    terminal = Terminal(home=home)
    try:
        yield terminal
    finally:
        terminal.close()


def work_through(tutorials: tuple[str, ...], home: Path) -> None:
    """The tutorials of one shop in their order, to their end; they must leave no process."""
    with opened(home) as terminal:
        commands = 0
        for name in tutorials:
            for background, command in BLOCK.findall((ROOT / "docs" / "tutorials" / name).read_text()):
                commands += 1
                if background:
                    terminal.start([*SHELL, terminal.moved(command)])
                else:
                    terminal.type(command)
        assert commands >= 6
        shown = "".join(terminal.lines)
        assert shown.count(SILENT) == 0, shown
        terminal.interrupt()
        assert terminal.left_over() == []
