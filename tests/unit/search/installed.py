"""A log, a registry and the keeper of the index between them, as the service joins them; a test looks when it likes."""

import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import numpy as np

from merx_core.catalogue import Product
from merx_kit.eventlog import EventLog, migrate
from merx_kit.eventlog.maintenance import archive_of
from merx_kit.registry import ModelSlot, ModelVersion, SlotSettings
from merx_kit.registry.client import ARTEFACT_TAG
from merx_kit.registry.ports import CONTRACT_TAG
from merx_models.search_index import CONTRACT, IndexManifest, SearchIndex, text_of
from merx_models.search_index.golden import write_golden
from merx_models.vectors.tailed import VectorStore
from merx_models.words.queries import Query
from merx_search.adapters import indexes
from merx_search.adapters.indexes import Followed, IndexKeeper, Pace
from merx_search.domain import Floats
from merx_search.settings import Settings
from tests.unit.kit.registry_fakes import InMemoryRegistry
from tests.unit.search import shop

SOON_S = 20.0
ENCODER = "hashed-words"


def until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + SOON_S
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.005)


def built(products: Sequence[Product], store: VectorStore | None = None) -> SearchIndex:
    vectors = shop.encode([text_of(product) for product in products]) if products else np.zeros((0, 64), np.float32)
    return SearchIndex.build(list(products), vectors, store=store)


def open_gate() -> threading.Event:
    gate = threading.Event()
    gate.set()
    return gate


class Installed:
    """`gate` holds what encodes for the indexes that are followed from now on; vectors lie in the `store`, or here."""

    def __init__(self, home: Path, *, migrated: bool = True, store: VectorStore | None = None) -> None:
        self.settings = Settings(home=home)
        self.store = store
        home.mkdir(exist_ok=True)
        if migrated:
            migrate(self.settings.database_url)
        self.log = EventLog(self.settings.database_url)
        self.registry = InMemoryRegistry(home / "registry")
        self.gate = open_gate()
        self._made = home / "indexes"
        self._count = 0
        self.slot = self._slot()
        self.keeper = self.kept()

    def kept(self, pace: Pace | None = None) -> IndexKeeper:
        return IndexKeeper(self.slot, self.follow, empty=lambda: built([]), pace=pace or Pace(log_poll_s=0.005))

    def follow(self, index: SearchIndex, head: int) -> Followed:
        gate = self.gate

        def encode(texts: Sequence[str]) -> Floats:
            assert gate.wait(SOON_S)
            return shop.encode(texts)

        return Followed(index, head, source=self.log, archive=archive_of(self.settings), encode=encode)

    def publish(
        self,
        products: Sequence[Product],
        *,
        head: int = 0,
        encoder: str = ENCODER,
        golden: Sequence[Product] | None = None,
    ) -> ModelVersion:
        """An index that knows the log up to `head`, under the alias; its questions are those of `golden`."""
        self._count += 1
        folder, index = self._made / str(self._count), built(products, self.store)
        index.save(folder)
        texts = [product.title for product in products[:3]]
        write_golden(folder, index if golden is None else built(golden), texts, shop.encode(texts))
        IndexManifest(
            head=head,
            created=datetime.now(UTC),
            encoder=encoder,
            products=len(products),
            pictured=0,
            method="rrf",
        ).seal(folder)
        name = f"a{self._count}"
        source = self.registry.artefacts.publish(folder, "search", name, make_current=False)
        tags = {ARTEFACT_TAG: name, CONTRACT_TAG: CONTRACT}
        version = ModelVersion(name="search", version=str(self._count), source=source, tags=tags)
        self.promote(version)
        return version

    def promote(self, version: ModelVersion) -> None:
        self.registry.aliases["search", "champion"] = version

    def look(self) -> None:
        """What the threads of the slot and of the keeper do every few seconds."""
        self.slot.refresh()
        self.keeper.look()

    @property
    def version(self) -> str:
        standing = self.keeper.current()
        assert standing is not None
        return standing.version

    def found(self, text: str) -> list[str]:
        """What the index in service finds by words alone."""
        standing = self.keeper.current()
        assert standing is not None
        words = standing.index.words
        answer = words.answer(words.read(Query(text=text, correct_spelling=False)), None)
        return [] if "popular" in answer.recovery else list(answer.ids)

    def close(self) -> None:
        self.gate.set()
        self.keeper.stop()
        self.log.close()

    def _slot(self) -> ModelSlot[tuple[SearchIndex, IndexManifest]]:
        settings = SlotSettings("search", self.settings.last_good / "models", frozenset({CONTRACT}), poll_s=0.02)
        load = partial(indexes.load, encoder=ENCODER, threads=1, store=self.store)
        return ModelSlot(settings, self.registry, load=load, check=indexes.check)
