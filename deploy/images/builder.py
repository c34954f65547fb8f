"""Builds images with podman, or docker where that is what there is, and reads what came of it."""

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from deploy.images.catalogue import ROOT, Image, version

PROGRAMS = ("podman", "docker")
SBOM = "/opt/merx/sbom.cdx.json"
REGISTRIES = ("PIP_INDEX_URL", "UV_DEFAULT_INDEX")
"""Where packages come from, handed on to the build as this process has them."""


class CannotBuild(Exception):
    """Why there is no image, in a sentence."""


@dataclass(frozen=True)
class Commit:
    """What the sources are: the images' label, and the time that all of their files are given."""

    revision: str
    epoch_s: int
    created: str

    @classmethod
    def last(cls, root: Path = ROOT) -> "Commit":
        revision, epoch, created = _said("git", "-C", str(root), "log", "-1", "--format=%H %ct %cI").split()
        changed = _said("git", "-C", str(root), "status", "--porcelain", "--untracked-files=no")
        return cls(revision + ("-changed" if changed else ""), int(epoch), created)


@dataclass(frozen=True)
class Recipe:
    """How all images of a call are built."""

    commit: Commit
    base: str = ""
    """An image with Python 3.11; the Dockerfile's where empty."""
    builder: str = ""
    """One with the same Python, venv and a shell; `base` where empty."""
    registry: str = ""
    program: str = "podman"
    fresh: bool = False
    """Whether layers of earlier builds are left aside."""
    wheels: str = field(default_factory=lambda: os.environ.get("PIP_FIND_LINKS", ""))
    certificates: str = field(default_factory=lambda: os.environ.get("SSL_CERT_FILE") or os.environ.get("PIP_CERT", ""))

    def reference(self, image: Image) -> str:
        name = f"{image.repository}:{version()}"
        return f"{self.registry.rstrip('/')}/{name}" if self.registry else name

    def command(self, image: Image, *, empty: Path) -> list[str]:
        """The build's words; `empty` is a folder without wheels."""
        told = {
            "MEMBER": image.member,
            "MODULE": image.module,
            "FOLDERS": " ".join(image.folders),
            "TITLE": image.repository,
            "DESCRIPTION": image.description,
            "VERSION": version(),
            "REVISION": self.commit.revision,
            "CREATED": self.commit.created,
            "SOURCE_DATE_EPOCH": str(self.commit.epoch_s),
            **({"BASE": self.base} if self.base else {}),
            **({"BUILDER": self.builder} if self.builder else {}),
            **{name: os.environ[name] for name in REGISTRIES if os.environ.get(name)},
        }
        words = [
            self.program,
            "build",
            "--file",
            str(ROOT / "deploy/images/Dockerfile"),
            "--tag",
            self.reference(image),
        ]
        for name, value in told.items():
            words += ["--build-arg", f"{name}={value}"]
        wheels = self.wheels if self.wheels and Path(self.wheels).is_dir() else str(empty)
        words += ["--build-context", f"wheels={wheels}"]
        if self.certificates:
            words += ["--secret", f"id=ca,src={self.certificates}"]
        if self.fresh:
            words.append("--no-cache")
        if self.program == "podman":
            # Without the builder's own version as a label; the time goes into every file of every layer.
            words += ["--layers", "--identity-label=false", "--timestamp", str(self.commit.epoch_s)]
        return [*words, str(ROOT)]


@dataclass(frozen=True)
class Built:
    reference: str
    digest: str
    """Of the image's configuration, which names every layer."""
    size_bytes: int
    """Unpacked, the base's layers included."""
    packages: int
    """In the bill of materials."""


def program() -> str:
    """Podman, or docker. Raises CannotBuild."""
    found = [name for name in PROGRAMS if shutil.which(name)]
    if not found:
        raise CannotBuild("there is neither podman nor docker here: `make tools-images` installs podman on Debian")
    return found[0]


def build(recipe: Recipe, image: Image, *, sboms: Path, verbose: bool = False) -> Built:
    """Builds it and writes its bill of materials into `sboms`. Raises CannotBuild."""
    with tempfile.TemporaryDirectory(prefix="merx-images-") as empty:
        done = subprocess.run(  # noqa: S603 - our own command line
            recipe.command(image, empty=Path(empty)),
            check=False,
            capture_output=not verbose,
            text=True,
            # What docker's builder calls for, where podman has --timestamp.
            env={**os.environ, "SOURCE_DATE_EPOCH": str(recipe.commit.epoch_s), "DOCKER_BUILDKIT": "1"},
        )
    if done.returncode:
        raise CannotBuild(f"{image.repository} cannot be built:\n{(done.stderr or '')[-3000:]}")
    reference = recipe.reference(image)
    sboms.mkdir(parents=True, exist_ok=True)
    materials = sboms / f"{image.name}.cdx.json"
    with _container(recipe.program, reference) as made:
        _said(recipe.program, "cp", f"{made}:{SBOM}", str(materials))
    (told,) = json.loads(_said(recipe.program, "image", "inspect", reference))
    components = json.loads(materials.read_text())["components"]
    return Built(reference, told["Id"].removeprefix("sha256:"), int(told["Size"]), len(components))


def save(recipe: Recipe, built: Built, folder: Path) -> Path:
    """The image as one compressed archive, for a registry that no network leads to. Raises CannotBuild."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{built.reference.rsplit('/', 1)[-1].replace(':', '-')}.tar"
    path.unlink(missing_ok=True)
    if recipe.program == "podman":
        _said("podman", "push", "--quiet", "--format", "oci", built.reference, f"oci-archive:{path}:{built.reference}")
    else:
        _said(recipe.program, "save", "--output", str(path), built.reference)
    return path


@contextmanager
def _container(program: str, reference: str) -> Iterator[str]:
    made = _said(program, "create", reference)
    try:
        yield made
    finally:
        _said(program, "rm", made)


def _said(*words: str) -> str:
    done = subprocess.run(words, check=False, capture_output=True, text=True)  # noqa: S603 - our own command line
    if done.returncode:
        raise CannotBuild(f"{' '.join(words[:3])}: {done.stderr.strip()[-1000:]}")
    return done.stdout.strip()
