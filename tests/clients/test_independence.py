"""The client stands alone: it needs nothing of Merx, and no service needs it."""

import sys
import tomllib

from clients.generate import CLIENTS
from tests.architecture.test_house import ROOT, imported_roots, python_files

PACKAGE = CLIENTS / "python"


def test_it_imports_what_its_project_names_and_nothing_else() -> None:
    project = tomllib.loads((PACKAGE / "pyproject.toml").read_text())["project"]
    named = {requirement.partition(">")[0].replace("-", "_") for requirement in project["dependencies"]}
    imported = set[str]().union(*(imported_roots(path) for path in (PACKAGE / "src").rglob("*.py")))
    assert imported - set(sys.stdlib_module_names) - {"merx_client"} == named


def test_no_service_knows_of_it() -> None:
    for path in python_files("packages", "services", "pipelines", "feature_repo"):
        assert "merx_client" not in imported_roots(path), path.relative_to(ROOT)
