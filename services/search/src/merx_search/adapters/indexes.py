"""The index in service: the one that the registry's alias names, kept up with the log, swapped whole."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import structlog

from merx_kit.eventlog import Columns, EventLog, LogTail
from merx_kit.eventlog.archive import Archive, stream_all
from merx_kit.memory import settle
from merx_kit.registry import Loaded, ModelRefused
from merx_models.sealed import FolderDamaged
from merx_models.search_index import IndexManifest, SearchIndex
from merx_models.search_index.golden import GoldenMismatch, check_golden
from merx_models.vectors.tailed import CollectionWrong, VectorStore, VectorsUnavailable
from merx_search.adapters.catalogue import CATALOGUE, take
from merx_search.domain import Floats
from merx_search.metrics import INDEX_SWAPS, PICTURED, PRODUCTS
from merx_search.ports import Standing

log = structlog.get_logger(__name__)

IMPATIENT_S = 0.2
"""How often to look while a new index reads on."""
NO_INDEX = "index_missing"

Encode = Callable[[Sequence[str]], Floats]


def load(
    folder: Path, *, encoder: str, threads: int, store: VectorStore | None = None
) -> tuple[SearchIndex, IndexManifest]:
    """The index in `folder`. Raises ModelRefused where it is damaged, was made with another text encoder, or has its
    vectors in a `store` that does not have them; one that does not answer now keeps nothing out of service."""
    try:
        # The slot has compared every file with the registry's digests just before.
        manifest = IndexManifest.read(folder, verify=False)
        if manifest.encoder != encoder:
            detail = f"{folder.name} holds vectors of {manifest.encoder!r}, this service encodes by {encoder!r}"
            raise ModelRefused(detail, "model_contract_unknown")
        return SearchIndex.load(folder, threads=threads, store=store), manifest
    except FolderDamaged as error:
        raise ModelRefused(str(error), "model_damaged") from error


def check(loaded: tuple[SearchIndex, IndexManifest], folder: Path) -> None:
    """Asks the golden questions again. Raises ModelRefused where one is answered otherwise. Without its vectors an
    index cannot be asked: it answers by words then, and says so."""
    try:
        check_golden(folder, loaded[0])
    except VectorsUnavailable as error:
        log.warning("golden_questions_not_asked", detail=str(error))
    except GoldenMismatch as error:
        raise ModelRefused(f"{folder.name}: {error}") from error


class Slot(Protocol):
    """The index that the alias names: merx_kit.registry.ModelSlot."""

    @property
    def current(self) -> Loaded[tuple[SearchIndex, IndexManifest]] | None: ...

    @property
    def degraded(self) -> tuple[str, ...]: ...

    def start(self) -> None: ...

    def stop(self, timeout_s: float = 5.0) -> None: ...


class Followed:
    """An index and the tail that keeps it up with the log from `head` on, archived records included."""

    def __init__(self, index: SearchIndex, head: int, *, source: EventLog, archive: Archive, encode: Encode) -> None:
        self.index = index
        self._head = head
        self._log = source
        self._archive = archive
        self._encode = encode
        self._began = self._reading = self._stopped = False
        self.tail: LogTail | None = None

    def start(self, poll_s: float) -> None:
        self.tail = LogTail(self._log, self._take, begin=self._begin, types=CATALOGUE, name="search", poll_s=poll_s)
        self.tail.start()

    def stop(self) -> None:
        """Its tail is let go: they hold each other, and what is frozen (`merx_kit.memory`) is collected by nobody."""
        self._stopped = True
        tail, self.tail = self.tail, None
        if tail is not None:
            tail.stop()

    @property
    def available(self) -> bool:
        """Whether the log answers, if only with what takes long to take in."""
        return self._reading or (self.tail is not None and self.tail.available)

    def _begin(self) -> int:
        """Reads on from the head in log and archive. Called again after it succeeded where the log was restored from an
        older backup: its further offsets mean other records then, and all that it has is laid over the index."""
        head = self._log.head()
        after = 0 if self._began or head < self._head else self._head
        self._reading = True
        try:
            for columns in stream_all(self._log, self._archive, CATALOGUE, after=after):
                if self._stopped:
                    break
                self._take(columns)
                head = max(head, *columns.offsets) if columns.offsets else head
        finally:
            self._reading = False
        self._began = True
        return head

    def _take(self, columns: Columns) -> None:
        take(self.index, columns, self._encode)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How often to look for another index and for records, and how long an index may take to read on in the log."""

    poll_s: float = 2.0
    log_poll_s: float = 0.05
    catch_up_s: float = 60.0


class IndexKeeper:
    """Looks for another index again and again; one serves once it has read on in the log, or after `catch_up_s`. A
    request that has its index keeps it. Before the first one an `empty` index serves, which follows the log from its
    beginning.

    `looked` is called after every look.
    """

    def __init__(
        self,
        slot: Slot,
        follow: Callable[[SearchIndex, int], Followed],
        *,
        empty: Callable[[], SearchIndex],
        pace: Pace | None = None,
    ) -> None:
        self._slot = slot
        self._follow = follow
        self._empty = empty
        self._pace = pace or Pace()
        self.looked: Callable[[], None] = lambda: None
        self._standing: Standing | None = None
        self._followed: Followed | None = None
        self._loaded: Loaded[tuple[SearchIndex, IndexManifest]] | None = None
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    def current(self) -> Standing | None:
        return self._standing

    @property
    def degraded(self) -> tuple[str, ...]:
        """Why the index is not the one asked for, or not as the log has the catalogue."""
        reasons = [reason for reason in self._slot.degraded if reason != "model_missing"]
        if self._followed is not None and not self._followed.available:
            reasons.append("log_unavailable")
        if self._standing is not None and not self._standing.index.words.dense.available:
            reasons.append("vectors_unavailable")
        return tuple(reasons)

    def start(self) -> None:
        """Puts the last good index, or what the registry has, into service, and follows both from a thread."""
        self._slot.start()
        self.look()
        self._thread = threading.Thread(target=self._watch, name="indexes", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        self._slot.stop()
        if self._thread is not None:
            self._thread.join(5.0)
        if self._followed is not None:
            self._followed.stop()

    def look(self) -> None:
        """Once: another index, where the alias stands for one."""
        loaded = self._slot.current
        if loaded is None and self._standing is None:
            self._serve_empty()
        elif loaded is not None and loaded is not self._loaded:
            self._swap(loaded)
        self._look_for_vectors()
        self.looked()

    def _look_for_vectors(self) -> None:
        """Vectors that did not answer are asked for again, beside the requests, which wait for nothing."""
        if self._standing is None or self._standing.index.words.dense.available:
            return
        try:
            self._standing.index.words.dense.look()
        except CollectionWrong as error:
            log.warning("vectors_unavailable", index=self._standing.version, detail=str(error))

    def _serve_empty(self) -> None:
        index = self._empty()
        self._put(Standing(index, "log", (NO_INDEX,)), self._follow(index, 0), wait_s=0.0)

    def _swap(self, loaded: Loaded[tuple[SearchIndex, IndexManifest]]) -> None:
        index, manifest = loaded.model
        self._loaded = loaded
        lacking = () if index.looks is not None else ("pictures_unavailable",)
        standing = Standing(index, loaded.version.label, lacking)
        # With another one in service there is time to read on before this one takes over.
        wait_s = self._pace.catch_up_s if self._standing is not None else min(self._pace.catch_up_s, 2.0)
        self._put(standing, self._follow(index, manifest.head), wait_s=wait_s)
        settle()
        INDEX_SWAPS.inc()
        log.info("index_in_service", index=standing.version, products=len(index.cards))

    def _put(self, standing: Standing, followed: Followed, *, wait_s: float) -> None:
        before, followed_before = self._standing, self._followed
        followed.start(self._pace.log_poll_s)
        if wait_s and followed.tail is not None and not followed.tail.wait_until_caught_up(wait_s):
            log.warning("index_not_caught_up", index=standing.version, waited_s=wait_s)
        self._standing, self._followed = standing, followed
        PRODUCTS.set(len(standing.index.cards))
        PICTURED.set(0 if standing.index.looks is None else len(standing.index.looks))
        if before is not None and followed_before is not None:
            followed_before.stop()

    def _watch(self) -> None:
        while not self._stopped.wait(self._pace.poll_s if self._slot.current else min(self._pace.poll_s, IMPATIENT_S)):
            try:
                self.look()
            except Exception:  # the outermost handler of this thread: the index in service stays
                log.exception("index_look_failed")
