"""Purchases to weekly sales, of which demand and elasticities are learned."""

from pathlib import Path

from merx_kit.eventlog.shelves import Shelves
from merx_pipelines import shelf_weeks, weekly_sales
from merx_pipelines.steps.extract import CATALOGUE, INTERACTIONS, SHELVES
from merx_pipelines.weekly_sales import About


def run(clean: Path, out: Path) -> About:
    """Reads what the step `clean` wrote; writes weekly and daily sales, what stood on the shelves in those weeks, what
    is on offer, and weekly_sales.json into `out`. Raises NothingSold."""
    import pandas as pd

    lines, products = pd.read_parquet(clean / INTERACTIONS), pd.read_parquet(clean / CATALOGUE)
    about = weekly_sales.write(lines, products, out)
    shelf_weeks.write(Shelves(*(pd.read_parquet(clean / name) for name in SHELVES)), about, out)
    return about
