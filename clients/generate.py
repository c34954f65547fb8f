"""Makes both clients anew from the committed OpenAPI documents: `make clients`.

Each generator has an environment of its own under a lock of its own: neither touches the services.
"""

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from clients.view import Json, for_callers, for_python

View = Callable[[Json], Json]

CLIENTS = Path(__file__).parent
DOCUMENTS = CLIENTS.parent / "tests" / "contract" / "openapi"
SERVICES = tuple(sorted(path.stem for path in DOCUMENTS.glob("*.json")))
PYTHON = CLIENTS / "python" / "src" / "merx_client"
TYPESCRIPT = CLIENTS / "typescript" / "src" / "generated"
ORIGIN = "generated-from.json"
"""Beside each client: what it was generated from, so that a changed document shows without a generator too."""
GENERATOR = CLIENTS / "python" / "generator"
LEFT_OUT = ("client.py", "errors.py")  # merx_client.connection stands in their place
LIMIT_S = 600


class GeneratorAbsent(Exception):
    """A generator cannot be had on this machine."""


def views(look: View) -> dict[str, Json]:
    """By service, the document that its client is generated from."""
    return {name: look(json.loads((DOCUMENTS / f"{name}.json").read_text())) for name in SERVICES}


def origin(look: View) -> str:
    """The digest of every document that a client is generated from."""
    seen = {name: json.dumps(view, sort_keys=True).encode() for name, view in views(look).items()}
    return json.dumps({name: hashlib.sha256(text).hexdigest() for name, text in seen.items()}, indent=1) + "\n"


def python(into: Path = PYTHON) -> None:
    """Writes a package for each service into `into`. Raises GeneratorAbsent."""
    with tempfile.TemporaryDirectory() as work:
        for name, view in views(for_python).items():
            made = Path(work) / name
            made.with_suffix(".json").write_text(json.dumps(view))
            _run_python_generator(made.with_suffix(".json"), made)
            for path in LEFT_OUT:
                (made / path).unlink()
            shutil.rmtree(into / name, ignore_errors=True)
            shutil.copytree(made, into / name)
    (into / ORIGIN).write_text(origin(for_python))


def _run_python_generator(document: Path, into: Path) -> None:
    options: list[str | Path] = ["--path", document, "--meta", "none", "--output-path", into, "--fail-on-warning"]
    options += ["--config", GENERATOR / "config.yaml", "--custom-template-path", GENERATOR / "templates"]
    made = _generator("generate", *map(str, options))
    if made.returncode and _generator("--version").returncode:
        raise GeneratorAbsent("uv cannot get openapi-python-client: is the package registry in reach?")
    if made.returncode:
        raise RuntimeError(f"openapi-python-client: {made.stdout}{made.stderr}")


def _generator(*arguments: str) -> subprocess.CompletedProcess[str]:
    tool = [str(Path(sys.executable).with_name("uv")), "tool", "run", "--quiet", "--python", sys.executable]
    tool += ["--constraints", str(GENERATOR / "requirements.lock"), "openapi-python-client"]
    return _run([*tool, *arguments], {**os.environ, "UV_FIND_LINKS": os.environ.get("PIP_FIND_LINKS", "")})


def typescript(into: Path = TYPESCRIPT) -> None:
    """Writes the types of each service into `into`. Raises GeneratorAbsent."""
    install()
    generator = CLIENTS / "typescript" / "node_modules" / ".bin" / "openapi-typescript"
    apis: Json = {}
    with tempfile.TemporaryDirectory() as work:
        for name, view in views(for_callers).items():
            (Path(work) / f"{name}.json").write_text(json.dumps(view))
            apis[name] = {"root": f"{name}.json", "x-openapi-ts": {"output": f"{name}.ts"}}
        (Path(work) / "redocly.yaml").write_text(json.dumps({"apis": apis}))
        # A field with a default may be left out, by callers and by services alike.
        options = ["--default-non-nullable", "false", "--redocly", f"{work}/redocly.yaml"]
        made = _run([str(generator), *options], dict(os.environ))
        if made.returncode:
            raise RuntimeError(f"openapi-typescript: {made.stdout}{made.stderr}")
        into.mkdir(parents=True, exist_ok=True)
        for name in apis:
            shutil.copy(Path(work) / f"{name}.ts", into)
    (into / ORIGIN).write_text(origin(for_callers))


def install() -> None:
    """The packages that package-lock.json names, where they are not there yet. Raises GeneratorAbsent."""
    folder = CLIENTS / "typescript"
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        raise GeneratorAbsent("node or npm is not on the PATH (Debian: nodejs and npm)")
    installed, lock = folder / "node_modules" / ".package-lock.json", folder / "package-lock.json"
    with lock.open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)  # one worker of the tests installs, the others wait for it
        if installed.exists() and installed.stat().st_mtime >= lock.stat().st_mtime:
            return
        options = ["--no-audit", "--no-fund", "--ignore-scripts", "--fetch-retries=1", "--prefix", str(folder)]
        made = _run([npm, "ci", *options], dict(os.environ))
        if made.returncode:
            raise GeneratorAbsent(f"npm ci: {made.stderr[-500:]}")
        installed.touch()


def _run(command: list[str], environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - what it runs is named above
        command, env=environment, capture_output=True, text=True, timeout=LIMIT_S, check=False
    )


def main() -> int:
    absent = 0
    for make in (python, typescript):
        try:
            make()
        except GeneratorAbsent as error:
            absent = 1
            sys.stderr.write(f"The {make.__name__} client stays as it was: {error}\n")
    return absent


if __name__ == "__main__":
    sys.exit(main())
