"""The manifest of a search index: what it was made from, and the sha256 of every other file; written last."""

from datetime import datetime
from pathlib import Path
from typing import Self

import msgspec

from merx_models.sealed import FolderDamaged, check_digests, digests_of

MANIFEST = "manifest.json"
CONTRACT = "search_index_1"
"""What a service must know to serve the folder: its layout, and the features that its fusion ranks by."""


class IndexDamaged(FolderDamaged):
    """A file of an index is missing, or is not what was written."""


class IndexManifest(msgspec.Struct, frozen=True, kw_only=True):
    """`head` is the offset of the event log up to which the index knows the catalogue; whoever serves it reads on from
    there. `encoder` names the model that made the text vectors: queries must be encoded by the same one.

    `feature_service_hash` is where every registered model of Merx states its contract.
    """

    feature_service_hash: str = CONTRACT
    head: int
    created: datetime
    encoder: str
    products: int
    pictured: int
    method: str
    judged_queries: int = 0
    validation: dict[str, float] = {}
    """NDCG@10 of each way to fuse on judged queries that were held out; empty where too few were judged."""
    settings: dict[str, str | int | float | bool] = {}
    files: dict[str, str] = {}

    def seal(self, folder: Path) -> Self:
        """Writes the manifest with the digests of all that lies in `folder`."""
        names = sorted(
            path.relative_to(folder).as_posix()
            for path in folder.rglob("*")
            if path.is_file() and path.name != "artefact.json" and path != folder / MANIFEST
        )
        sealed = msgspec.structs.replace(self, files=digests_of(folder, names))
        unfinished = folder / f"{MANIFEST}.new"
        unfinished.write_bytes(msgspec.json.format(msgspec.json.encode(sealed), indent=1))
        unfinished.replace(folder / MANIFEST)
        return sealed

    @classmethod
    def read(cls, folder: Path, *, verify: bool = True) -> Self:
        """Raises IndexDamaged; `verify` reads every file."""
        try:
            manifest = msgspec.json.decode((folder / MANIFEST).read_bytes(), type=cls)
        except FileNotFoundError as error:
            raise IndexDamaged(folder, MANIFEST, "missing, so the folder was never finished") from error
        except (OSError, msgspec.DecodeError) as error:
            raise IndexDamaged(folder, MANIFEST, f"not a manifest: {error}") from error
        check_digests(folder, manifest.files, IndexDamaged, contents=verify)
        return manifest
