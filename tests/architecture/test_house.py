"""The rules of the house that no linter knows."""

import ast
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
SERVICES = sorted(path.name for path in (ROOT / "services").iterdir() if (path / "pyproject.toml").exists())
MEMBERS = [*sorted(ROOT.glob("packages/*/pyproject.toml")), *sorted(ROOT.glob("services/*/pyproject.toml"))]
MEMBERS.append(ROOT / "pipelines" / "pyproject.toml")
LOCK = (ROOT / "requirements.lock").read_text()
ALLOWED = {"feature_repo": {"feast", "pandas", "datetime", "merx_core"}, "loadtests": {"locust", "merx_core"}}
TRAINING = ("torch", "lightgbm", "sklearn", "onnxmltools", "efficientnet_lite_pytorch", "gymnasium", "kfp")
SOURCE_FOLDERS = ("packages", "services", "pipelines", "feature_repo", "benchmarks", "loadtests", "tests")


def python_files(*folders: str) -> Iterator[Path]:
    for folder in folders:
        yield from (path for path in (ROOT / folder).rglob("*.py") if "__pycache__" not in path.parts)


def imported_roots(path: Path) -> set[str]:
    roots = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            roots |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            roots.add(node.module.partition(".")[0])
    return roots


class TestImports:
    @pytest.mark.parametrize("folder", ALLOWED)
    def test_scripts_loaded_by_path_import_only_what_they_may(self, folder: str) -> None:
        for path in python_files(folder):
            foreign = imported_roots(path) - ALLOWED[folder] - set(sys.stdlib_module_names) - {folder}
            assert not foreign, f"{path.relative_to(ROOT)} imports {foreign}"

    @pytest.mark.parametrize("service", SERVICES)
    def test_every_service_is_under_the_import_contracts(self, service: str) -> None:
        linter = PYPROJECT["tool"]["importlinter"]
        layers, inside = linter["contracts"][0], linter["contracts"][1]
        assert f"merx_{service}" in linter["root_packages"]
        assert f"merx_{service}" in layers["layers"][0]
        assert f"merx_{service}" in inside["containers"]

    @pytest.mark.parametrize("service", SERVICES)
    def test_a_service_is_built_without_what_only_training_needs(self, service: str) -> None:
        absent = f"import sys; sys.modules.update(dict.fromkeys({TRAINING!r}))"
        built = f"import merx_{service}.bootstrap, merx_{service}.__main__"
        subprocess.run([sys.executable, "-W", "ignore", "-c", f"{absent}; {built}"], check=True, timeout=120)

    def test_only_settings_read_the_environment(self) -> None:
        readers = {
            path.relative_to(ROOT).as_posix()
            for path in python_files("packages", "services", "pipelines", "feature_repo")
            for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv"}
        }
        # The runner hands its own environment on to the processes that it starts; Ray is told by its environment alone.
        allowed = {
            "pipelines/src/merx_pipelines/embedded/processes.py",
            "services/search/src/merx_search/deployment.py",
        }
        assert {path for path in readers if not path.endswith("/settings.py")} <= allowed


class TestSize:
    def test_no_file_is_past_its_limit(self) -> None:
        limits = {"tests": 500}
        for path in python_files(*SOURCE_FOLDERS):
            relative = path.relative_to(ROOT)
            lines = len(path.read_text().splitlines())
            assert lines <= limits.get(relative.parts[0], 400), f"{relative} has {lines} lines"

    def test_no_function_is_past_50_lines(self) -> None:
        for path in python_files(*SOURCE_FOLDERS):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                    length = (node.end_lineno or node.lineno) - node.lineno + 1
                    assert length <= 50, f"{path.relative_to(ROOT)}:{node.lineno} {node.name} has {length} lines"

    def test_names_say_what_a_file_is_for(self) -> None:
        vague = {"utils.py", "helpers.py", "manager.py", "common.py", "misc.py"}
        assert not [path for path in python_files(*SOURCE_FOLDERS) if path.name in vague]


class TestVersions:
    def test_the_lock_meets_every_bound_of_every_member(self) -> None:
        pins = [line.split(";")[0].strip().split("==") for line in LOCK.splitlines() if "==" in line]
        lock = {canonicalize_name(name): pin for name, pin in pins}
        for requirement in requirements():
            name = canonicalize_name(requirement.name)
            assert name in lock, f"{requirement} is missing in requirements.lock: make lock"
            assert requirement.specifier.contains(lock[name], prereleases=True), f"{requirement}: make lock"

    def test_every_dependency_has_a_lower_bound(self) -> None:
        for requirement in requirements():
            operators = {specifier.operator for specifier in requirement.specifier}
            assert operators & {">=", "=="}, f"{requirement} has no lower bound"

    def test_the_lock_names_no_local_build(self) -> None:
        assert "+cpu" not in LOCK
        assert "://" not in LOCK

    def test_one_version_everywhere(self) -> None:
        versions = {str(path): tomllib.loads(path.read_text())["project"]["version"] for path in MEMBERS}
        assert len(set(versions.values())) == 1, versions
        current = next(iter(versions.values()))
        assert version("merx-core") == current
        assert f"## [{current}]" in (ROOT / "CHANGELOG.md").read_text()


def requirements() -> list[Requirement]:
    declared: list[str] = [*PYPROJECT["dependency-groups"]["dev"]]
    for path in MEMBERS:
        project = tomllib.loads(path.read_text())["project"]
        declared += project["dependencies"]
        for extra in project.get("optional-dependencies", {}).values():
            declared += extra
    return [Requirement(line) for line in declared if not line.startswith("merx-")]
