"""A vector index as a folder: arrays that are read in place, and a manifest that vouches for each of them.

manifest.json       engine, sizes, effort; sha256 of every other file, written last
vectors.npy         the base, float32 [n, dim]; live.npy: which of its rows are not empty
id_*.npy            ids of the base
tail.npy, tail_ids.json, tail_live.npy    what came after the base was built
shortlist.faiss     the engine (none where all vectors are scanned)
"""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import msgspec
import numpy as np

from merx_models.sealed import FolderDamaged, check_digests, digests_of
from merx_models.vectors.contents import Contents
from merx_models.vectors.id_table import IdTable
from merx_models.vectors.index import IdKind
from merx_models.vectors.shortlist import Kind, Shortlist

MANIFEST = "manifest.json"
VECTORS, LIVE, ENGINE = "vectors.npy", "live.npy", "shortlist.faiss"
TAIL, TAIL_IDS, TAIL_LIVE = "tail.npy", "tail_ids.json", "tail_live.npy"
FORMAT = 1
UNREADABLE = (OSError, ValueError, KeyError, EOFError, RuntimeError)
"""What numpy, json (ValueError) and Faiss (RuntimeError) raise on damaged files."""


class IndexDamaged(FolderDamaged):
    """A folder that must not be served: `file` says where, the message why."""


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """`effort` is what a search is done with, `recall` (at 10) what it reached when the base was built."""

    kind: Kind
    id_kind: IdKind
    dim: int
    base_rows: int
    tail_rows: int
    effort: int
    recall: float
    format: int = FORMAT
    files: dict[str, str] = {}


def write_folder(
    folder: Path, manifest: Manifest, contents: Contents, engine: Callable[[Path], None] | None
) -> Manifest:
    """Write beside `folder`, then take its place: the index may be mapped from the very folder it is saved to."""
    made = folder.with_name(f"{folder.name}.new")
    if made.exists():
        shutil.rmtree(made)
    made.mkdir(parents=True)
    contents.base_ids.save(made)
    for name, values in (
        (VECTORS, contents.base),
        (LIVE, contents.live),
        (TAIL, contents.tail),
        (TAIL_LIVE, contents.tail_live),
    ):
        np.save(made / name, values)
    (made / TAIL_IDS).write_text(json.dumps(contents.tail_ids.tolist(), ensure_ascii=False))
    if engine is not None:
        engine(made / ENGINE)
    sealed = msgspec.structs.replace(manifest, files=digests_of(made, sorted(path.name for path in made.iterdir())))
    (made / MANIFEST).write_bytes(msgspec.json.format(msgspec.json.encode(sealed), indent=1))
    if folder.exists():
        shutil.rmtree(folder)
    made.rename(folder)
    return sealed


def read_manifest(folder: Path, *, verify: bool = True) -> Manifest:
    """The manifest; with `verify` every file it names is there and unchanged. IndexDamaged otherwise."""
    try:
        manifest = msgspec.json.decode((folder / MANIFEST).read_bytes(), type=Manifest)
    except FileNotFoundError as error:
        raise IndexDamaged(folder, MANIFEST, "missing, so the index was never finished") from error
    except msgspec.MsgspecError as error:
        raise IndexDamaged(folder, MANIFEST, f"not a manifest: {error}") from error
    if manifest.format != FORMAT:
        raise IndexDamaged(folder, MANIFEST, f"format {manifest.format}, this code reads {FORMAT}")
    check_digests(folder, manifest.files, IndexDamaged, contents=verify)
    return manifest


def read_contents(
    folder: Path, manifest: Manifest, engine: Callable[[Path, Kind], Shortlist]
) -> tuple[Contents, Shortlist | None]:
    """The arrays and the engine, memory-mapped; IndexDamaged where they do not fit each other."""
    try:
        contents = _contents(folder, manifest)
        shortlist = None if manifest.kind == "flat" else engine(folder / ENGINE, manifest.kind)
    except UNREADABLE as error:
        raise IndexDamaged(folder, "", f"unreadable: {error}") from error
    shapes = (contents.base.shape, contents.tail.shape, len(contents.base_ids))
    expected = ((manifest.base_rows, manifest.dim), (manifest.tail_rows, manifest.dim), manifest.base_rows)
    if shapes != expected:
        raise IndexDamaged(folder, VECTORS, f"shapes {shapes}, the manifest says {expected}")
    return contents, shortlist


def _contents(folder: Path, manifest: Manifest) -> Contents:
    base = np.load(folder / VECTORS, mmap_mode="r" if manifest.base_rows else None)
    live, tail_live = np.load(folder / LIVE), np.load(folder / TAIL_LIVE)
    listed = json.loads((folder / TAIL_IDS).read_text())
    tail_ids = np.array(listed, dtype=np.int64 if manifest.id_kind == "int" else object)
    row_of = {one: manifest.base_rows + int(row) for row in np.flatnonzero(tail_live) for one in [listed[row]]}
    return Contents(
        base=base,
        base_ids=IdTable.load(folder, manifest.id_kind),
        live=live,
        dead=manifest.base_rows - int(np.count_nonzero(live)),
        tail=np.load(folder / TAIL),
        tail_ids=tail_ids,
        tail_live=tail_live,
        tail_row=row_of,
    )
