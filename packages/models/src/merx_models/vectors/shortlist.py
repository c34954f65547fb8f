"""Approximate engines: they name candidates by compressed vectors, which the index then ranks by the exact ones.

HNSW (Malkov and Yashunin 2018) over vectors of 8 bits a dimension: a quarter of the memory traffic of float32, which is
what a walk over the graph waits for. IVF-PQ (Jegou, Douze and Schmid 2011) for more vectors than a graph has room for.
Both are frozen once built.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol, TypeAlias

import faiss as typed_faiss
import numpy as np
from numpy.typing import NDArray

from merx_models.vectors.index import Floats, Rows

Bits: TypeAlias = NDArray[np.uint8]
"""A mask over rows, eight to a byte, lowest bit first."""
Kind: TypeAlias = Literal["flat", "hnsw", "ivf-pq"]
FLAT_UP_TO = 10_000
HNSW_UP_TO = 5_000_000
TRAINING_PER_LIST = 48
SCANNED_LISTS = 16_384
"""Up to so many lists the nearest are found by a scan of their centres; past them by a graph."""
TUNED_K = 10
faiss: Any = typed_faiss  # its stubs name constructors and parameters that its Python layer has not


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexSettings:
    """`kind` None: by size. `target_recall` at 10 is what the effort of a search is tuned to when the index is built.

    `links` and `construction` are HNSW's M and efConstruction; `lists` of IVF (None: 4 sqrt(n)) and `code_bytes` of PQ
    (None: one for four dimensions). More than one of `threads` builds faster, but not the same graph twice.
    """

    kind: Kind | None = None
    target_recall: float = 0.99
    links: int = 16
    construction: int = 128
    lists: int | None = None
    code_bytes: int | None = None
    threads: int = 1
    seed: int = 0


class Shortlist(Protocol):
    """Candidates by compressed vectors. `effort` is what recall is bought with, `efforts` its steps."""

    @property
    def kind(self) -> Kind: ...

    @property
    def efforts(self) -> tuple[int, ...]: ...

    @property
    def head(self) -> int:
        """How many candidates to rank exactly for each one wanted."""
        ...

    def candidates(self, queries: Floats, size: int, *, effort: int, bits: Bits | None = None) -> Rows:
        """Rows [q, size], -1 at the end where fewer were found; only those whose bit is set."""
        ...

    def effort_for(self, tuned: int, *, size: int, share: float) -> int:
        """The effort that keeps recall for `size` candidates when only `share` of the rows may be answered."""
        ...

    def microseconds(self, effort: int) -> float:
        """What a search of one query is expected to cost, by measured constants; the scale matters, not the machine."""
        ...

    def save(self, path: Path) -> None: ...


class Hnsw:
    """Effort is efSearch: how many of the nearest nodes seen so far are looked around from."""

    kind: Kind = "hnsw"
    efforts = (16, 24, 32, 48, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384, 512, 768, 1024)
    head = 3
    MICROSECONDS_PER_NODE = 1.4

    def __init__(self, index: Any) -> None:
        self._index = index

    @classmethod
    def build(cls, vectors: Floats, settings: IndexSettings) -> "Hnsw":
        index = faiss.IndexHNSWSQ(
            vectors.shape[1], faiss.ScalarQuantizer.QT_8bit_uniform, settings.links, faiss.METRIC_L2
        )
        index.hnsw.efConstruction = settings.construction  # L2 orders unit vectors as the cosine does
        with _Threads(settings.threads):
            index.train(_sample(vectors, 100_000, settings.seed))
            index.add(vectors)
        return cls(index)

    def candidates(self, queries: Floats, size: int, *, effort: int, bits: Bits | None = None) -> Rows:
        chosen = _selector(bits)
        parameters = faiss.SearchParametersHNSW(efSearch=max(effort, size), sel=chosen)
        _, rows = self._index.search(queries, size, params=parameters)
        return np.asarray(rows, np.int64)

    def effort_for(self, tuned: int, *, size: int, share: float) -> int:
        """A walk that looks at effort / share nodes meets as many allowed ones as an unfiltered walk looks at."""
        return min(int(np.ceil(max(tuned, size) / share)), int(self._index.ntotal))

    def microseconds(self, effort: int) -> float:
        return effort * self.MICROSECONDS_PER_NODE * int(self._index.d) / 384

    def save(self, path: Path) -> None:
        faiss.write_index(self._index, str(path))


class IvfPq:
    """Effort is nprobe: how many of the nearest lists are read."""

    kind: Kind = "ivf-pq"
    head = 30
    NANOSECONDS_PER_CODE = 40.0

    def __init__(self, index: Any) -> None:
        self._index = index
        steps = (1, 2, 4, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024)
        self.efforts = (*(step for step in steps if step < index.nlist), int(index.nlist))

    @classmethod
    def build(cls, vectors: Floats, settings: IndexSettings) -> "IvfPq":
        rows, dim = vectors.shape
        lists = settings.lists or max(1, min(int(4 * np.sqrt(rows)), rows // TRAINING_PER_LIST))
        code = settings.code_bytes or _divisor(dim, dim // 4)
        bits = min(8, max(1, int(np.log2(max(rows // TRAINING_PER_LIST, 2)))))
        coarse = _coarse(dim, lists)
        index = faiss.IndexIVFPQ(coarse, dim, lists, code, bits, faiss.METRIC_INNER_PRODUCT)
        index.own_fields = True
        coarse.this.disown()
        index.cp.seed, index.pq.cp.seed = settings.seed + 1, settings.seed + 1
        index.cp.spherical = True
        centres = faiss.IndexFlatIP(dim)
        if lists > SCANNED_LISTS:  # a graph cannot be trained upon: k-means has a scan of its own
            index.quantizer_trains_alone, index.clustering_index = 2, centres
        with _Threads(settings.threads):
            index.train(_sample(vectors, lists * TRAINING_PER_LIST, settings.seed))
            index.add(vectors)
        return cls(index)

    def candidates(self, queries: Floats, size: int, *, effort: int, bits: Bits | None = None) -> Rows:
        chosen = _selector(bits)
        parameters = faiss.SearchParametersIVF(nprobe=effort, sel=chosen)
        _, rows = self._index.search(queries, size, params=parameters)
        return np.asarray(rows, np.int64)

    def effort_for(self, tuned: int, *, size: int, share: float) -> int:
        """The k nearest allowed ones lie as far out as the k / share nearest of all: in more lists, but not 1 / share
        times as many, for neighbours share lists."""
        further = max(1.0, size / (self.head * TUNED_K)) / share
        return min(int(np.ceil(tuned * np.sqrt(further))), self.efforts[-1])

    def microseconds(self, effort: int) -> float:
        codes = effort * self._index.ntotal / self._index.nlist
        return float(codes * self.NANOSECONDS_PER_CODE * self._index.pq.M / 96 / 1e3)

    def save(self, path: Path) -> None:
        faiss.write_index(self._index, str(path))


def choose_kind(rows: int) -> Kind:
    """By size: below the first limit a scan costs less than a graph; past the second the graph outgrows a machine."""
    if rows <= FLAT_UP_TO:
        return "flat"
    return "hnsw" if rows <= HNSW_UP_TO else "ivf-pq"


def build_shortlist(vectors: Floats, settings: IndexSettings) -> Shortlist | None:
    """The engine for so many vectors; None where all of them are scanned."""
    kind = settings.kind or choose_kind(len(vectors))
    if kind == "flat" or not len(vectors):
        return None
    return Hnsw.build(vectors, settings) if kind == "hnsw" else IvfPq.build(vectors, settings)


def load_shortlist(path: Path, kind: Kind) -> Shortlist:
    """The engine in `path`, memory-mapped."""
    if kind == "hnsw":
        return Hnsw(faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC))
    return IvfPq(faiss.read_index(str(path), faiss.IO_FLAG_MMAP))


def _coarse(dim: int, lists: int) -> Any:
    if lists <= SCANNED_LISTS:
        return faiss.IndexFlatIP(dim)
    graph = faiss.IndexHNSWFlat(dim, 32, faiss.METRIC_INNER_PRODUCT)
    graph.hnsw.efSearch = 256
    return graph


def _selector(bits: Bits | None) -> Any:
    return None if bits is None else faiss.IDSelectorBitmap(bits)


def _sample(vectors: Floats, size: int, seed: int) -> Floats:
    if len(vectors) <= size:
        return vectors
    rows = np.random.default_rng(seed).choice(len(vectors), size, replace=False)
    return np.ascontiguousarray(vectors[np.sort(rows)])


def _divisor(number: int, at_most: int) -> int:
    return next(part for part in range(max(at_most, 1), 0, -1) if number % part == 0)


class _Threads:
    """Faiss's number of threads is the process's; it is put back."""

    def __init__(self, threads: int) -> None:
        self._threads = threads

    def __enter__(self) -> None:
        self._before = faiss.omp_get_max_threads()
        faiss.omp_set_num_threads(self._threads)

    def __exit__(self, *_: object) -> None:
        faiss.omp_set_num_threads(self._before)
