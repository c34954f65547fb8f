"""What the service loads: a network, a head, what the classes mean, and a space shared with words; one folder.

manifest.json   names and sha256 of every other file, written last
network.onnx    pictures to features
head.npz        features to vectors and classes
patterns.npz    optional: features to patterns
joint.npz       optional: picture and text vectors to one space
"""

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from merx_models.pictures.backbone import Backbone, OnnxBackbone, looked_at
from merx_models.pictures.colour import Colour, colours
from merx_models.pictures.head import Head, coarse_probabilities
from merx_models.pictures.joint import JointSpace
from merx_models.pictures.patterns import PatternHead
from merx_models.pictures.views import Pixels
from merx_models.sealed import FolderDamaged, check_digests, description_of, digests_of
from merx_models.text_encoder import unit

Floats = NDArray[np.float32]
MANIFEST, NETWORK, HEAD, PATTERNS, JOINT = "manifest.json", "network.onnx", "head.npz", "patterns.npz", "joint.npz"
FORMAT = 1


class PictureModelError(FolderDamaged):
    """A folder that must not be served: `file` says where, the message why."""


@dataclass(frozen=True, slots=True)
class Guess:
    """A value and how sure the model is of it, 0 to 1."""

    value: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Look:
    """What can be told from one picture. `attributes` has "category" (fine) and whatever the catalogue says of its
    classes ("coarse", "pack_type", ...), and "pattern"; the likeliest guess first, `top` of each."""

    attributes: Mapping[str, tuple[Guess, ...]]
    colours: tuple[Colour, ...]


@dataclass(frozen=True, slots=True)
class Classes:
    """Names of the classes, and per attribute a value for each class ("" where the catalogue says nothing)."""

    names: tuple[str, ...]
    attributes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


class PictureModel:
    """Pictures to unit vectors and to what they show."""

    def __init__(
        self,
        backbone: Backbone,
        head: Head,
        classes: Classes,
        *,
        patterns: PatternHead | None = None,
        joint: JointSpace | None = None,
    ) -> None:
        self.backbone, self.head, self.classes = backbone, head, classes
        self.patterns, self.joint = patterns, joint

    def embed(self, pictures: Sequence[Pixels], *, careful: bool = True) -> Floats:
        """Unit vectors [n, dim]: the mean over four crops, or the whole picture alone where not `careful`."""
        return self.vectors(self.features(pictures, careful=careful))

    def features(self, pictures: Sequence[Pixels], *, careful: bool = True) -> Floats:
        """The network's features [n, views, F], for those who need vectors and more: the network runs once."""
        if not len(pictures):
            return np.zeros((0, 4 if careful else 1, self.head.projection.shape[0]), np.float32)
        parts = (pictures[start : start + 64] for start in range(0, len(pictures), 64))
        found = [looked_at(self.backbone, part, careful=careful) for part in parts]
        return np.concatenate(found)

    def vectors(self, features: Floats) -> Floats:
        """Features [n, views, F] to unit vectors [n, dim]."""
        count, views, width = features.shape
        each = self.head.embed(features.reshape(count * views, width)).reshape(count, views, self.head.dim)
        return unit(each.mean(axis=1))

    def categories(self, vectors: Floats) -> Floats:
        """Probabilities of the classes [n, C]."""
        return self.head.probabilities(vectors)

    def look(self, pictures: Sequence[Pixels], *, top: int = 3) -> list[Look]:
        """Category, attributes, pattern and colours of each picture."""
        return self.look_at(self.features(pictures), pictures, top=top)

    def look_at(self, features: Floats, pictures: Sequence[Pixels], *, top: int = 3) -> list[Look]:
        """As `look`, where the pictures' features [n, views, F] are at hand."""
        told = self.attributes(features, top=top)
        return [Look(each, tuple(colours(picture))) for each, picture in zip(told, pictures, strict=True)]

    def attributes(self, features: Floats, *, top: int = 3) -> list[dict[str, tuple[Guess, ...]]]:
        """What the network tells by features [n, views, F]: all that a `Look` has but the colours."""
        fine = self.categories(self.vectors(features))
        told = {"category": _guesses(fine, self.classes.names, top)}
        for name, values in self.classes.attributes.items():
            told[name] = _guesses(*_by_value(fine, values), top)
        if self.patterns is not None and len(features):
            chance = self.patterns.probabilities(features.mean(axis=1))
            told["pattern"] = _guesses(chance, self.patterns.names, top)
        return [{name: guesses[place] for name, guesses in told.items()} for place in range(len(features))]

    def save(self, folder: Path, *, network: Path) -> None:
        """Write the whole folder anew; `network` is the file that the backbone runs."""
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        shutil.copyfile(network, folder / NETWORK)
        self.head.save(folder / HEAD)
        if self.patterns is not None:
            self.patterns.save(folder / PATTERNS)
        if self.joint is not None:
            self.joint.save(folder / JOINT)
        described = {
            "format": FORMAT,
            "backbone": self.backbone.name,
            "size": self.backbone.size,
            "classes": self.classes.names,
            "attributes": dict(self.classes.attributes),
            "files": digests_of(folder, sorted(path.name for path in folder.iterdir())),
        }
        unfinished = folder / f"{MANIFEST}.new"
        unfinished.write_text(json.dumps(described, indent=1))
        unfinished.replace(folder / MANIFEST)

    @classmethod
    def load(cls, folder: Path, *, threads: int = 1) -> "PictureModel":
        """What `save` wrote. PictureModelError names the file that is missing or not the one that was written."""
        said = _manifest(folder)
        backbone = OnnxBackbone(folder / NETWORK, name=said["backbone"], size=said["size"], threads=threads)
        attributes = {name: tuple(values) for name, values in said["attributes"].items()}
        return cls(
            backbone,
            Head.load(folder / HEAD),
            Classes(tuple(said["classes"]), attributes),
            patterns=PatternHead.load(folder / PATTERNS) if PATTERNS in said["files"] else None,
            joint=JointSpace.load(folder / JOINT) if JOINT in said["files"] else None,
        )


def _manifest(folder: Path) -> dict[str, Any]:
    said = description_of(folder, MANIFEST, FORMAT, PictureModelError)
    for name in (NETWORK, HEAD):
        if name not in said["files"]:
            raise PictureModelError(folder, name, "missing")
    check_digests(folder, said["files"], PictureModelError)
    return said


def _by_value(fine: Floats, values: Sequence[str]) -> tuple[Floats, list[str]]:
    """Probabilities of the values of an attribute: those of the classes that have it, summed."""
    names = sorted(set(values))
    summed = coarse_probabilities(fine, [names.index(value) for value in values])
    kept = [place for place, name in enumerate(names) if name]
    return summed[:, kept], [names[place] for place in kept]


def _guesses(chance: Floats, names: Sequence[str], top: int) -> list[tuple[Guess, ...]]:
    order = np.argsort(-chance, axis=1, kind="stable")[:, :top]
    return [
        tuple(Guess(names[place], float(row[place])) for place in places)
        for row, places in zip(chance, order, strict=True)
    ]
