"""The registered recommendation model: one folder with all that serving needs, and a manifest that vouches for it.

manifest.json       names, hashes, windows; sha256 of every other file
index/              product index: what the rows mean
sources/            candidate sources
ranker.onnx         or ranker/ (an MLflow pyfunc model)
background.npy      reference feature rows for explanations (optional)
golden.json         requests with the answers that this bundle gave when it was made
"""

import shutil
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import numpy as np

from merx_models.candidates import CandidateSources
from merx_models.product_index import ProductIndex
from merx_models.pyfunc_ranker import PyfuncRanker
from merx_models.ranker import Floats, OnnxRanker, Ranker, RankerError
from merx_models.sealed import FolderDamaged, check_digests, digests_of

MANIFEST = "manifest.json"
TRANSPORT = "artefact.json"
"""What the artefact store lays beside a bundle on its way; it is not part of it."""
GOLDEN = "golden.json"
BACKGROUND = "background.npy"
RANKER_PATHS = {"onnx": "ranker.onnx", "pyfunc": "ranker"}
FORMAT = 1
UNREADABLE = (OSError, ValueError, KeyError, EOFError, RuntimeError, ImportError, AttributeError, zipfile.BadZipFile)
"""What numpy, json, msgspec (ValueError) and onnxruntime (RuntimeError) raise on damaged files."""
T = TypeVar("T")


class BundleError(FolderDamaged):
    """A bundle that must not be served: `file` says where, the message why."""


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What the bundle is; the service compares its hash and columns with its own before a swap."""

    name: str
    created: datetime
    feature_service: str
    feature_service_hash: str
    ranking_columns: tuple[str, ...]
    ranker: str = "onnx"
    ranker_model: str = ""
    window_start: datetime | None = None
    window_end: datetime | None = None
    core_version: str = ""
    format: int = FORMAT
    settings: dict[str, float | int | str | bool] = {}
    files: dict[str, str] = {}


class Golden(msgspec.Struct, frozen=True):
    """One request as the service gets it, and the answer it must give again (ids and scores) after loading."""

    request: dict[str, Any]
    answer: dict[str, Any]


@dataclass(frozen=True, slots=True)
class BundleParts:
    """What a training pipeline puts into a bundle. `ranker` is an ONNX file, or a folder that MLflow saved."""

    manifest: Manifest
    index: ProductIndex
    sources: CandidateSources
    ranker: Path
    background: Floats | None = None
    golden: Sequence[Golden] = ()


@dataclass(frozen=True, slots=True)
class Bundle:
    """A loaded bundle, ready to score."""

    folder: Path
    manifest: Manifest
    index: ProductIndex
    sources: CandidateSources
    ranker: Ranker
    background: Floats | None = None
    golden: tuple[Golden, ...] = field(default=())

    @staticmethod
    def save(folder: Path, parts: BundleParts) -> Manifest:
        """Write the whole folder anew; the manifest comes last, so that an interrupted write is seen as one."""
        if folder.exists():
            shutil.rmtree(folder)
        folder.mkdir(parents=True)
        parts.index.save(folder / "index")
        parts.sources.save(folder / "sources")
        kind = _copy_ranker(parts.ranker, folder)
        if parts.background is not None:
            np.save(folder / BACKGROUND, parts.background.astype(np.float32))
        (folder / GOLDEN).write_bytes(msgspec.json.encode(list(parts.golden)))
        return _seal(folder, msgspec.structs.replace(parts.manifest, ranker=kind))

    @staticmethod
    def add_golden(folder: Path, golden: Sequence[Golden]) -> Manifest:
        """Store requests and the answers that the finished bundle gave, and seal it again."""
        manifest = read_manifest(folder)
        (folder / GOLDEN).write_bytes(msgspec.json.encode(list(golden)))
        return _seal(folder, manifest)

    @classmethod
    def load(cls, folder: Path, *, verify: bool = True) -> "Bundle":
        """The bundle in `folder`; BundleError names the file that is missing, changed or unreadable."""
        manifest = read_manifest(folder)
        if verify:
            check_files(folder, manifest)
        ranker_path = folder / RANKER_PATHS[manifest.ranker]
        background = folder / BACKGROUND
        return cls(
            folder=folder,
            manifest=manifest,
            index=_part(folder, "index", lambda: ProductIndex.load(folder / "index")),
            sources=_part(folder, "sources", lambda: CandidateSources.load(folder / "sources")),
            ranker=_part(folder, ranker_path.name, lambda: load_ranker(ranker_path, manifest)),
            background=np.load(background) if background.exists() else None,
            golden=tuple(_part(folder, GOLDEN, lambda: _golden(folder))),
        )


def read_manifest(folder: Path) -> Manifest:
    """The manifest alone, checked for its form (BundleError otherwise)."""
    try:
        manifest = msgspec.json.decode((folder / MANIFEST).read_bytes(), type=Manifest)
    except FileNotFoundError as error:
        raise BundleError(folder, MANIFEST, "missing, so the bundle was never finished") from error
    except msgspec.MsgspecError as error:
        raise BundleError(folder, MANIFEST, f"not a manifest: {error}") from error
    if manifest.format != FORMAT:
        raise BundleError(folder, MANIFEST, f"format {manifest.format}, this code reads {FORMAT}")
    if manifest.ranker not in RANKER_PATHS:
        raise BundleError(folder, MANIFEST, f"ranker kind {manifest.ranker!r}, known are {sorted(RANKER_PATHS)}")
    return manifest


def check_files(folder: Path, manifest: Manifest) -> None:
    """Every file that the manifest names is there and unchanged, and no other file is."""
    check_digests(folder, manifest.files, BundleError)
    for name in _files(folder):
        if name not in manifest.files:
            raise BundleError(folder, name, "not named in the manifest")


def load_ranker(path: Path, manifest: Manifest) -> Ranker:
    """The ranker at `path`, refused (RankerError) when its width is not that of the manifest's columns."""
    if manifest.ranker == "pyfunc":
        return PyfuncRanker(path, manifest.ranking_columns)
    ranker = OnnxRanker(path)
    if ranker.width is not None and ranker.width != len(manifest.ranking_columns):
        raise RankerError(
            f"the graph takes {ranker.width} features, the manifest names {len(manifest.ranking_columns)}"
        )
    return ranker


def new_manifest(name: str, *, feature_service: str, feature_service_hash: str, columns: Sequence[str]) -> Manifest:
    """A manifest stamped with now and this code's version; `msgspec.structs.replace` adds windows and settings."""
    return Manifest(
        name=name,
        created=datetime.now(UTC),
        feature_service=feature_service,
        feature_service_hash=feature_service_hash,
        ranking_columns=tuple(columns),
        core_version=version("merx-core"),
    )


def _copy_ranker(source: Path, folder: Path) -> str:
    kind = "pyfunc" if source.is_dir() else "onnx"
    target = folder / RANKER_PATHS[kind]
    if kind == "pyfunc":
        shutil.copytree(source, target)
    else:
        shutil.copyfile(source, target)
    return kind


def _files(folder: Path) -> list[str]:
    found = (path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    named = (path.relative_to(folder).as_posix() for path in found)
    return sorted(name for name in named if name not in {MANIFEST, TRANSPORT})


def _seal(folder: Path, manifest: Manifest) -> Manifest:
    sealed = msgspec.structs.replace(manifest, files=digests_of(folder, _files(folder)))
    unfinished = folder / f"{MANIFEST}.new"
    unfinished.write_bytes(msgspec.json.format(msgspec.json.encode(sealed), indent=1))
    unfinished.replace(folder / MANIFEST)
    return sealed


def _golden(folder: Path) -> list[Golden]:
    return msgspec.json.decode((folder / GOLDEN).read_bytes(), type=list[Golden])


def _part(folder: Path, file: str, read: Callable[[], T]) -> T:
    """`read()`, with whatever a damaged file makes it raise turned into the name of that file."""
    try:
        return read()
    except UNREADABLE as error:
        raise BundleError(folder, file, f"unreadable: {error}") from error
