"""What a slot needs from a registry, and the words both use."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

CHAMPION = "champion"
CHALLENGER = "challenger"
PREVIOUS = "previous"

CONTRACT_TAG = "feature_service_hash"
"""Tag of a version, and key of its manifest.json: the hash of the FeatureService that the model was trained with."""


class RegistryError(Exception):
    """Something about the registry that a caller can act on."""


class RegistryUnavailable(RegistryError):
    """The registry, or the store that its files lie in, does not answer."""


class ModelMissing(RegistryError):
    """There is no such model, version or alias."""


class ModelRefused(Exception):
    """A model must not go into service; `reason` is a bounded word for metrics and answers, the text says why.

    Reasons: `model_damaged`, `model_contract_unknown`, `model_refused` (golden requests, loading).
    """

    def __init__(self, detail: str, reason: str = "model_refused") -> None:
        super().__init__(detail)
        self.reason = reason


@dataclass(frozen=True)
class ModelVersion:
    """One registered version; `source` is the URL of its folder in the artefact store."""

    name: str
    version: str
    source: str = ""
    run_id: str = ""
    aliases: tuple[str, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """How answers and exposures name it: "recommendation/7"."""
        return f"{self.name}/{self.version}"


class ModelRegistry(Protocol):
    """Finds a version and brings its files."""

    def resolve(self, name: str, alias: str) -> ModelVersion:
        """The version that `alias` stands for now. Raises ModelMissing, RegistryUnavailable."""
        ...

    def fetch(self, version: ModelVersion, target: Path) -> Path:
        """The verified files of `version` in `target`. Raises ModelRefused where damaged, RegistryUnavailable."""
        ...
