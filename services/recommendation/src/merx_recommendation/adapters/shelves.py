"""The pair of model and catalogue in service: followed, put together, swapped as one, and kept up with the log."""

import threading
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

import structlog

from merx_kit.artefacts import ArtefactError
from merx_kit.eventlog import Columns, EventLogError
from merx_kit.features.snapshot import ProductSnapshot, SnapshotDamaged
from merx_kit.memory import settle
from merx_kit.registry import Loaded
from merx_models.bundle import Bundle
from merx_recommendation.adapters.bundle import BundleModel
from merx_recommendation.adapters.catalogue import SnapshotCatalogue
from merx_recommendation.adapters.changes import CatalogueChanges, Change
from merx_recommendation.domain import Listing
from merx_recommendation.metrics import CATALOGUE_CHANGES, CATALOGUE_PRODUCTS, SHELF_SWAPS
from merx_recommendation.ports import Shelf

log = structlog.get_logger(__name__)

OWN_WORDS = frozenset({"model_missing"})
"""Reasons of the slot that answers give in words of their own ("model_unavailable")."""

IMPATIENT_S = 0.2
"""How often to look before the first model is there."""

Records = Callable[[int], Iterable[Columns]]
"""The catalogue records of the log beyond an offset. Raises EventLogError."""


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

    `looked` is called after every look; `swapped` after a new pair is in service, and when answers lack something else
    than before. The changes of the log arrive by `begin` and `change`, from another thread than the looks.
    """

    def __init__(
        self,
        slot: Slot,
        snapshots: Snapshots,
        *,
        poll_s: float = 2.0,
        looked: Callable[[], None] = lambda: None,
        records: Records = lambda _: (),
    ) -> None:
        self._slot = slot
        self._snapshots = snapshots
        self._poll_s = poll_s
        self._looked = looked
        self._records = records
        self.swapped: Callable[[], None] = lambda: None
        self.log_answers: Callable[[], bool] = lambda: True
        self._shelf = self._plain = Shelf.pair(None, None)
        self._foreign: ProductSnapshot | None = None
        self._catalogue: SnapshotCatalogue | None = None
        self._changes: CatalogueChanges | None = None
        self._changing = threading.Lock()
        self._paired: tuple[Loaded[Bundle] | None, ProductSnapshot | None] = (None, None)
        self._reason = ""
        self._lacked: tuple[str, ...] = ()
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    def current(self) -> Shelf:
        return self._shelf

    @property
    def degraded(self) -> tuple[str, ...]:
        """Why model or catalogue are not the ones asked for, or not as the log has them."""
        reasons = tuple(reason for reason in self._slot.degraded if reason not in OWN_WORDS)
        more = (self._reason, "" if self.log_answers() else "log_unavailable")
        return (*reasons, *(reason for reason in more if reason))

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
        try:
            self._pair()
        except EventLogError as error:
            self._degrade("snapshot_unavailable", error)
        self._looked()
        if self.degraded != self._lacked:
            self._lacked = self.degraded
            self.swapped()

    def begin(self, head: int) -> None:
        """Reads all that the log says beyond the snapshot in service, and forgets what it said before. `head` is the
        log's own: where that lies below the snapshot's, the log was restored from an older backup, its further offsets
        mean other records, and so all that it has is laid over the snapshot. Raises EventLogError."""
        with self._changing:
            if self._catalogue is not None and self._catalogue.head > head:
                self._foreign = self._paired[1]
                log.warning("log_ends_before_snapshot", snapshot=self._catalogue.head, log=head)
            known = self._known(self._catalogue, self._paired[1])
            self._read_changes(known)
            self._shelf = self._plain.changed(self._listings(self._beyond(known)))
        self.swapped()

    def change(self, columns: Columns) -> Sequence[Listing]:
        """Takes further records of the log into the shelf; gives what they say."""
        with self._changing:
            if self._changes is None:
                return ()
            listings = self._listings(self._changes.fold(columns))
            self._shelf = self._shelf.changed(listings)
            return listings

    def _pair(self) -> None:
        """Raises EventLogError where the snapshot is older than the changes at hand, and the log does not tell them."""
        model, snapshot = self._slot.current, self._snapshots.current
        if model is self._paired[0] and snapshot is self._paired[1]:
            return
        catalogue = None if snapshot is None else SnapshotCatalogue(snapshot)
        shelf = Shelf.pair(catalogue, None if model is None else BundleModel(model.model, model.version.label))
        with self._changing:
            head = self._known(catalogue, snapshot)
            if self._changes is not None and head < self._changes.base:
                self._read_changes(head)
            self._catalogue, self._plain = catalogue, shelf
            self._shelf = shelf.changed(self._listings(self._beyond(head)))
        self._paired = (model, snapshot)
        settle()
        CATALOGUE_PRODUCTS.set(0 if snapshot is None else len(snapshot))
        SHELF_SWAPS.inc()
        version = None if snapshot is None else snapshot.version
        log.info("shelf_in_service", model=self._shelf.version, snapshot=version)
        self.swapped()

    def _known(self, catalogue: SnapshotCatalogue | None, snapshot: ProductSnapshot | None) -> int:
        """The offset up to which the snapshot has the log's records."""
        return 0 if catalogue is None or snapshot is self._foreign else catalogue.head

    def _read_changes(self, after: int) -> None:
        changes = CatalogueChanges(after)
        for columns in self._records(after):
            changes.fold(columns)
        self._changes = changes

    def _beyond(self, head: int) -> list[Change]:
        found = [] if self._changes is None else self._changes.beyond(head)
        CATALOGUE_CHANGES.set(len(found))
        return found

    def _listings(self, changes: Iterable[Change]) -> list[Listing]:
        path_of = _nowhere if self._catalogue is None else self._catalogue.path_of
        return [change.against(path_of) for change in changes]

    def _degrade(self, reason: str, error: Exception) -> None:
        if reason != self._reason:
            log.warning("snapshot_not_renewed", reason=reason, detail=str(error))
        self._reason = reason

    def _follow(self) -> None:
        while not self._stopped.wait(self._poll_s if self._slot.current else min(self._poll_s, IMPATIENT_S)):
            self.look()


def _nowhere(_: str) -> str | None:
    return None  # there is no snapshot
