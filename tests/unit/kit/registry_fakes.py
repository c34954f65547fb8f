"""A registry in memory, whose answers a test can change while a slot follows it."""

import json
from pathlib import Path

from merx_kit.artefacts import ArtefactDamaged, ArtefactStore
from merx_kit.registry import ModelMissing, ModelRefused, ModelVersion, RegistryUnavailable
from merx_kit.registry.client import ARTEFACT_TAG
from merx_kit.registry.ports import CONTRACT_TAG


class InMemoryRegistry:
    def __init__(self, root: Path) -> None:
        self.artefacts = ArtefactStore(str(root / "store"))
        self.aliases: dict[tuple[str, str], ModelVersion] = {}
        self.away = False
        self.fetches = 0
        self._work = root / "made"
        self._count = 0

    def add(self, name: str, text: str, *, contract: str = "known", alias: str = "champion") -> ModelVersion:
        """Publishes a model that is one text file, and points `alias` at it."""
        self._count += 1
        folder = self._work / str(self._count)
        folder.mkdir(parents=True)
        (folder / "model.txt").write_text(text)
        (folder / "manifest.json").write_text(json.dumps({CONTRACT_TAG: contract}))
        source = self.artefacts.publish(folder, name, f"a{self._count}", make_current=False)
        tags = {ARTEFACT_TAG: f"a{self._count}", CONTRACT_TAG: contract}
        version = ModelVersion(name=name, version=str(self._count), source=source, tags=tags)
        self.aliases[name, alias] = version
        return version

    def stored_file(self, version: ModelVersion, file: str) -> Path:
        return Path(self.artefacts.url) / version.name / version.tags[ARTEFACT_TAG] / file

    def resolve(self, name: str, alias: str) -> ModelVersion:
        if self.away:
            raise RegistryUnavailable("away")
        try:
            return self.aliases[name, alias]
        except KeyError:
            raise ModelMissing(f"{name}@{alias}") from None

    def fetch(self, version: ModelVersion, target: Path) -> Path:
        if self.away:
            raise RegistryUnavailable("away")
        self.fetches += 1
        try:
            return self.artefacts.fetch(version.name, version.tags[ARTEFACT_TAG], target)
        except ArtefactDamaged as error:
            raise ModelRefused(str(error), "model_damaged") from error
