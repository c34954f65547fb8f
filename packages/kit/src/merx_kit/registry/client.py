"""The registry in MLflow: names, versions and aliases there, the files in the artefact store."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from merx_kit.artefacts import (
    ArtefactDamaged,
    ArtefactMissing,
    ArtefactStore,
    ArtefactsUnavailable,
)
from merx_kit.registry.ports import (
    CHALLENGER,
    CHAMPION,
    PREVIOUS,
    ModelMissing,
    ModelRefused,
    ModelVersion,
    RegistryUnavailable,
)

if TYPE_CHECKING:
    from mlflow.entities.model_registry import ModelVersion as Entity
    from mlflow.tracking import MlflowClient

ARTEFACT_TAG = "merx_artefact"
HTTP_RETRIES, HTTP_TIMEOUT_S = 1, 10
MISSING_CODES = frozenset({"RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE", "NOT_FOUND"})


@dataclass(frozen=True)
class MlflowRegistry:
    """`url` is MLflow's tracking URL ("sqlite:////srv/mlflow.db", "https://mlflow.example")."""

    url: str
    artefacts: ArtefactStore

    def resolve(self, name: str, alias: str) -> ModelVersion:
        """The version that `alias` stands for now. Raises ModelMissing, RegistryUnavailable."""
        with _named_errors(f"{name}@{alias}"):
            return _version_of(self.client.get_model_version_by_alias(name, alias))

    def version(self, name: str, version: str) -> ModelVersion:
        """One version by its number. Raises ModelMissing, RegistryUnavailable."""
        with _named_errors(f"{name}/{version}"):
            return _version_of(self.client.get_model_version(name, version))

    def versions(self, name: str) -> list[ModelVersion]:
        """Every version of `name`, newest first, with its aliases."""
        with _named_errors(name):
            found = self.client.search_model_versions(f"name = '{name}'", max_results=1000)
            aliases = self._aliases(name) if found else {}
        versions = [_version_of(entity, aliases) for entity in found]
        return sorted(versions, key=lambda version: int(version.version), reverse=True)

    def fetch(self, version: ModelVersion, target: Path) -> Path:
        """The verified files of `version` in `target`. Raises ModelRefused where damaged, RegistryUnavailable."""
        try:
            return self.artefacts.fetch(version.name, version.tags[ARTEFACT_TAG], target)
        except KeyError as error:
            raise ModelRefused(f"{version.label} was not registered by Merx") from error
        except (ArtefactDamaged, ArtefactMissing) as error:
            raise ModelRefused(f"{version.label}: {error}", "model_damaged") from error
        except ArtefactsUnavailable as error:
            raise RegistryUnavailable(str(error)) from error

    def register(
        self, name: str, folder: Path, *, run_id: str = "", tags: Mapping[str, str] | None = None
    ) -> ModelVersion:
        """Publishes `folder` and registers it as the challenger of `name`."""
        artefact = f"{time.time_ns():x}-{run_id[:8] or 'local'}"
        source = self.artefacts.publish(folder, name, artefact, make_current=False)
        with _named_errors(name):
            self._ensure_name(name)
            entity = self.client.create_model_version(
                name, source, run_id=run_id or None, tags={**(tags or {}), ARTEFACT_TAG: artefact}
            )
            self.client.set_registered_model_alias(name, CHALLENGER, entity.version)
        return self.version(name, str(entity.version))

    def promote(self, name: str, version: str | None = None) -> ModelVersion:
        """Makes the challenger (or `version`) the champion, and the champion of now `previous`.

        Raises ModelMissing where there is nothing to promote.
        """
        chosen = self.resolve(name, CHALLENGER) if version is None else self.version(name, version)
        champion = self._alias_or_none(name, CHAMPION)
        with _named_errors(name):
            if champion is not None and champion.version != chosen.version:
                self.client.set_registered_model_alias(name, PREVIOUS, champion.version)
            self.client.set_registered_model_alias(name, CHAMPION, chosen.version)
            challenger = self._alias_or_none(name, CHALLENGER)
            if challenger is not None and challenger.version == chosen.version:
                self.client.delete_registered_model_alias(name, CHALLENGER)
        return self.version(name, chosen.version)

    def rollback(self, name: str) -> ModelVersion:
        """Puts `previous` back as champion; the version it replaces is marked and loses its alias.

        Raises ModelMissing where there is no previous version.
        """
        previous = self.resolve(name, PREVIOUS)
        champion = self._alias_or_none(name, CHAMPION)
        with _named_errors(name):
            self.client.set_registered_model_alias(name, CHAMPION, previous.version)
            self.client.delete_registered_model_alias(name, PREVIOUS)
            if champion is not None:
                self.client.set_model_version_tag(name, champion.version, "rolled_back", str(int(time.time())))
        return self.version(name, previous.version)

    @cached_property
    def client(self) -> MlflowClient:
        """MLflow's own client, for runs, metrics and plots; the first use creates or migrates its database."""
        from mlflow.environment_variables import MLFLOW_HTTP_REQUEST_MAX_RETRIES, MLFLOW_HTTP_REQUEST_TIMEOUT
        from mlflow.tracking import MlflowClient

        # MLflow's own 7 retries of 120 s would keep a service for minutes from saying that its registry is away.
        if not MLFLOW_HTTP_REQUEST_MAX_RETRIES.is_set():
            MLFLOW_HTTP_REQUEST_MAX_RETRIES.set(HTTP_RETRIES)
        if not MLFLOW_HTTP_REQUEST_TIMEOUT.is_set():
            MLFLOW_HTTP_REQUEST_TIMEOUT.set(HTTP_TIMEOUT_S)
        if self.url.startswith("sqlite:///"):
            Path(self.url.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
        return MlflowClient(tracking_uri=self.url, registry_uri=self.url)

    def _alias_or_none(self, name: str, alias: str) -> ModelVersion | None:
        try:
            return self.resolve(name, alias)
        except ModelMissing:
            return None

    def _aliases(self, name: str) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for alias, version in self.client.get_registered_model(name).aliases.items():
            found.setdefault(str(version), []).append(alias)
        return found

    def _ensure_name(self, name: str) -> None:
        from mlflow.exceptions import MlflowException

        try:
            self.client.create_registered_model(name)
        except MlflowException as error:
            if error.error_code != "RESOURCE_ALREADY_EXISTS":
                raise


def _version_of(entity: Entity, aliases: Mapping[str, list[str]] | None = None) -> ModelVersion:
    number = str(entity.version)
    named = entity.aliases if aliases is None else aliases.get(number, [])
    return ModelVersion(
        name=entity.name,
        version=number,
        source=entity.source or "",
        run_id=entity.run_id or "",
        aliases=tuple(sorted(named)),
        tags=dict(entity.tags),
    )


@contextmanager
def _named_errors(what: str) -> Iterator[None]:
    """Turns MLflow's one exception, and those of the transports below it, into the registry's own."""
    from mlflow.exceptions import MlflowException
    from requests.exceptions import RequestException
    from sqlalchemy.exc import SQLAlchemyError

    try:
        yield
    except MlflowException as error:
        if error.error_code in MISSING_CODES:
            raise ModelMissing(f"{what}: {error.message}") from error
        raise RegistryUnavailable(f"{what}: {error.message}") from error
    except (RequestException, SQLAlchemyError, OSError) as error:
        raise RegistryUnavailable(f"{what}: {error}") from error
