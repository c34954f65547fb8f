"""Sealed folders: the sha256 of every file, taken when the folder was written and checked before it serves."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from merx_core.digests import sha256_of


class FolderDamaged(ValueError):
    """A folder that must not be served: `file` says where, `why` and the message what is wrong."""

    def __init__(self, folder: Path, file: str, why: str) -> None:
        super().__init__(f"{folder.name}/{file}: {why}")
        self.file = file
        self.why = why


def digests_of(folder: Path, names: Iterable[str]) -> dict[str, str]:
    """The sha256 of each of these files, by their paths within `folder`."""
    return {name: sha256_of(folder / name) for name in names}


def check_digests(
    folder: Path, files: Mapping[str, str], refused: type[FolderDamaged], *, contents: bool = True
) -> None:
    """Every file is there and, where `contents` are read, unchanged. Raises `refused` with the name of the first that
    is not."""
    for name, digest in files.items():
        if not (folder / name).is_file():
            raise refused(folder, name, "missing")
        if contents and sha256_of(folder / name) != digest:
            raise refused(folder, name, "its sha256 is not the manifest's: changed or cut off")


def description_of(folder: Path, file: str, form: int, refused: type[FolderDamaged]) -> dict[str, Any]:
    """What `file` says of a folder: it is written last, names its `format`, and under "files" the sha256 of the others.
    Raises `refused` where it is missing, no such description, or of another format than `form`."""
    try:
        said = json.loads((folder / file).read_bytes())
    except FileNotFoundError as error:
        raise refused(folder, file, "missing, so the folder was never finished") from error
    except ValueError as error:
        raise refused(folder, file, f"not a description: {error}") from error
    written = said.get("format") if isinstance(said, dict) else None
    if written != form or not isinstance(said.get("files"), dict):
        raise refused(folder, file, f"format {written}, this code reads {form}")
    return dict(said)
