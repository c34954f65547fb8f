"""search-api: the search service over 50,000 real products, hybrid, everything on (HTTP, encoding, spelling, filters,
facets, fusion), beside what two full-text engines take for the same words in their own process, without any of it.

Queries are two or three words of the titles, one in ten misspelt, every one another. Merx is one replica behind Ray
Serve's HAProxy; client and server share the machine. Open loop: a latency counts from the moment a request was due.
"""

import asyncio
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import numpy as np

from benchmarks.http_client import closed_loop, encode, open_loop
from benchmarks.report import Machine, Row, command_line, median_spread, write
from benchmarks.service_process import Service, free_port
from merx_core.catalogue import Product
from merx_core.events import RecordType
from merx_kit.artefacts import ArtefactStore
from merx_kit.eventlog import migrate
from merx_kit.importers import CleaningReport
from merx_kit.importers.completejourney import read_completejourney
from merx_kit.registry import MlflowRegistry
from merx_kit.registry.ports import CONTRACT_TAG
from merx_kit.settings import MerxSettings
from merx_models.placed_texts import place_texts
from merx_models.search_index import CONTRACT, IndexManifest, SearchIndex, text_of
from merx_models.search_index.golden import write_golden
from merx_models.text_encoder import TextEncoder

PRODUCTS, ENCODED, QUERIES = 50_000, 2_000, 2_000
ROUNDS, RATE, SECONDS = 5, 40.0, 20.0
GOAL_MS = 25.0
DEPTH = 24


def main() -> None:
    machine = Machine.now()
    products = catalogue()
    queries = asked(products, QUERIES)
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="merx-search-api-")))
        publish(home, products)
        port = free_port()
        settings = {"MERX_HOME": str(home), "SEARCH_PORT": str(port), "SEARCH_ROUTE_PREFIX": "/"}
        service = Service("merx_search", port, {**settings, "SEARCH_RAY_PORT": "31003"}, home / "search.log")
        stack.enter_context(service)
        service.wait_ready()
        rows = served(port, queries)
    titles = [product.title for product in products]
    peers = {"bm25s": bm25s_search(titles), "tantivy": tantivy_search(titles, Path(tempfile.mkdtemp()))}
    claim = "one query in the engine's own process, words alone, no HTTP: p99"
    for name, search in peers.items():
        p99s = [timed(search, queries) for _ in range(ROUNDS)]
        middle, spread = median_spread(p99s)
        rows.append(Row(claim=f"{name}, {claim}", unit="ms", better="lower", merx=middle, spread=spread))
    write("search-api", rows, command_line(), machine=machine)


def catalogue() -> list[Product]:
    """The first products of the demonstration's real catalogue."""
    _, batches = read_completejourney(CleaningReport("demo"))
    decode = msgspec.json.Decoder(Product).decode
    found = [decode(one.data) for batch in batches for one in batch if one.type == RecordType.PRODUCT_UPSERTED]
    return sorted(found, key=lambda product: product.product_id)[:PRODUCTS]


def asked(products: Sequence[Product], count: int, seed: int = 0) -> list[str]:
    rng = np.random.default_rng(seed)
    made: dict[str, None] = {}
    while len(made) < count:
        words = products[int(rng.integers(len(products)))].title.lower().split()
        chosen = list(rng.permutation(words)[: int(rng.integers(2, 4))])
        if rng.random() < 0.1 and len(chosen[0]) > 4:
            place = int(rng.integers(1, len(chosen[0]) - 1))
            chosen[0] = chosen[0][:place] + chosen[0][place + 1 :]
        made[" ".join(chosen)] = None
    return list(made)


def publish(home: Path, products: Sequence[Product]) -> None:
    """Builds the index, and registers it as the champion of an installation in `home`."""
    settings = MerxSettings(home=home)
    migrate(settings.database_url)
    encoder = TextEncoder()
    texts = [text_of(product) for product in products]
    placed = place_texts(texts, np.ones(len(texts)), encoder, encoded=ENCODED)
    vectors = placed.vectors[placed.text_of]
    sold = np.random.default_rng(0).zipf(1.5, len(products)).clip(0, 10_000).tolist()
    popularity = {product.product_id: float(value) for product, value in zip(products, sold, strict=True)}
    index = SearchIndex.build(products, vectors, popularity=popularity)
    folder = home / "index"
    index.save(folder)
    write_golden(folder, index, [products[0].title], vectors[:1])
    IndexManifest(
        head=0,
        created=datetime.now(UTC),
        encoder=encoder.identity,
        products=len(products),
        pictured=0,
        method=index.words.fusion.method,
    ).seal(folder)
    registry = MlflowRegistry(settings.mlflow_url, ArtefactStore(settings.artefacts_url))
    version = registry.register("search", folder, tags={CONTRACT_TAG: CONTRACT})
    registry.promote("search", version.version)


def served(port: int, queries: Sequence[str]) -> list[Row]:
    plain = [encode("/v1/search", {"query": query, "size": DEPTH}) for query in queries]
    rich = [
        encode(
            "/v1/search",
            {"query": query, "size": DEPTH, "facets": ["brand", "category"], "filters": {"price_max": 5_000}},
        )
        for query in queries
    ]
    asyncio.run(closed_loop(port, plain, count=500, connections=4))
    rows = []
    for name, requests in (("words", plain), ("words, a price filter and two facets", rich)):
        alone = [asyncio.run(closed_loop(port, requests, count=500, connections=1)) for _ in range(ROUNDS)]
        loaded = [asyncio.run(open_loop(port, requests, rate=RATE, seconds=SECONDS)) for _ in range(ROUNDS)]
        claim = f"{PRODUCTS:,} products, hybrid, {name}"
        for what, found, goal in (
            ("one caller", alone, GOAL_MS),
            (f"{RATE:.0f} arrivals/s", loaded, GOAL_MS),
        ):
            p99, spread = median_spread([1_000 * each.percentile(0.99) for each in found])
            p50, p50_spread = median_spread([1_000 * each.percentile(0.5) for each in found])
            failed = sum(each.failures for each in found)
            if failed:
                raise SystemExit(f"{failed} requests failed: {name}, {what}")
            rows.append(
                Row(claim=f"{claim}, {what}: p99", unit="ms", better="lower", merx=p99, spread=spread, goal=goal)
            )
            rows.append(Row(claim=f"{claim}, {what}: median", unit="ms", better="lower", merx=p50, spread=p50_spread))
    return rows


def bm25s_search(titles: Sequence[str]) -> Callable[[str], object]:
    import bm25s

    engine = bm25s.BM25()
    engine.index(bm25s.tokenize(list(titles), show_progress=False), show_progress=False)
    return lambda query: engine.retrieve(bm25s.tokenize([query], show_progress=False), k=DEPTH, show_progress=False)


def tantivy_search(titles: Sequence[str], folder: Path) -> Callable[[str], object]:
    import tantivy

    builder = tantivy.SchemaBuilder()
    builder.add_text_field("title", stored=True)
    index = tantivy.Index(builder.build(), path=str(folder))
    writer = index.writer()
    for title in titles:
        writer.add_document(tantivy.Document(title=[title]))
    writer.commit()
    index.reload()
    searcher = index.searcher()

    def search(query: str) -> object:
        plain = "".join(letter if letter.isalnum() else " " for letter in query)
        hits = searcher.search(index.parse_query(plain, ["title"]), DEPTH).hits
        return [searcher.doc(address) for _, address in hits]

    return search


def timed(search: Callable[[str], object], queries: Sequence[str]) -> float:
    """p99 in milliseconds."""
    took = []
    for query in queries:
        began = time.perf_counter()
        search(query)
        took.append(time.perf_counter() - began)
    return float(np.percentile(took, 99) * 1_000)


if __name__ == "__main__":
    main()
