"""May an index be registered? It is loaded as a service would, counted, and asked."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from merx_core.catalogue import Product
from merx_kit.registry import CHAMPION, ModelMissing
from merx_kit.settings import MerxSettings
from merx_models.search_index import IndexManifest, SearchIndex
from merx_models.search_index.golden import GoldenMismatch, check_golden
from merx_models.words.queries import Query
from merx_pipelines.folders import Folders
from merx_pipelines.indexing.collections import vector_store
from merx_pipelines.registry_access import model_registry
from merx_pipelines.steps import index_texts
from merx_pipelines.steps.index_catalogue import About, read_products_of
from merx_pipelines.verdicts import Verdict

VERDICT = "index_check.json"
NAME = "search"
ASKED = 200
"""Products that are asked for by their titles, and vectors whose neighbours are compared with exact ones."""
LEAST_FOUND, LEAST_RECALL, LEAST_LOOKS = 0.9, 0.95, 0.95
LEAST_SHARE = 0.5
"""Of the champion's products: an index with fewer is a catalogue that was lost on the way, not one that shrank."""


@dataclass(frozen=True)
class IndexVerdict(Verdict):
    """Shares of a sample: `found` of products that are among the first ten for their own title (one of the same title
    counts), `recall` of the exact ten nearest texts, `looks` of pictures that find their own product."""

    products: int
    pictured: int
    found: float
    recall: float
    looks: float

    file = VERDICT


def run(made: Folders, out: Path, *, seed: int = 0, settings: MerxSettings | None = None) -> IndexVerdict:
    """Reads catalogue, texts and index; writes index_check.json into `out`."""
    catalogue, texts, index = made.catalogue, made.texts, made.index
    used = settings or MerxSettings.load()
    manifest = IndexManifest.read(index)
    loaded = SearchIndex.load(index, store=vector_store(used))
    rng = np.random.default_rng(seed)
    products = read_products_of(catalogue)
    found, recall = _found(loaded, products, texts, rng), _recall(loaded, rng)
    looks = _looks(loaded, rng)
    reasons = [
        *_counts(loaded, manifest, About.read(catalogue)),
        *_losses(manifest, products, used),
        *_golden(index, loaded),
    ]
    for what, value, least in (
        ("products found by their own title", found, LEAST_FOUND),
        ("recall of the text vectors at 10", recall, LEAST_RECALL),
        ("pictures that find their own product", looks, LEAST_LOOKS),
    ):
        if value < least:
            reasons.append(f"{what}: {value:.3f}, at least {least} is asked")
    verdict = IndexVerdict(manifest.products, manifest.pictured, found, recall, looks, reasons=tuple(reasons))
    verdict.write(out)
    return verdict


def _counts(index: SearchIndex, manifest: IndexManifest, about: About) -> list[str]:
    reasons = []
    for what, count in (
        ("shown", len(index.cards)),
        ("searched by words", len(index.words.table.row_of)),
        ("counted by the manifest", manifest.products),
    ):
        if count != about.products:
            reasons.append(f"{count:,} products are {what}, the catalogue has {about.products:,}")
    pictured = 0 if index.looks is None else len(index.looks)
    if pictured != manifest.pictured:
        reasons.append(f"{pictured:,} products are found by pictures, {manifest.pictured:,} were put in")
    return reasons


def _losses(manifest: IndexManifest, products: Sequence[Product], settings: MerxSettings) -> list[str]:
    """What the champion has and this index lost on the way."""
    try:
        champion = model_registry(settings).resolve(NAME, CHAMPION)
    except ModelMissing:
        return []
    reasons = []
    before, pictured = int(champion.tags.get("products", 0)), int(champion.tags.get("pictured", 0))
    if manifest.products < LEAST_SHARE * before:
        reasons.append(f"{manifest.products:,} products, and {champion.label} has {before:,}")
    named = sum(bool(product.pictures) for product in products)
    if pictured and not manifest.pictured and named >= LEAST_SHARE * pictured:
        # A catalogue that names none any more has none; here they could not be brought, or not be read.
        reasons.append(f"no picture could be read of {named:,}, and {champion.label} has {pictured:,}")
    return reasons


def _golden(folder: Path, index: SearchIndex) -> list[str]:
    try:
        check_golden(folder, index)
    except GoldenMismatch as error:
        return [str(error)]
    return []


def _found(index: SearchIndex, products: Sequence[Product], texts: Path, rng: np.random.Generator) -> float:
    if not products:
        return 1.0
    vectors = np.load(texts / index_texts.VECTORS, mmap_mode="r")
    drawn = rng.permutation(len(products))[:ASKED].tolist()
    hits = 0
    for row in drawn:
        asked = index.words.read(Query(text=products[row].title, size=10, correct_spelling=False))
        answer = index.words.answer(asked, np.asarray(vectors[row]))
        hits += any(index.cards[name].title == products[row].title for name in answer.ids)
    return hits / len(drawn)


def _recall(index: SearchIndex, rng: np.random.Generator, k: int = 10) -> float:
    vectors = index.words.dense.index
    if len(vectors) <= k:
        return 1.0
    rows = np.sort(rng.permutation(vectors.live_rows())[:ASKED])
    queries = vectors.vectors_at(rows)
    every = vectors.vectors_at(vectors.live_rows())
    exact = np.sort(queries @ every.T, axis=1)[:, -k]
    # What is as near as the tenth counts: equal distances have no order.
    return float((vectors.search(queries, k).scores >= exact[:, None] - 1e-5).mean())


def _looks(index: SearchIndex, rng: np.random.Generator) -> float:
    if index.looks is None:
        return 1.0
    owners = index.looks.owners
    drawn = rng.permutation(len(owners))[:ASKED].tolist()
    hits = 0
    for number in drawn:
        vector = index.looks.vectors_of(owners[number])[:1]
        names, scores = index.looks.nearest(vector, 10)
        # Two products may be drawn, or photographed, alike to the pixel.
        hits += owners[number] in names or float(scores[-1]) > 1.0 - 1e-5
    return hits / len(drawn)
