"""Candidate models and the product index, fitted on what was known before the first cut-off."""

from pathlib import Path

from merx_models.candidates import CandidateSources
from merx_models.product_index import ProductIndex
from merx_pipelines.candidate_models import Past, Progress, fit_sources
from merx_pipelines.plan import plan_of, profile_named
from merx_pipelines.steps.extract import CATALOGUE, INTERACTIONS
from merx_pipelines.steps.shop_arrays import read_shop
from merx_pipelines.trails import product_index


def run(clean: Path, out: Path, *, profile: str = "quick", seed: int = 0, progress: Progress = lambda _: None) -> None:
    """Writes index/ and sources/ into `out`."""
    chosen = profile_named(profile)
    shop = read_shop(clean / INTERACTIONS, clean / CATALOGUE)
    until = plan_of(clean, chosen).first.timestamp()
    index = product_index(shop, until, chosen, seed=seed)
    past = Past.before(shop, index, until, profile=chosen)
    sources = fit_sources(past, chosen, texts=out / "texts", seed=seed, progress=progress)
    index.save(out / "index")
    sources.save(out / "sources")


def load(folder: Path) -> tuple[ProductIndex, CandidateSources]:
    """What `run` wrote."""
    return ProductIndex.load(folder / "index"), CandidateSources.load(folder / "sources")
