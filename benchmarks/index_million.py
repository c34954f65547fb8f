"""The `index` area at a million vectors of 384 dimensions: building, memory, recall, latency, filters; peer hnswlib.

The vectors are made of real ones (index_vectors says how, and how alike they are). Two builds run at a time, each on
one thread. `--rows` sets another size.
"""

import argparse
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmarks.index import CONSOLE, K, Merx, faiss, filtered, hnswlib_peer, ivf_pq, need_peers, searched
from benchmarks.index_vectors import VectorSet, intrinsic_dimension, made, real
from benchmarks.report import Machine, Row, bench_data, command_line, write
from merx_models.vectors.exact import nearest


def measure(vectors: VectorSet, folder: Path) -> list[Row]:
    name = f"{len(vectors.base):,} {vectors.name}"
    with ThreadPoolExecutor(2) as workers:
        graph = workers.submit(Merx.build, vectors, "hnsw", folder / "hnsw")
        peer = workers.submit(hnswlib_peer, vectors.base)
        lists = workers.submit(Merx.build, vectors, "ivf-pq", folder / "ivf-pq")
        merx, (_, built), compressed = graph.result(), peer.result(), lists.result()
    _, truth = nearest(vectors.tuning, vectors.base, K)
    rows = searched(name, vectors, merx, {"hnswlib": built.tuned(vectors, truth)})
    rows += filtered(name, vectors, merx, None)
    return rows + ivf_pq(name, vectors, compressed)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    asked = parser.parse_args(arguments)
    need_peers()
    machine = Machine.now()
    faiss.omp_set_num_threads(1)
    vectors = made(real(bench_data()), asked.rows)
    CONSOLE.print(f"{vectors.name}: intrinsic dimension {intrinsic_dimension(vectors.base):.1f}")
    with tempfile.TemporaryDirectory() as folder:
        rows = measure(vectors, Path(folder))
    write("index-million", rows, command_line(), machine=machine)


if __name__ == "__main__":
    main()
