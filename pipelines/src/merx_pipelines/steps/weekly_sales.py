"""Purchases to weekly sales, of which demand and elasticities are learned."""

from pathlib import Path

from merx_pipelines import weekly_sales
from merx_pipelines.weekly_sales import About


def run(clean: Path, out: Path) -> About:
    """Reads what the step `clean` wrote; writes weekly_sales.parquet, daily_sales.parquet, empty_weeks.parquet and
    weekly_sales.json into `out`. Raises NothingSold."""
    import pandas as pd

    lines, products = pd.read_parquet(clean / "interactions.parquet"), pd.read_parquet(clean / "catalogue.parquet")
    return weekly_sales.write(lines, products, pd.read_parquet(clean / "empty_shelves.parquet"), out)
