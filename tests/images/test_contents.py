"""What an image holds: its labels, its programs, its bill of materials, and the same bytes at every build."""

import json
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from deploy.images.builder import SBOM, Commit, Recipe, build
from deploy.images.catalogue import IMAGES, service, version
from tests.images.played import podman

pytestmark = pytest.mark.slow
NAMES = [image.name for image in IMAGES]
INSTALLED = """
import importlib.metadata as installed, json
print(json.dumps({one.name: one.version for one in installed.distributions()}))
"""


def inside(name: str, *words: str) -> subprocess.CompletedProcess[str]:
    """A program in the image, as a pod would run it."""
    program, *others = words
    closed = ["--network=host", "--read-only", "--cap-drop=all", "--security-opt=no-new-privileges"]
    command = ["podman", "run", "--rm", *closed, "--entrypoint", program, f"merx/{name}:{version()}", *others]
    return subprocess.run(command, check=False, capture_output=True, text=True)


@pytest.mark.parametrize("name", NAMES)
def test_labels_say_what_it_is(images: dict[str, Any], name: str) -> None:
    labels = images[name]["Labels"]
    told = {key.removeprefix("org.opencontainers.image."): value for key, value in labels.items()}
    assert (told["title"], told["version"], told["licenses"]) == (f"merx/{name}", version(), "Apache-2.0")
    assert re.fullmatch(r"[0-9a-f]{40}(-changed)?", told["revision"])
    assert images[name]["User"] == "10001:10001"
    assert images[name]["Config"]["Entrypoint"] == ["/opt/merx/bin/start"]


@pytest.mark.parametrize("name", NAMES)
def test_the_bill_of_materials_is_what_is_installed(images: dict[str, Any], name: str) -> None:
    listed = json.loads(inside(name, "cat", SBOM).stdout)
    installed = json.loads(inside(name, "python", "-c", INSTALLED).stdout)
    assert listed["bomFormat"] == "CycloneDX"
    told = {part["name"]: part["version"] for part in listed["components"]}
    root = listed["metadata"]["component"]
    assert told | {root["name"]: root["version"]} == installed


@pytest.mark.parametrize("words", [("merx", "--help"), ("mlflow", "--version"), ("sh", "-c", "command -v python3")])
def test_what_jobs_call_is_on_the_path_of_the_pipelines_image(images: dict[str, Any], words: Sequence[str]) -> None:
    done = inside("pipelines", *words)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()


@pytest.mark.timeout(1800)
def test_an_image_built_twice_is_the_same(images: dict[str, Any], tmp_path: Path) -> None:
    """Of one service, with no layer of an earlier build: those of an earlier commit hold the same, and its time."""
    base = images["intake"]["Labels"]["org.opencontainers.image.base.name"]
    builder = base.replace("merx/base:", "merx/base-builder:")
    recipe = Recipe(Commit.last(), base=base, builder=builder, registry="twice", fresh=True)
    made = [build(recipe, service("intake"), sboms=tmp_path / str(turn)) for turn in range(2)]
    podman("image", "rm", "--force", made[0].reference, check=False)
    assert made[0].digest == made[1].digest
    assert (tmp_path / "0" / "intake.cdx.json").read_bytes() == (tmp_path / "1" / "intake.cdx.json").read_bytes()
