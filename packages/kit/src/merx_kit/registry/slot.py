"""One place for one model in a running process: it follows an alias, and never puts a bad model into service."""

import json
import shutil
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Generic, TypeVar

import structlog
from prometheus_client import Counter, Gauge

from merx_kit.artefacts import ArtefactDamaged, verify
from merx_kit.registry.ports import (
    CHAMPION,
    CONTRACT_TAG,
    ModelMissing,
    ModelRefused,
    ModelRegistry,
    ModelVersion,
    RegistryUnavailable,
)

T = TypeVar("T")
log = structlog.get_logger(__name__)

SWAPS = Counter("merx_model_swaps_total", "Versions put into service.", ["model"])
REFUSED = Counter("merx_model_refused_total", "Versions that were not put into service.", ["model", "reason"])
DEGRADED = Gauge("merx_model_degraded", "1 while the model in service is not the one asked for.", ["model", "reason"])
IN_SERVICE = Gauge("merx_model_in_service", "1 for the version in service, 0 for earlier ones.", ["model", "version"])

REASONS = (
    "model_missing",
    "model_damaged",
    "model_contract_unknown",
    "model_refused",
    "registry_unavailable",
)


@dataclass(frozen=True)
class SlotSettings:
    """What to follow and where the last good version is kept; `contracts` are the feature-service hashes that this
    process knows (its own and the one before).
    """

    name: str
    folder: Path
    contracts: frozenset[str]
    alias: str = CHAMPION
    poll_s: float = 5.0
    retry_refused_s: float = 300.0
    first_look_s: float = 5.0
    """How long a start waits for the first look at the registry. What such a client does once (imports, connections)
    would otherwise be felt by the first requests."""


@dataclass(frozen=True)
class Loaded(Generic[T]):
    """A model in service, its version and the local folder it was read from."""

    model: T
    version: ModelVersion
    folder: Path


class ModelSlot(Generic[T]):
    """Holds the version that an alias stands for; `current` is one attribute read and safe from any thread.

    `load` makes a model of a folder, `check` runs its golden requests and raises ModelRefused. A version that is
    damaged, of an unknown contract, or fails either is refused: the one in service stays, and `degraded` says why.
    A version that was refused is tried again after `retry_refused_s`, another one at once.
    """

    def __init__(
        self,
        settings: SlotSettings,
        registry: ModelRegistry,
        *,
        load: Callable[[Path], T],
        check: Callable[[T, Path], None] = lambda _model, _folder: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings = settings
        self._registry = registry
        self._load = load
        self._check = check
        self._clock = clock
        self._current: Loaded[T] | None = None
        self._reason = "model_missing"
        self._refused: dict[str, tuple[str, float]] = {}
        self._stopped = threading.Event()
        self._looked = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def current(self) -> Loaded[T] | None:
        """The model in service; None before the first one."""
        return self._current

    @property
    def degraded(self) -> tuple[str, ...]:
        """Why the version in service is not the one asked for; empty where it is."""
        return (self._reason,) if self._reason else ()

    def start(self) -> None:
        """Loads the last good version from disk, if there is one, then follows the alias in a background thread.

        Returns after the first look at the registry, or `first_look_s` later where the registry is slow or away.
        """
        self.restore()
        self._thread = threading.Thread(target=self._follow, name=f"model-{self._settings.name}", daemon=True)
        self._thread.start()
        self._looked.wait(self._settings.first_look_s)

    def stop(self, timeout_s: float = 5.0) -> None:
        """Ends the background thread; the model stays in service."""
        self._stopped.set()
        if self._thread is not None:
            self._thread.join(timeout_s)

    def restore(self) -> bool:
        """Puts the last good version of the disk into service, where there is none yet; False where there is none."""
        if self._current is not None:
            return True
        version = self._last_good()
        if version is None:
            return False
        try:
            self._put_into_service(version, self._folder_of(version))
        except ModelRefused as refusal:
            self._degrade(refusal.reason, version=version.version, detail=str(refusal))
            return False
        return True

    def refresh(self) -> bool:
        """Looks once whether the alias stands for another version, and swaps to it; True where that one now serves."""
        try:
            version = self._registry.resolve(self._settings.name, self._settings.alias)
            if self._current is not None and self._current.version.version == version.version:
                self._recover()
                return True
            if (refusal := self._still_refused(version)) is not None:
                self._degrade(refusal)
                return False
            self._put_into_service(version, self._bring(version))
        except ModelRefused as refusal:
            self._refuse(version, refusal)
            return False
        except ModelMissing as error:
            self._degrade("model_missing", detail=str(error))
            return False
        except (RegistryUnavailable, OSError) as error:
            self._degrade("registry_unavailable", detail=str(error))
            return False
        self._keep(version)
        self._recover()
        return True

    def _follow(self) -> None:
        while True:
            try:
                self.refresh()
            except Exception:  # the outermost handler of this thread: a slot never dies
                log.exception("model_slot_failed", name=self._settings.name)
                self._degrade("model_refused")
            self._looked.set()
            if self._stopped.wait(self._settings.poll_s):
                return

    def _bring(self, version: ModelVersion) -> Path:
        self._check_contract(version, version.tags.get(CONTRACT_TAG))
        return self._registry.fetch(version, self._folder_of(version))

    def _put_into_service(self, version: ModelVersion, folder: Path) -> None:
        try:
            verify(folder)
            manifest = json.loads((folder / "manifest.json").read_bytes())
        except (ArtefactDamaged, OSError, ValueError) as error:
            raise ModelRefused(str(error), "model_damaged") from error
        self._check_contract(version, str(manifest.get(CONTRACT_TAG, "")))
        try:
            model = self._load(folder)
            self._check(model, folder)
        except ModelRefused:
            raise
        except Exception as error:  # whatever a foreign model's loader raises is a refusal, never the end of the slot
            raise ModelRefused(f"{type(error).__name__}: {error}") from error
        before = self._current
        self._current = Loaded(model, version, folder)
        SWAPS.labels(self._settings.name).inc()
        self._tell_version(before.version if before else None, version)
        log.info(
            "model_in_service", name=version.name, version=version.version, before=before and before.version.version
        )

    def _tell_version(self, before: ModelVersion | None, now: ModelVersion) -> None:
        if before is not None and before.version != now.version:
            # Not removed: where a process's metrics lie in files, which BentoML may ask for, nothing can be.
            IN_SERVICE.labels(self._settings.name, before.version).set(0)
        IN_SERVICE.labels(self._settings.name, now.version).set(1)

    def _check_contract(self, version: ModelVersion, contract: str | None) -> None:
        if contract is not None and contract not in self._settings.contracts:
            detail = f"{version.label} was trained with feature service {contract!r}, which this process does not know"
            raise ModelRefused(detail, "model_contract_unknown")

    def _refuse(self, version: ModelVersion, refusal: ModelRefused) -> None:
        self._refused[version.version] = (refusal.reason, self._clock() + self._settings.retry_refused_s)
        REFUSED.labels(self._settings.name, refusal.reason).inc()
        in_service = self._current.version.version if self._current else None
        if in_service != version.version:
            shutil.rmtree(self._folder_of(version), ignore_errors=True)
        self._degrade(refusal.reason, version=version.version, detail=str(refusal), in_service=in_service)

    def _still_refused(self, version: ModelVersion) -> str | None:
        reason, until = self._refused.get(version.version, ("", 0.0))
        return reason if self._clock() < until else None

    def _degrade(self, reason: str, **fields: object) -> None:
        if reason != self._reason or fields.get("version"):
            log.warning("model_degraded", name=self._settings.name, reason=reason, **fields)
        self._reason = reason
        for each in REASONS:
            DEGRADED.labels(self._settings.name, each).set(each == reason)

    def _recover(self) -> None:
        if self._reason:
            log.info("model_as_asked", name=self._settings.name, after=self._reason)
        self._reason = ""
        for each in REASONS:
            DEGRADED.labels(self._settings.name, each).set(0)

    def _root(self) -> Path:
        return self._settings.folder / self._settings.name

    def _folder_of(self, version: ModelVersion) -> Path:
        return self._root() / f"v{version.version}"

    def _last_good(self) -> ModelVersion | None:
        try:
            record = json.loads((self._root() / "lastgood.json").read_bytes())
            return ModelVersion(**{**record, "aliases": tuple(record["aliases"])})
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError) as error:
            log.warning("last_good_unreadable", name=self._settings.name, detail=str(error))
            return None

    def _keep(self, version: ModelVersion) -> None:
        """Remembers `version` on disk and clears away all but it and the one before."""
        before = self._last_good()
        try:
            temporary = self._root() / f".lastgood-{threading.get_ident()}.json"
            temporary.write_text(json.dumps({**asdict(version), "tags": dict(version.tags)}, sort_keys=True))
            temporary.replace(self._root() / "lastgood.json")
            kept = {self._folder_of(version), *([self._folder_of(before)] if before else [])}
            for folder in set(self._root().glob("v*")) - kept:
                shutil.rmtree(folder, ignore_errors=True)
        except OSError as error:  # a full disk must not take a good model out of service
            log.warning("last_good_not_kept", name=self._settings.name, detail=str(error))
