"""Sealed folders: the sha256 of every file, taken when the folder was written and checked before it serves."""

from collections.abc import Iterable, Mapping
from pathlib import Path

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
