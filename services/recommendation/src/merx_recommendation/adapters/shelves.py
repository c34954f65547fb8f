"""The pair of model and catalogue in service: followed, put together, swapped as one."""

import threading
from collections.abc import Callable
from typing import Protocol

import structlog

from merx_kit.artefacts import ArtefactError
from merx_kit.features.snapshot import ProductSnapshot, SnapshotDamaged
from merx_kit.registry import Loaded
from merx_models.bundle import Bundle
from merx_recommendation.adapters.bundle import BundleModel
from merx_recommendation.adapters.catalogue import SnapshotCatalogue
from merx_recommendation.metrics import CATALOGUE_PRODUCTS, SHELF_SWAPS
from merx_recommendation.ports import Shelf

log = structlog.get_logger(__name__)

OWN_WORDS = frozenset({"model_missing"})
"""Reasons of the slot that answers give in words of their own ("model_unavailable")."""

IMPATIENT_S = 0.2
"""How often to look before the first model is there."""


class Slot(Protocol):
    """The model in service: merx_kit.registry.ModelSlot."""

    @property
    def current(self) -> Loaded[Bundle] | None: ...

    @property
    def degraded(self) -> tuple[str, ...]: ...

    def start(self) -> None: ...

    def stop(self, timeout_s: float = 5.0) -> None: ...


class Snapshots(Protocol):
    """The product snapshot in service: merx_kit.features.snapshot_store.SnapshotStore."""

    current: ProductSnapshot | None

    def refresh(self) -> bool: ...

    def open_last_good(self) -> bool: ...


class ShelfKeeper:
    """Looks every `poll_s` seconds; a request that has its shelf keeps it, whatever is swapped meanwhile.

    `looked` is called after every look, when what answers lack may have changed.
    """

    def __init__(
        self,
        slot: Slot,
        snapshots: Snapshots,
        *,
        poll_s: float = 2.0,
        looked: Callable[[], None] = lambda: None,
    ) -> None:
        self._slot = slot
        self._snapshots = snapshots
        self._poll_s = poll_s
        self._looked = looked
        self._shelf = Shelf.pair(None, None)
        self._paired: tuple[Loaded[Bundle] | None, ProductSnapshot | None] = (None, None)
        self._reason = ""
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    def current(self) -> Shelf:
        return self._shelf

    @property
    def degraded(self) -> tuple[str, ...]:
        """Why model or catalogue are not the ones asked for."""
        reasons = tuple(reason for reason in self._slot.degraded if reason not in OWN_WORDS)
        return (*reasons, self._reason) if self._reason else reasons

    def start(self) -> None:
        """Puts what the disk kept into service, then what the store has, and follows both from a thread."""
        self._slot.start()
        self._snapshots.open_last_good()
        self.look()
        self._thread = threading.Thread(target=self._follow, name="shelf", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        self._slot.stop()
        if self._thread is not None:
            self._thread.join(5.0)

    def look(self) -> None:
        """Once: another snapshot, another model, and a new pair where either changed."""
        try:
            self._snapshots.refresh()
            self._reason = ""
        except SnapshotDamaged as error:
            self._degrade("snapshot_damaged", error)
        except (ArtefactError, OSError) as error:
            self._degrade("snapshot_unavailable", error)
        self._pair()
        self._looked()

    def _pair(self) -> None:
        model, snapshot = self._slot.current, self._snapshots.current
        if model is self._paired[0] and snapshot is self._paired[1]:
            return
        catalogue = None if snapshot is None else SnapshotCatalogue(snapshot)
        self._shelf = Shelf.pair(catalogue, None if model is None else BundleModel(model.model, model.version.label))
        self._paired = (model, snapshot)
        CATALOGUE_PRODUCTS.set(0 if snapshot is None else len(snapshot))
        SHELF_SWAPS.inc()
        version = None if snapshot is None else snapshot.version
        log.info("shelf_in_service", model=self._shelf.version, snapshot=version)

    def _degrade(self, reason: str, error: Exception) -> None:
        if reason != self._reason:
            log.warning("snapshot_not_renewed", reason=reason, detail=str(error))
        self._reason = reason

    def _follow(self) -> None:
        while not self._stopped.wait(self._poll_s if self._slot.current else min(self._poll_s, IMPATIENT_S)):
            self.look()
