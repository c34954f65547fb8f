"""Collections of one Milvus: built once under a name of their own, then only read, by as many processes as like."""

import logging
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import unquote, urlsplit

import numpy as np

from merx_models.vectors.index import Floats, Mask, Neighbours, Rows
from merx_models.vectors.milvus_index import MilvusIndex, MilvusSettings
from merx_models.vectors.tailed import Collection, CollectionWrong, VectorsUnavailable

if TYPE_CHECKING:
    from pymilvus import MilvusClient

PREFIX = "merx_search"
CREATED = "%Y%m%dT%H%M%S%f"
PATIENT_S = 60.0
"""For one call of a build, or of opening; searches have the store's `timeout_s`."""
PAUSE_S = 5.0
"""So long a Milvus that did not answer is left alone: who searches does not wait for it again and again."""
Found = TypeVar("Found")


class MilvusStore:
    """`url`: http(s)://[user:password@ or token@]host:port[/database], or the path of a Milvus Lite file, which one
    process at a time can open. `owner` keeps apart the collections of installations that share a database."""

    def __init__(self, url: str, *, owner: str = "", timeout_s: float = 0.5) -> None:
        self._where, self._secrets = _address(url)
        self._prefix = f"{PREFIX}_{sha256(owner.encode()).hexdigest()[:8]}_"
        self._timeout_s = timeout_s
        self._client: MilvusClient | None = None
        self._connecting = threading.Lock()

    @property
    def client(self) -> "MilvusClient":
        """Connects with the first use. Raises what pymilvus raises."""
        from pymilvus import MilvusClient

        with self._connecting:
            if self._client is None:
                # It writes a traceback for every call that fails, which is raised as well.
                logging.getLogger("pymilvus").setLevel(logging.CRITICAL)
                # Milvus Lite is started by this, which takes it a while.
                timeout_s = self._timeout_s if "://" in self._where else PATIENT_S
                self._client = MilvusClient(self._where, timeout=timeout_s, **self._secrets)
            return self._client

    def put(self, vectors: Floats) -> "ReadCollection":
        """A new collection; its name carries the time of its making and a digest of the vectors."""
        digest = sha256(np.ascontiguousarray(vectors, np.float32).tobytes()).hexdigest()[:12]
        name = f"{self._prefix}{datetime.now(UTC):{CREATED}}_{digest}"
        settings = MilvusSettings(timeout_s=PATIENT_S)

        def build() -> None:
            MilvusIndex.build(self.client, name, (np.arange(len(vectors)), vectors), settings=settings)
            self.client.flush(name, timeout=PATIENT_S)

        answered(build)
        return self.open(Collection(name=name, rows=len(vectors), dim=vectors.shape[1]))

    def open(self, collection: Collection) -> "ReadCollection":
        found = ReadCollection(self, collection, timeout_s=self._timeout_s)
        found.look()
        return found

    def names(self) -> list[str]:
        """The owner's collections. Raises VectorsUnavailable."""
        every: list[str] = answered(lambda: self.client.list_collections(timeout=PATIENT_S))
        return sorted(name for name in every if name.startswith(self._prefix))

    def created(self, name: str) -> datetime:
        """When the collection was begun."""
        return datetime.strptime(name.removeprefix(self._prefix).split("_")[0], CREATED).replace(tzinfo=UTC)

    def drop(self, name: str) -> None:
        """Raises VectorsUnavailable."""
        answered(lambda: self.client.drop_collection(name, timeout=PATIENT_S))

    def close(self) -> None:
        with self._connecting:
            if self._client is not None:
                self._client.close()
                self._client = None


class ReadCollection:
    """What `MilvusStore.put` made. A Milvus that does not answer a search is left alone for PAUSE_S; `look` asks it."""

    def __init__(
        self,
        store: MilvusStore,
        collection: Collection,
        *,
        timeout_s: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.collection = collection
        self._store = store
        # Nobody writes: there is nothing to wait for before a read.
        self._settings = MilvusSettings(consistency="Bounded", timeout_s=timeout_s)
        self._clock = clock
        self._away_until = 0.0
        self._index: MilvusIndex | None = None
        self.available = False

    def look(self) -> None:
        """Makes sure of the collection, where Milvus answers. Raises CollectionWrong."""
        try:
            answered(self._open)
        except VectorsUnavailable:
            self.available = False
        else:
            self.available, self._away_until = True, 0.0

    def search(self, queries: Floats, k: int, *, allowed: Mask | None = None) -> Neighbours:
        return self._ask(lambda index: index.search(queries, k, allowed=allowed))

    def vectors_at(self, rows: Rows) -> Floats:
        return self._ask(lambda index: index.vectors_of(rows))

    def _ask(self, call: Callable[[MilvusIndex], Found]) -> Found:
        index = self._index
        if index is None or self._clock() < self._away_until:
            raise VectorsUnavailable(f"Milvus did not answer when it was last asked for {self.collection.name}")
        try:
            found = answered(lambda: call(index))
        except (VectorsUnavailable, KeyError) as error:
            self.available, self._away_until = False, self._clock() + PAUSE_S
            raise VectorsUnavailable(str(error)) from error
        self.available = True
        return found

    def _open(self) -> None:
        client, wanted = self._store.client, self.collection
        if not client.has_collection(wanted.name, timeout=PATIENT_S):
            raise CollectionWrong(f"Milvus has no collection {wanted.name}")
        client.load_collection(wanted.name, timeout=PATIENT_S)
        found = MilvusIndex(client, wanted.name, settings=MilvusSettings(timeout_s=PATIENT_S), rows=wanted.rows)
        if (len(found), found.dim) != (wanted.rows, wanted.dim):
            held = f"{len(found):,} vectors of {found.dim} dimensions, not {wanted.rows:,} of {wanted.dim}"
            raise CollectionWrong(f"the collection {wanted.name} has {held}")
        if wanted.rows:
            # The first search is the slow one.
            found.search(np.eye(1, wanted.dim, dtype=np.float32), 1)
        self._index = MilvusIndex(client, wanted.name, settings=self._settings, rows=wanted.rows)


def answered(call: Callable[[], Found]) -> Found:
    """What `call` of pymilvus gives. Raises VectorsUnavailable where Milvus did not answer, or not with that."""
    import grpc
    from pymilvus.exceptions import MilvusException

    try:
        return call()
    except (MilvusException, grpc.RpcError, grpc.FutureTimeoutError) as error:
        raise VectorsUnavailable(f"{type(error).__name__}: {error}") from error


def _address(url: str) -> tuple[str, dict[str, Any]]:
    """The address without what must not be seen, and the rest as pymilvus takes it."""
    if "://" not in url:
        return url, {}
    parts = urlsplit(url)
    secret, _, host = parts.netloc.rpartition("@")
    rest: dict[str, Any] = {"token": unquote(secret)} if secret else {}
    if database := parts.path.strip("/"):
        rest["db_name"] = database
    return f"{parts.scheme}://{host}", rest
