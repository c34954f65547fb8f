"""Which images there are. A service added later is one line here."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Image:
    """One member as an image, called merx/`name`."""

    name: str
    member: str
    """Its folder."""
    module: str
    """What the image runs where no command is given."""
    folders: tuple[str, ...] = ()
    """What else it finds in its working directory."""

    @property
    def repository(self) -> str:
        return f"merx/{self.name}"

    @property
    def description(self) -> str:
        return str(_project(self.member)["description"])


def service(name: str) -> Image:
    return Image(name, f"services/{name}", f"merx_{name}")


IMAGES = (
    service("intake"),
    service("pricing"),
    service("recommendation"),
    service("search"),
    Image("pipelines", "pipelines", "merx_pipelines.cli", folders=("feature_repo",)),
)


def version() -> str:
    """The one version of the repository, which tags every image."""
    return str(_project("packages/core")["version"])


def _project(member: str) -> dict[str, object]:
    project: dict[str, object] = tomllib.loads((ROOT / member / "pyproject.toml").read_text())["project"]
    return project
