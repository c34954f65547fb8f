"""Pictures of prices for people: elasticities by category, and the demand curves of what sells most."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from merx_core.money import exponent
from merx_models.elasticity import Elasticities

if TYPE_CHECKING:
    import pandas as pd

SHOWN = 30
CURVES = 6


def category_forest(fitted: Elasticities, path: Path) -> None:
    """The categories with most products, each with its mean elasticity and what a new product of it may have."""
    from matplotlib.figure import Figure

    rows = [(name, fitted.of_category(name)) for name, _ in fitted.categories()[:SHOWN]]
    rows.sort(key=lambda row: row[1].mean)
    figure = Figure(figsize=(8, 1 + 0.26 * len(rows)), layout="constrained")
    axes = figure.subplots()
    for place, (_, told) in enumerate(rows):
        axes.plot([told.low, told.high], [place, place], color="tab:blue", linewidth=1.5)
        axes.plot([told.mean], [place], "o", color="tab:blue")
    axes.axvline(0, color="grey", linewidth=1)
    axes.set_yticks(range(len(rows)), [name or "(none)" for name, _ in rows], fontsize=8)
    axes.set(xlabel="% units for 1 % price; 95 % of a category's products", title="Elasticity by category")
    figure.savefig(path, dpi=100)


def demand_curves(fitted: Elasticities, sales: "pd.DataFrame", currency: str, path: Path) -> None:
    """What was sold at which price, week by week, and the fitted curve with its interval through the middle of it."""
    from matplotlib.figure import Figure

    units = sales.groupby("product_id")["units"].sum().sort_values(ascending=False)
    told = [product for product in units.index if fitted.has(product) and fitted.of(product).own is not None]
    whole = 10 ** exponent(currency)
    figure = Figure(figsize=(12, 7), layout="constrained")
    for axes, product in zip(figure.subplots(2, CURVES // 2).flat, told[:CURVES], strict=False):
        rows = sales[(sales["product_id"] == product) & (sales["units"] > 0)]
        axes.scatter(rows["price"] / whole, rows["units"], s=12, alpha=0.6)
        answer = fitted.of(product)
        middle, usual = float(rows["price"].median()), float(np.exp(np.log(rows["units"]).mean()))
        asked = np.linspace(rows["price"].min() * 0.95, rows["price"].max() * 1.05, 50)
        for value, style in ((answer.mean, "-"), (answer.low, ":"), (answer.high, ":")):
            axes.plot(asked / whole, usual * (asked / middle) ** value, style, color="tab:orange")
        axes.set(title=f"{product}: {answer.mean:.2f} ({answer.low:.2f} to {answer.high:.2f})")
        axes.set(xlabel=f"price, {currency}", ylabel="units a week")
    figure.savefig(path, dpi=100)
