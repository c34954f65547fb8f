"""Sentence vectors of all product texts, one for each product."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np

from merx_models.placed_texts import place_texts
from merx_models.search_index import text_of
from merx_models.text_models import open_text_model
from merx_pipelines.indexing.settings import IndexSettings
from merx_pipelines.plan import index_profile_named
from merx_pipelines.steps.index_catalogue import read_products_of, read_sales

VECTORS, ABOUT = "vectors.npy", "texts.json"
Progress = Callable[[str], None]


def run(
    catalogue: Path,
    out: Path,
    *,
    profile: str = "quick",
    seed: int = 0,
    settings: IndexSettings | None = None,
    progress: Progress = lambda _: None,
) -> None:
    """Writes vectors.npy (float32 [n, d], in the order of the products) and texts.json into `out`."""
    chosen = index_profile_named(profile)
    products, sold = read_products_of(catalogue), read_sales(catalogue)
    encoder = open_text_model((settings or IndexSettings.load()).text_model)
    of = {"encoder": encoder.identity, "least_cosine": encoder.least_cosine}
    done = 0

    def tell(more: int) -> None:
        nonlocal done
        done += more
        progress(f"{done:,} texts encoded")

    out.mkdir(parents=True, exist_ok=True)
    if not products:
        np.save(out / VECTORS, np.zeros((0, encoder.dim), np.float32))
        (out / ABOUT).write_text(json.dumps({**of, "encoded": 0, "map_cosine": None}))
        return
    # Without sales every product weighs the same, however often its text stands there.
    weight = np.array([1.0 + sold.get(product.product_id, 0.0) for product in products])
    texts = [text_of(product) for product in products]
    placed = place_texts(texts, weight, encoder, encoded=chosen.encoded_texts, seed=seed, progress=tell)
    np.save(out / VECTORS, placed.vectors[placed.text_of])
    cosine = None if np.isnan(placed.map_cosine) else round(placed.map_cosine, 4)
    (out / ABOUT).write_text(json.dumps({**of, "encoded": placed.encoded, "map_cosine": cosine}))
