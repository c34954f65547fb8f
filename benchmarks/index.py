"""goals.md `index`: recall at 10 against exact, CPU beside hnswlib, Faiss and usearch; filters.

Every contender has the same graph settings (M 16, efConstruction 128) and buys its recall the same way: the first step
of one ladder of efforts that reaches TARGET on tuning queries; the figures are of other queries. One thread each.
"""

import importlib
import importlib.util
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal

import numpy as np
from rich.console import Console

from benchmarks.index_vectors import VectorSet, intrinsic_dimension, real
from benchmarks.report import Contender, Machine, Row, alternate, bench_data, command_line, skip, write
from merx_models.vectors.exact import nearest, nearest_of
from merx_models.vectors.faiss_index import FaissIndex
from merx_models.vectors.index import Floats, Mask
from merx_models.vectors.shortlist import Hnsw, IndexSettings, Kind
from merx_models.vectors.tuning import recall

K = 10
LINKS, CONSTRUCTION = 16, 128
TARGET, RECALL_GOAL, FILTERED_GOAL = 0.993, 0.99, 0.95
CPU_GOAL = 1.1
SHARES = (0.1, 0.01, 0.001)
FILTERED_QUERIES = 200
CONSOLE = Console()
faiss: Any = importlib.import_module("faiss")


@dataclass(frozen=True)
class Built:
    """A contender: `search(queries, effort)` gives scores [q, K]; `size` is bytes a vector, `cpu_s` of building."""

    search: Callable[[Floats, int], Floats]
    size: float
    cpu_s: float
    effort: int = 0

    def tuned(self, vectors: VectorSet, truth: Floats) -> "Built":
        for effort in Hnsw.efforts:
            if recall(self.search(vectors.tuning, effort), truth) >= TARGET:
                break
        return Built(self.search, self.size, self.cpu_s, effort)


def hnswlib_peer(base: Floats) -> tuple[Any, Built]:
    begun = time.thread_time()
    index = importlib.import_module("hnswlib").Index("ip", base.shape[1])
    index.init_index(len(base), M=LINKS, ef_construction=CONSTRUCTION, random_seed=0)
    index.set_num_threads(1)
    index.add_items(base)
    spent = time.thread_time() - begun

    def search(queries: Floats, effort: int) -> Floats:
        index.set_ef(effort)
        return np.asarray(1.0 - index.knn_query(queries, K)[1], np.float32)

    return index, Built(search, index.index_file_size() / len(base), spent)


def faiss_peer(base: Floats) -> tuple[Any, Built]:
    begun = time.thread_time()
    index = faiss.IndexHNSWFlat(base.shape[1], LINKS, faiss.METRIC_INNER_PRODUCT)
    index.hnsw.efConstruction = CONSTRUCTION
    index.add(base)
    spent = time.thread_time() - begun

    def search(queries: Floats, effort: int) -> Floats:
        return np.asarray(index.search(queries, K, params=faiss.SearchParametersHNSW(efSearch=effort))[0])

    return index, Built(search, faiss.serialize_index(index).nbytes / len(base), spent)


def usearch_peer(base: Floats) -> tuple[Any, Built]:
    begun = time.thread_time()
    index = importlib.import_module("usearch.index").Index(
        ndim=base.shape[1], metric="ip", dtype="f32", connectivity=LINKS, expansion_add=CONSTRUCTION
    )
    index.add(np.arange(len(base)), base, threads=1)
    spent = time.thread_time() - begun

    def search(queries: Floats, effort: int) -> Floats:
        index.expansion_search = effort
        return np.asarray(1.0 - index.search(queries, K, threads=1).distances, np.float32)

    return index, Built(search, index.serialized_length / len(base), spent)


PEERS = {"hnswlib": hnswlib_peer, "faiss": faiss_peer, "usearch": usearch_peer}


@dataclass(frozen=True)
class Merx:
    """The index as a service has it: saved, loaded from its folder, memory-mapped."""

    index: FaissIndex
    cpu_s: float
    engine_bytes: float
    """Bytes a vector of the engine and the ids: what a search reads all over the place."""
    disk_bytes: float

    @classmethod
    def build(cls, vectors: VectorSet, kind: Kind, folder: Path) -> "Merx":
        begun = time.thread_time()
        settings = IndexSettings(kind=kind, target_recall=TARGET, links=LINKS, construction=CONSTRUCTION)
        ids = [f"product-{row}" for row in range(len(vectors.base))]
        FaissIndex.build(ids, vectors.base, settings=settings, queries=vectors.tuning).save(folder)
        spent = time.thread_time() - begun
        sizes = {path.name: path.stat().st_size / len(vectors.base) for path in folder.iterdir()}
        total = sum(sizes.values())
        return cls(FaissIndex.load(folder), spent, total - sizes["vectors.npy"], total)


def searched(name: str, vectors: VectorSet, merx: Merx, peers: Mapping[str, Built]) -> list[Row]:
    """Recall and CPU of all contenders on the test queries, in turn."""
    _, truth = nearest(vectors.queries, vectors.base, K)
    found = merx.index.search(vectors.queries, K).scores
    recalls = {peer: recall(built.search(vectors.queries, built.effort), truth) for peer, built in peers.items()}
    runs = {"Merx": Contender(lambda: merx.index.search(vectors.queries, K))}
    for peer, built in peers.items():
        runs[peer] = Contender(partial(built.search, vectors.queries, built.effort))
    timings = alternate(runs)
    micro = 1e6 / len(vectors.queries)
    cpu = {run: timing.cpu_s * micro for run, timing in timings.items()}
    low, high = timings["Merx"].cpu_spread
    efforts = {"Merx": merx.index.tuned.effort} | {peer: built.effort for peer, built in peers.items()}
    CONSOLE.print(name, "efforts", efforts, "build CPU s", merx.cpu_s, {p: b.cpu_s for p, b in peers.items()})
    reached = recall(found, truth)
    sizes = {peer: built.size for peer, built in peers.items()}
    cpu_goal = CPU_GOAL * cpu["hnswlib"] if "hnswlib" in cpu else None
    rows = [
        _row(f"{name}: recall at {K} against exact", "share", reached, recalls, goal=RECALL_GOAL),
        Row(
            claim=f"{name}: CPU of a search at that recall, in batches",
            unit="us",
            better="lower",
            merx=cpu.pop("Merx"),
            spread=(low * micro, high * micro),
            peers=cpu,
            goal=cpu_goal,
        ),
        _row(f"{name}: engine and ids in memory", "bytes a vector", merx.engine_bytes, sizes),
        _row(f"{name}: CPU of building", "s", merx.cpu_s, {peer: built.cpu_s for peer, built in peers.items()}),
    ]
    return rows + latency(name, vectors, merx)


def latency(name: str, vectors: VectorSet, merx: Merx) -> list[Row]:
    """One query at a time, three times through, as a service asks."""
    walls = []
    for query in np.tile(vectors.queries, (3, 1)):
        begun = time.perf_counter()
        merx.index.search(query[None], K)
        walls.append((time.perf_counter() - begun) * 1e3)
    low, middle, high = np.percentile(walls[len(vectors.queries) :], (5, 50, 99))
    claim = f"{name}: latency of one search alone, median (5th to 99th percentile)"
    return [Row(claim=claim, unit="ms", better="lower", merx=float(middle), spread=(float(low), float(high)))]


def filtered(name: str, vectors: VectorSet, merx: Merx, plain: Any | None) -> list[Row]:
    """Recall where a mask lets few through: drawn at random, and all of it far from the query. Peer: Faiss with a
    selector, at the effort that it needs without."""
    queries = vectors.queries[:FILTERED_QUERIES]
    rows = []
    for share in SHARES:
        mask = np.random.default_rng(1).random(len(vectors.base)) < share
        rows += _filtered_rows(f"{name}: {share:.1%} allowed at random", vectors.base, queries, (mask, merx, plain))
    far: Mask = np.zeros(len(vectors.base), bool)
    far[np.argsort(vectors.base @ queries[0])[: len(far) // 10]] = True
    return rows + _filtered_rows(
        f"{name}: the tenth farthest from the query allowed", vectors.base, queries[:1], (far, merx, plain)
    )


def _filtered_rows(claim: str, base: Floats, queries: Floats, contest: tuple[Mask, Merx, Any | None]) -> list[Row]:
    mask, merx, plain = contest
    _, truth = nearest_of(queries, base, K, rows=np.flatnonzero(mask))
    begun = time.process_time()
    found = np.concatenate([merx.index.search(query[None], K, allowed=mask).scores for query in queries])
    spent = (time.process_time() - begun) / len(queries) * 1e6
    peers, peer_cpu = {}, {}
    if plain is not None:
        graph, effort = plain
        selector = faiss.IDSelectorBitmap(np.packbits(mask, bitorder="little"))
        begun = time.process_time()
        scores = graph.search(queries, K, params=faiss.SearchParametersHNSW(efSearch=effort, sel=selector))[0]
        peer_cpu["faiss"] = (time.process_time() - begun) / len(queries) * 1e6
        peers["faiss"] = recall(np.where(scores < -1.5, -np.inf, scores), truth)
    return [
        _row(f"{claim}, recall at {K}", "share", recall(found, truth), peers, goal=FILTERED_GOAL),
        _row(f"{claim}, CPU of a search", "us", spent, peer_cpu),
    ]


def measure_real(vectors: VectorSet, folder: Path) -> list[Row]:
    name = f"{len(vectors.base):,} {vectors.name}"
    _, truth = nearest(vectors.tuning, vectors.base, K)
    merx = Merx.build(vectors, "hnsw", folder / "hnsw")
    graphs, peers = {}, {}
    for peer, build in PEERS.items():
        graphs[peer], built = build(vectors.base)
        peers[peer] = built.tuned(vectors, truth)
    rows = searched(name, vectors, merx, peers)
    rows += filtered(name, vectors, merx, (graphs["faiss"], peers["faiss"].effort))
    return rows + ivf_pq(name, vectors, Merx.build(vectors, "ivf-pq", folder / "ivf-pq"))


def ivf_pq(name: str, vectors: VectorSet, merx: Merx) -> list[Row]:
    named = f"{name}, IVF-PQ"
    _, truth = nearest(vectors.queries, vectors.base, K)
    begun = time.process_time()
    found = merx.index.search(vectors.queries, K).scores
    cpu = (time.process_time() - begun) / len(vectors.queries) * 1e6
    CONSOLE.print(named, "effort", merx.index.tuned)
    return [
        _row(f"{named}: recall at {K} against exact", "share", recall(found, truth), {}, goal=RECALL_GOAL),
        _row(f"{named}: CPU of a search, in batches", "us", cpu, {}),
        _row(f"{named}: engine and ids in memory", "bytes a vector", merx.engine_bytes, {}),
        _row(f"{named}: CPU of building", "s", merx.cpu_s, {}),
        *filtered(named, vectors, merx, None),
    ]


def _row(claim: str, unit: str, value: float, peers: Mapping[str, float], *, goal: float | None = None) -> Row:
    better: Literal["higher", "lower"] = "higher" if unit == "share" else "lower"
    return Row(claim=claim, unit=unit, better=better, merx=value, spread=(value, value), peers=dict(peers), goal=goal)


def need_peers() -> None:
    """Skip, and say why, where a peer is not installed."""
    for peer in ("hnswlib", "usearch"):
        if importlib.util.find_spec(peer) is None:
            skip(f"{peer} is not installed: make bench AREA=index installs it")


def main() -> None:
    need_peers()
    machine = Machine.now()
    faiss.omp_set_num_threads(1)
    vectors = real(bench_data())
    CONSOLE.print(f"{vectors.name}: intrinsic dimension {intrinsic_dimension(vectors.base):.1f}")
    with tempfile.TemporaryDirectory() as folder:
        rows = measure_real(vectors, Path(folder))
    write("index", rows, command_line(), machine=machine)


if __name__ == "__main__":
    main()
