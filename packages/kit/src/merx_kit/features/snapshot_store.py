"""Snapshots on their way from the pipeline to the services: published whole, fetched verified, swapped at once."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from merx_kit.artefacts import ArtefactError, ArtefactStore
from merx_kit.features.snapshot import ProductSnapshot, SnapshotDamaged

NAME = "products"
KEPT = 3


class SnapshotStore:
    """One place of artefacts (fsspec URL), one local cache. `current` is what this process serves from.

    A refresh that fails leaves `current` as it was; the version before it stays in the cache and in the store.
    """

    def __init__(self, artefacts_url: str, cache: Path, *, options: Mapping[str, Any] | None = None) -> None:
        self._artefacts = ArtefactStore(artefacts_url, options or {})
        self._cache = cache
        self.current: ProductSnapshot | None = None

    def publish(self, folder: Path) -> str:
        """Makes the snapshot in `folder` the one in use, and returns its version. Raises SnapshotDamaged."""
        version = ProductSnapshot.open(folder).version
        self._artefacts.publish(folder, NAME, version)
        for old in self._artefacts.versions(NAME)[:-KEPT]:
            self._artefacts.remove(NAME, old)
        return version

    def published(self) -> str | None:
        """The version in use in the store, None before the first."""
        return self._artefacts.current(NAME)

    def rollback(self) -> str:
        """Puts the version before the one in use back into use. Raises ArtefactError where there is none."""
        versions, current = self._artefacts.versions(NAME), self.published()
        earlier = [version for version in versions if current is None or version < current]
        if not earlier:
            raise ArtefactError("no earlier snapshot is kept")
        self._artefacts.set_current(NAME, earlier[-1])
        return earlier[-1]

    def refresh(self) -> bool:
        """Fetches and opens the published version where it is another one; True where `current` changed.

        Raises ArtefactError or SnapshotDamaged, with `current` as it was.
        """
        version = self.published()
        if version is None or (self.current is not None and self.current.version == version):
            return False
        folder = self._artefacts.fetch(NAME, version, self._cache / version)
        self.current = ProductSnapshot.open(folder, verify=False)  # the fetch has just compared every byte
        self._forget_old()
        return True

    def open_last_good(self) -> bool:
        """For a start while the store is away: the newest intact snapshot of the cache, if there is one."""
        for folder in sorted(self._cache.glob("*"), reverse=True):
            try:
                self.current = ProductSnapshot.open(folder)
            except SnapshotDamaged:
                continue
            return True
        return False

    def _forget_old(self) -> None:
        kept = [folder for folder in sorted(self._cache.glob("*")) if not folder.name.startswith(".")]
        for folder in kept[:-KEPT]:
            if self.current is None or folder.name != self.current.version:
                shutil.rmtree(folder, ignore_errors=True)
