"""Words, texts and pictures to one sealed folder, as search serves it."""

import json
import shutil
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from merx_models.pictures.model import PictureModel
from merx_models.search_index import IndexManifest, Looks, SearchIndex
from merx_models.search_index.golden import write_golden
from merx_models.search_index.suggestions import read_suggestions
from merx_models.text_models import open_text_model
from merx_models.words.analysis import Synonyms
from merx_models.words.hybrid import HybridSettings
from merx_pipelines.folders import Folders
from merx_pipelines.indexing.collections import COLLECTION_TAG, vector_store
from merx_pipelines.indexing.judgements import FILE, read_judgements
from merx_pipelines.indexing.learning import Learned, learn
from merx_pipelines.indexing.settings import IndexSettings
from merx_pipelines.steps import index_pictures, index_texts
from merx_pipelines.steps.index_catalogue import About, by_sales, read_products_of, read_sales

GOLDEN_QUESTIONS = 12
Progress = Callable[[str], None]


def run(
    made: Folders,
    out: Path,
    *,
    profile: str = "quick",
    seed: int = 0,
    settings: IndexSettings | None = None,
    progress: Progress = lambda _: None,
) -> IndexManifest:
    """Reads catalogue, texts, pictures and judgements; writes the index into `out`."""
    catalogue, texts, pictures = made.catalogue, made.texts, made.pictures
    used = settings or IndexSettings.load()
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    products, sold = read_products_of(catalogue), read_sales(catalogue)
    vectors = np.load(texts / index_texts.VECTORS)
    told = json.loads((texts / index_texts.ABOUT).read_text())
    index = SearchIndex.build(
        products,
        vectors,
        popularity=sold,
        settings=HybridSettings(least_cosine=told["least_cosine"]),
        progress=lambda done: progress(f"{done:,} products indexed"),
        store=vector_store(used),
    )
    _put_beside(index, pictures, used.synonyms)
    learned = _learned(index, made.judgements, used, seed=seed, progress=progress)
    progress("writing")
    index.save(out, network=pictures / index_pictures.MODEL / index_pictures.NETWORK)
    best_sold = by_sales(products, sold)[:GOLDEN_QUESTIONS]
    chosen = [products.index(product) for product in best_sold]
    write_golden(out, index, [product.title for product in best_sold], vectors[chosen])
    manifest = IndexManifest(
        head=About.read(catalogue).head,
        created=datetime.now(UTC),
        encoder=told["encoder"],
        products=len(products),
        pictured=0 if index.looks is None else len(index.looks),
        method=index.words.fusion.method,
        judged_queries=learned.queries,
        validation=dict(learned.validation),
        settings={
            "profile": profile,
            "seed": seed,
            "encoded_texts": told["encoded"],
            **({} if learned.titles is None else {"titles_found_by_learned_order": learned.titles}),
            **({COLLECTION_TAG: index.words.dense.collection} if index.words.dense.collection else {}),
        },
    )
    return manifest.seal(out)


def _put_beside(index: SearchIndex, pictures: Path, synonyms: Path | None) -> None:
    """What the index has beside its words."""
    if synonyms is not None:
        groups = json.loads(synonyms.read_text())
        index.words.synonyms = Synonyms(groups, weight=index.words.settings.synonym_weight)
    if (pictures / index_pictures.LOOKS).exists():
        index.pictures = PictureModel.load(pictures / index_pictures.MODEL)
        index.looks = Looks.load(pictures / index_pictures.LOOKS)
        index.suggestions = read_suggestions(pictures)


def _learned(
    index: SearchIndex, judgements: Path | None, settings: IndexSettings, *, seed: int, progress: Progress
) -> Learned:
    """The fusion of the index, learned where there are judgements enough."""

    def encode(texts: Sequence[str]) -> NDArray[np.float32]:
        return open_text_model(settings.text_model).encode_queries(texts)

    judged = {} if judgements is None else read_judgements(judgements / FILE)
    return learn(index, judged, encode, seed=seed, progress=progress)
