"""The search by words with its vectors in Milvus: the same answers, and what it does when Milvus is away."""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import msgspec
import numpy as np
import pytest
from pymilvus import MilvusClient

from merx_core.catalogue import Product
from merx_kit.registry import MlflowRegistry, ModelRefused
from merx_kit.settings import MerxSettings
from merx_models.vectors import milvus_store
from merx_models.vectors.milvus_store import MilvusStore
from merx_models.vectors.tailed import Collection, VectorsUnavailable
from merx_models.words.hybrid import HybridSearch
from merx_models.words.queries import Query
from merx_pipelines.folders import Folders
from merx_pipelines.indexing.collections import COLLECTION_TAG, drop_unused, tidy, vector_store
from merx_pipelines.indexing.settings import IndexSettings
from merx_pipelines.steps import build_index, check_index, index_texts
from merx_pipelines.steps.index_catalogue import ABOUT, PRODUCTS, SALES
from merx_search.adapters import indexes
from tests.integration.vectors.served_milvus import ServedMilvus
from tests.unit.models.words.shop import documents, shop, vectors
from tests.unit.models.words.store_contract import ENCODER, StoreContract, agree, changed, stored


@pytest.fixture(scope="module")
def milvus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedMilvus]:
    served = ServedMilvus(tmp_path_factory.mktemp("served") / "data")
    served.start()
    yield served
    served.stop()


@pytest.fixture
def store(milvus: ServedMilvus) -> Iterator[MilvusStore]:
    # A machine that others use answers late.
    found = MilvusStore(milvus.url, timeout_s=20.0)
    yield found
    found.close()


class TestStore(StoreContract):
    pass


class TestLite:
    def test_a_file_of_this_process_serves_as_well(self, tmp_path: Path) -> None:
        store = MilvusStore(str(tmp_path / "vectors.db"), timeout_s=20.0)
        agree(changed(stored(store)), changed(shop()))
        store.close()


class TestAway:
    @pytest.fixture
    def own(self, tmp_path: Path) -> Iterator[ServedMilvus]:
        served = ServedMilvus(tmp_path / "data")
        served.start()
        yield served
        served.stop()

    def test_it_is_told_and_asked_again_until_it_is_back(self, own: ServedMilvus, tmp_path: Path) -> None:
        store = MilvusStore(own.url, timeout_s=2.0)
        search = stored(store)
        search.save(tmp_path / "index")
        own.stop()
        asked = search.read(Query(text="sony television"))
        vector = ENCODER.encode_queries([asked.text])[0]
        for _ in range(2):
            with pytest.raises(VectorsUnavailable):
                search.answer(asked, vector)
        assert not search.dense.available
        later = HybridSearch.load(tmp_path / "index", store=MilvusStore(own.url, timeout_s=2.0))
        assert set(later.search(Query(text="sony television"), None).ids) == {"tv", "tv-next"}
        changed(search)
        own.start()
        for each in (search, later):
            looked_until_there(each)
        agree(search, changed(shop()))
        agree(later, shop())

    def test_one_that_does_not_answer_is_left_alone_for_a_while(
        self, store: MilvusStore, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        base = store.put(vectors(documents()))
        asked: list[str] = []
        now = 100.0
        monkeypatch.setattr(base, "_clock", lambda: now)
        monkeypatch.setattr(base, "_index", Unanswering(asked))
        for _ in range(3):
            with pytest.raises(VectorsUnavailable):
                base.search(vectors(documents()[:1]), 1)
        assert len(asked) == 1
        now += milvus_store.PAUSE_S
        with pytest.raises(VectorsUnavailable):
            base.search(vectors(documents()[:1]), 1)
        assert len(asked) == 2

    def test_nothing_is_built_where_nothing_listens(self) -> None:
        with pytest.raises(VectorsUnavailable):
            MilvusStore("http://127.0.0.1:9", timeout_s=0.5).put(vectors(documents()))


def looked_until_there(search: HybridSearch) -> None:
    """As a replica does: its connection waits a little longer after each failure."""
    deadline = time.monotonic() + 60
    while not search.dense.available and time.monotonic() < deadline:
        search.dense.look()
        time.sleep(0.2)
    assert search.dense.available


class Unanswering:
    def __init__(self, asked: list[str]) -> None:
        self._asked = asked

    def search(self, *_: object, **__: object) -> None:
        from pymilvus.exceptions import MilvusException

        self._asked.append("search")
        raise MilvusException(message="deadline exceeded")


@dataclass(frozen=True)
class Version:
    tags: dict[str, str]
    aliases: tuple[str, ...] = ()


@dataclass
class Versions:
    """What `drop_unused` asks of a registry."""

    held: list[Version] = field(default_factory=list)

    def versions(self, name: str) -> list[Version]:
        return self.held

    def as_registry(self) -> MlflowRegistry:
        return cast(MlflowRegistry, self)


class TestUnused:
    LATER = datetime.now(UTC) + timedelta(days=2)

    def test_only_what_no_alias_refers_to_is_dropped_and_only_of_this_installation(self, milvus: ServedMilvus) -> None:
        own, foreign = MilvusStore(milvus.url, owner="a"), MilvusStore(milvus.url, owner="b")
        held = [own.put(vectors(documents()[:count])).collection.name for count in (2, 3, 4, 5)]
        other = foreign.put(vectors(documents())).collection.name
        registry = Versions(
            [
                Version({COLLECTION_TAG: held[0]}, ("champion",)),
                Version({COLLECTION_TAG: held[1]}, ("previous",)),
                Version({COLLECTION_TAG: held[2]}),
                Version({}, ("challenger",)),
            ]
        ).as_registry()
        assert drop_unused(own, registry, "search") == []
        assert drop_unused(own, registry, "search", now=self.LATER) == sorted(held[2:])
        assert own.names() == sorted(held[:2])
        assert foreign.names() == [other]

    def test_a_milvus_that_is_away_stops_no_registration(self, tmp_path: Path) -> None:
        settings = MerxSettings(home=tmp_path, vectors_url="http://127.0.0.1:9")
        tidy(settings, Versions().as_registry(), "search")

    def test_without_a_store_there_is_nothing_to_tidy(self, tmp_path: Path) -> None:
        assert vector_store(MerxSettings(home=tmp_path)) is None
        tidy(MerxSettings(home=tmp_path), Versions().as_registry(), "search")


class TestAddress:
    @pytest.mark.parametrize(
        ("url", "where", "rest"),
        [
            ("http://milvus:19530", "http://milvus:19530", {}),
            (
                "https://me:se%40cret@milvus:19530/shop",
                "https://milvus:19530",
                {"token": "me:se@cret", "db_name": "shop"},
            ),
            ("https://abc123@milvus:443", "https://milvus:443", {"token": "abc123"}),
            ("/var/lib/merx/vectors.db", "/var/lib/merx/vectors.db", {}),
        ],
    )
    def test_what_is_secret_stands_apart(
        self, monkeypatch: pytest.MonkeyPatch, url: str, where: str, rest: dict[str, str]
    ) -> None:
        seen: list[tuple[str, dict[str, object]]] = []
        monkeypatch.setattr("pymilvus.MilvusClient", lambda uri, **more: seen.append((uri, more)))
        assert MilvusStore(url).client is None
        assert (seen[0][0], {name: value for name, value in seen[0][1].items() if name != "timeout"}) == (where, rest)

    def test_settings_do_not_show_it(self, tmp_path: Path) -> None:
        assert "secret" not in repr(MerxSettings(home=tmp_path, vectors_url="https://me:secret@milvus:19530"))


def test_a_name_says_when_it_was_made_and_what_of(store: MilvusStore, milvus: ServedMilvus) -> None:
    one, other = (store.put(vectors(documents()[:count])).collection for count in (2, 3))
    assert one.name.rsplit("_", 1)[1] != other.name.rsplit("_", 1)[1]
    assert abs(datetime.now(UTC) - store.created(one.name)) < timedelta(minutes=5)
    assert one == Collection(name=one.name, rows=2, dim=64)
    assert MilvusClient(milvus.url).has_collection(one.name)
    np.testing.assert_allclose(store.open(one).vectors_at(np.array([1, 0])), vectors(documents()[:2])[::-1], atol=1e-6)


class TestPipeline:
    def test_an_index_is_built_there_checked_and_served_from_there(self, milvus: ServedMilvus, tmp_path: Path) -> None:
        settings = IndexSettings(home=tmp_path, vectors_url=milvus.url)
        made = Folders(
            catalogue=tmp_path / "catalogue",
            texts=tmp_path / "texts",
            pictures=tmp_path / "pictures",
            index=tmp_path / "index",
        )
        products = [Product(product_id=str(number), title=f"Red box number {number}") for number in range(30)]
        made.catalogue.mkdir()
        (made.catalogue / PRODUCTS).write_bytes(msgspec.json.Encoder().encode_lines(products))
        (made.catalogue / SALES).write_text("{}")
        (made.catalogue / ABOUT).write_text(json.dumps({"head": 0, "products": 30}))
        index_texts.run(made.catalogue, made.texts, settings=settings)
        manifest = build_index.run(made, made.index, settings=settings)
        store = MilvusStore(milvus.url, owner=settings.mlflow_url, timeout_s=20.0)
        assert store.names() == [manifest.settings[COLLECTION_TAG]]
        loaded = indexes.load(made.index, encoder=manifest.encoder, threads=1, store=store)
        indexes.check(loaded, made.index)
        assert check_index._recall(loaded[0], np.random.default_rng(0)) == 1.0
        with pytest.raises(ModelRefused, match="none is set") as refused:
            indexes.load(made.index, encoder=manifest.encoder, threads=1)
        assert refused.value.reason == "model_damaged"
