"""The TypeScript client as an installed package: its types, and its calls of the running services."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from clients.generate import CLIENTS, GeneratorAbsent, install
from tests.clients.served import Served
from tests.clients.test_types import CALLERS, mistakes, shown

PACKAGE = CLIENTS / "typescript"
STRICT = {
    "compilerOptions": {
        "target": "ES2022", "module": "NodeNext", "strict": True, "skipLibCheck": True, "types": ["node"],
        "outDir": "out",
    },
    "include": ["*.ts"],
}  # fmt: skip


def run(*command: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=240, check=False)


def tsc(*options: str, cwd: Path) -> str:
    return run(str(PACKAGE / "node_modules" / ".bin" / "tsc"), *options, cwd=cwd).stdout


@pytest.fixture(scope="module")
def caller(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project that has the client among its packages, as `npm install` would leave it."""
    try:
        install()
    except GeneratorAbsent as error:
        pytest.skip(str(error))
    home = tmp_path_factory.mktemp("caller")
    installed = home / "node_modules" / "merx-client"
    installed.mkdir(parents=True)
    assert tsc("--project", str(PACKAGE), "--outDir", str(installed / "dist"), cwd=home) == ""
    shutil.copy(PACKAGE / "package.json", installed)
    (installed / "node_modules").symlink_to(PACKAGE / "node_modules")
    (home / "node_modules" / "@types").symlink_to(PACKAGE / "node_modules" / "@types")
    for program in CALLERS.glob("*.ts"):
        shutil.copy(program, home)
    for name, text in shown("ts").items():
        (home / f"{name}.ts").write_text(text)
    (home / "package.json").write_text(json.dumps({"type": "module"}))
    (home / "tsconfig.json").write_text(json.dumps(STRICT))
    return home


@pytest.fixture(scope="module")
def verdict(caller: Path) -> dict[str, set[int]]:
    """By program, the lines in which the compiler found a mistake; what it made lies under `out` all the same."""
    found: dict[str, set[int]] = {}
    for name, line in re.findall(r"^(\w+\.ts)\((\d+),", tsc("--project", ".", cwd=caller), re.MULTILINE):
        found.setdefault(name, set()).add(int(line))
    return found


def test_right_programs_compile_and_every_mistake_is_found(verdict: dict[str, set[int]]) -> None:
    assert len(shown("ts")) >= 2
    assert verdict == {"wrong.ts": mistakes("wrong.ts", "const prices")}


def test_it_calls_the_services(caller: Path, verdict: dict[str, set[int]], shop: Served) -> None:
    addresses = (shop.intake, shop.pricing, shop.recommendation, shop.search)
    ran = run("node", "out/right.js", shop.key, *addresses, cwd=caller)
    assert ran.returncode == 0, ran.stderr
    said: dict[str, Any] = json.loads(ran.stdout)
    assert said["verdicts"] == ["accepted", "rejected"]
    assert said["put"] == "accepted"
    assert said["job"] == 15
    assert (said["quotes"], said["lineErrors"]) == (["p00"], ["nothing"])
    assert said["brands"] == ["Fabrikam"]
    assert said["refusal"] == [422, "validation_failed", "/lines/0/offer_bp", True]
    assert said["unknown"] == [401, "unauthorized"]
    assert said["error"] == [404, "model_not_found"]
    assert said["streamed"] == {"name": "list", "items": 4, "id": True}
    assert (said["tries"], said["tooLate"]) == (3, "TimeoutError")
