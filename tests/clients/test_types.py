"""What type checkers make of callers' programs: the right one passes, each mistake of the wrong one is found."""

import re
from collections.abc import Iterable
from pathlib import Path

import pytest
from mypy import api

CALLERS = Path(__file__).parent / "callers"
DOCUMENTATION = ("docs/clients.md", "clients/python/README.md", "clients/typescript/README.md")


def shown(language: str) -> dict[str, str]:
    """The programs that the documentation shows, by a name for each."""
    texts = {path: (CALLERS.parents[2] / path).read_text() for path in DOCUMENTATION}
    found = [block for text in texts.values() for block in re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)]
    return {f"shown_{number}": block for number, block in enumerate(found)}


def mistakes(program: str, after: str) -> set[int]:
    """The numbers of the lines below the one that begins so: each holds a mistake."""
    lines = (CALLERS / program).read_text().splitlines()
    begin = next(number for number, line in enumerate(lines, 1) if line.startswith(after))
    return set(range(begin + 1, len(lines) + 1))


def errors_in(said: Iterable[str], program: str) -> set[int]:
    return {int(line.split(":")[1]) for line in said if program in line and ": error:" in line}


@pytest.fixture(scope="module")
def verdict(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What mypy says of all programs, as they would stand in another repository."""
    folder = tmp_path_factory.mktemp("callers")
    programs = {name: (CALLERS / f"{name}.py.txt").read_text() for name in ("right", "wrong")} | shown("python")
    for name, program in programs.items():
        (folder / f"{name}.py").write_text(program)
    said, failed, _ = api.run(["--strict", "--config-file=", f"--cache-dir={folder}/.cache", str(folder)])
    assert not failed, failed
    return said.splitlines()


def test_right_programs_pass(verdict: list[str]) -> None:
    assert len(shown("python")) >= 2
    assert [line for line in verdict if ": error:" in line and "wrong.py" not in line] == []


def test_every_mistake_is_found(verdict: list[str]) -> None:
    assert errors_in(verdict, "wrong.py") == mistakes("wrong.py.txt", "def wrong")
