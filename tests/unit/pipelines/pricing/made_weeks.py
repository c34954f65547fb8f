"""Weekly sales as the step `weekly_sales` writes them: steady products, each with its own level."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from merx_pipelines.held_out import AVERAGE, LAST_YEAR, MERX, HeldOut, Score
from merx_pipelines.shelf_weeks import EMPTY, PRICES, ShelfWeeks
from merx_pipelines.weekly_sales import ABOUT as ABOUT_FILE
from merx_pipelines.weekly_sales import DAYS, ON_OFFER, SALES, About

PRODUCTS, WEEKS = 10, 40
SHARES = np.array([0.05, 0.05, 0.1, 0.1, 0.15, 0.35, 0.2])
"""Of a week, by day."""
ABOUT = About(currency="EUR", weeks=WEEKS, end="2026-11-23T04:00:00+00:00", products=PRODUCTS, rows=0, dropped={})


def made_weeks(weeks: int = WEEKS, seed: int = 0) -> pd.DataFrame:
    """Poisson sales in shop and web; the last product was last sold three weeks before the end."""
    rng = np.random.default_rng(seed)
    rows = []
    for number in range(PRODUCTS):
        for channel in ("shop", "web"):
            lives = weeks - (3 if number == PRODUCTS - 1 else 0)
            rows.append(
                pd.DataFrame(
                    {
                        "product_id": f"p{number}",
                        "channel": channel,
                        "week": np.arange(lives),
                        "units": rng.poisson(6.0 + 2.0 * number, lives),
                        "price": 500.0 + number,
                        "category": f"Food > Kind {number % 2}" if number % 3 else "Tea > Green",
                    }
                )
            )
    return pd.concat(rows, ignore_index=True)


def made_days(table: pd.DataFrame, seed: int = 1) -> pd.DataFrame:
    """The same units on days of the weeks, as SHARES has it."""
    rng = np.random.default_rng(seed)
    units = rng.multinomial(table["units"].to_numpy(), SHARES)
    row, weekday = np.nonzero(units)
    return pd.DataFrame(
        {
            "product_id": table["product_id"].to_numpy()[row],
            "channel": table["channel"].to_numpy()[row],
            "day": 7 * table["week"].to_numpy()[row] + weekday,
            "units": units[row, weekday],
        }
    )


def made_empty(products: Sequence[str], weeks: Sequence[int]) -> pd.DataFrame:
    """Shelves that were empty for the whole of each week."""
    found = pd.MultiIndex.from_product([products, weeks], names=["product_id", "week"]).to_frame(index=False)
    return found.astype({"product_id": object, "week": "int64"}).assign(days=7.0)


def made_shelf(empty: pd.DataFrame | None = None, prices: pd.DataFrame | None = None) -> ShelfWeeks:
    """Always full, at prices that nobody told."""
    columns: dict[str, Any] = {
        "product_id": object,
        "week": "int64",
        "price": "float64",
        "off": "float64",
        "rival": "float64",
    }
    none = pd.DataFrame({name: pd.Series([], dtype=kind) for name, kind in columns.items()})
    return ShelfWeeks(made_empty([], []) if empty is None else empty, none if prices is None else prices)


def write_weeks(
    folder: Path, weeks: int = WEEKS, shelf: ShelfWeeks | None = None, table: pd.DataFrame | None = None
) -> tuple[pd.DataFrame, About]:
    table = made_weeks(weeks) if table is None else table
    shelf = shelf or made_shelf()
    folder.mkdir(parents=True, exist_ok=True)
    table.to_parquet(folder / SALES, index=False)
    made_days(table).to_parquet(folder / DAYS, index=False)
    shelf.empty.to_parquet(folder / EMPTY, index=False)
    shelf.prices.to_parquet(folder / PRICES, index=False)
    table.drop_duplicates("product_id")[["product_id", "category"]].to_parquet(folder / ON_OFFER, index=False)
    about = replace(ABOUT, weeks=weeks, rows=len(table))
    (folder / ABOUT_FILE).write_text(json.dumps(asdict(about)))
    return table, about


def made_score(**errors: float) -> Score:
    """Of the methods by their errors: merx, last_year, average."""
    error: Mapping[str, float] = {
        MERX: errors.get("merx", 0.4),
        LAST_YEAR: errors.get("last_year", 0.6),
        AVERAGE: errors.get("average", 0.5),
    }
    return Score(series=20, units=900.0, error=error, pinball=dict.fromkeys(error, 1.0), covered=0.8)


def made_held_out(**errors: float) -> HeldOut:
    return HeldOut(weeks=8, whole=made_score(**errors), families={"Food": made_score(**errors)})
