"""A folder of labelled pictures, as training and benchmarks read it.

train/<class>/*       pictures to learn from; a class may lie deeper ("Fruit/Apple/Pink-Lady"), its path is its name
validation/<class>/*  optional: confidences are set on them
test/<class>/*        optional: read by benchmarks alone
catalogue/<class>/*   optional: the shop's own pictures of each class
classes.csv           optional: `class`, `description`, and any other column as an attribute of the class (`coarse`,
                      `pack_type`, `pattern`, ...); an empty cell says nothing
"""

import csv
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from merx_models.pictures.decoding import PictureLimits, PictureRefused, decode
from merx_models.pictures.views import Pixels

Ints = NDArray[np.int64]
ENDINGS = {".jpg", ".jpeg", ".png", ".webp"}
SIDE = 256
"""Longest side, in pixels, that is kept of a picture to learn from."""


class FolderError(ValueError):
    """A folder that is not laid out as this module says."""


@dataclass(frozen=True, slots=True)
class Part:
    """Pictures and their class numbers; `refused` counts what could not be decoded, by code."""

    pictures: list[Pixels]
    labels: Ints
    refused: Mapping[str, int] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.pictures)


@dataclass(frozen=True, slots=True)
class PictureFolder:
    """`classes` are the names that the numbers stand for; `attributes` give a value per class ("" for none)."""

    classes: tuple[str, ...]
    train: Part
    validation: Part
    test: Part
    catalogue: Part
    descriptions: tuple[str, ...]
    attributes: Mapping[str, tuple[str, ...]]


def read_folder(folder: Path, *, side: int = SIDE) -> PictureFolder:
    """Everything in memory. FolderError where there is nothing to learn from, or a part has a class of its own."""
    classes = _classes(folder / "train")
    if len(classes) < 2:
        raise FolderError(f"{folder.name}/train holds {len(classes)} class folders with pictures; two are the least")
    described = _described(folder / "classes.csv", classes)
    return PictureFolder(
        classes=classes,
        train=_part(folder / "train", classes, side),
        validation=_part(folder / _validation_name(folder), classes, side),
        test=_part(folder / "test", classes, side),
        catalogue=_part(folder / "catalogue", classes, side),
        descriptions=described.pop("description", ("",) * len(classes)),
        attributes=described,
    )


def _validation_name(folder: Path) -> str:
    return "val" if (folder / "val").is_dir() and not (folder / "validation").is_dir() else "validation"


def _pictures(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.suffix.lower() in ENDINGS and path.is_file())


def _classes(folder: Path) -> tuple[str, ...]:
    return tuple(sorted({path.parent.relative_to(folder).as_posix() for path in _pictures(folder)} - {"."}))


def _part(folder: Path, classes: Sequence[str], side: int) -> Part:
    number = {name: place for place, name in enumerate(classes)}
    pictures: list[Pixels] = []
    labels: list[int] = []
    refused: Counter[str] = Counter()
    limits = PictureLimits(side=side)
    for path in _pictures(folder):
        name = path.parent.relative_to(folder).as_posix()
        if name not in number:
            raise FolderError(f"{folder.name}/{name}: no such class in train")
        try:
            pictures.append(decode(path.read_bytes(), limits))
        except PictureRefused as error:
            refused[error.code] += 1
        else:
            labels.append(number[name])
    return Part(pictures, np.array(labels, np.int64), dict(refused))


def _described(path: Path, classes: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """The columns of classes.csv in the order of `classes`. What is one path of several steps has a coarse class."""
    rows: dict[str, dict[str, str]] = {}
    columns: list[str] = []
    if path.is_file():
        with path.open(newline="", encoding="utf-8") as stream:
            table = csv.DictReader(stream)
            columns = [name for name in table.fieldnames or [] if name != "class"]
            rows = {row["class"]: row for row in table}
    found = {name: tuple((rows.get(label, {}).get(name) or "").strip() for label in classes) for name in columns}
    if "coarse" not in found and any("/" in name for name in classes):
        found["coarse"] = tuple(name.rpartition("/")[0] for name in classes)
    return found
