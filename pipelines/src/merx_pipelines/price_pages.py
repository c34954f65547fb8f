"""Prices by product family for people: what was sold, what is expected, the demand curve, and the price proposed; one
picture a family, and one page that shows them all."""

import base64
import html
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from merx_core.money import exponent
from merx_models.pricing.book import PriceBook
from merx_pipelines.folders import Folders
from merx_pipelines.forecast_plots import fan, largest_families
from merx_pipelines.price_proposals import known, proposal
from merx_pipelines.weekly_sales import About, read_sales

if TYPE_CHECKING:
    import pandas as pd

PAGE = "prices.html"
FAMILIES, PRODUCTS = 8, 3
DRAWS = 400
BAND, AROUND = (0.1, 0.9), (0.6, 1.5)
"""Quantiles of the demand that is drawn, and from where to where, as shares of the usual price."""

HEAD = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Prices by family</title>
<style>
  body {{ font: 16px/1.5 system-ui, sans-serif; color: #222; max-width: 1100px; margin: 2rem auto; padding: 0 1rem }}
  h2 {{ margin: 2.5rem 0 .5rem; border-bottom: 1px solid #ddd }}
  img {{ max-width: 100% }}
  table {{ border-collapse: collapse; margin: .5rem 0 1rem }}
  th, td {{ padding: .2rem .8rem .2rem 0; text-align: right }}
  th:first-child, td:first-child {{ text-align: left }}
</style>
<h1>Prices by family</h1>
<p>{families} largest families, the best sold products of each. Left: units a week, and what is expected of the next
weeks (median; intervals of 80, 60, 40, 20 %). Right: what was sold at which price, and the demand curve with its 80 %
interval; the usual price (grey) and the one that the policy &ldquo;{policy}&rdquo; proposes to begin with (green).
Learned from purchases up to {end}.</p>
"""


@dataclass(frozen=True)
class Shelf:
    """A price book with what its prices are shown beside: weekly sales and what they are; titles, costs (minor units)
    and stocks of the catalogue, by product."""

    book: PriceBook
    sales: "pd.DataFrame"
    about: About
    titles: Mapping[str, str]
    costs: Mapping[str, float]
    stocks: Mapping[str, float]

    @classmethod
    def read(cls, book: PriceBook, made: Folders) -> "Shelf":
        """With the sales and the catalogue in the folders sales and clean."""
        import pandas as pd

        products = pd.read_parquet(made.clean / "catalogue.parquet")
        priced = products[products["currency"] == book.terms.currency]
        titles = dict(zip(products["product_id"].astype(str), products["title"].astype(str), strict=True))
        return cls(
            book=book,
            sales=read_sales(made.sales),
            about=About.read(made.sales),
            titles=titles,
            costs=known(priced, "cost"),
            stocks=known(products, "stock"),
        )

    @property
    def currency(self) -> str:
        return self.book.terms.currency

    @property
    def whole(self) -> int:
        """Minor units in one of the currency."""
        return int(10 ** exponent(self.currency))

    def title(self, product: str) -> str:
        """With the id; the id alone where the catalogue does not have it."""
        title = self.titles.get(product)
        return f"{title} ({product})" if title else product

    def proposal(self, product: str) -> float:
        """Minor units, at the product's own cost and stock where they are known."""
        stock = self.stocks.get(product)
        return proposal(self.book, product, cost=self.costs.get(product), stock=int(stock) if stock else None)


def family_pages(shelf: Shelf, folder: Path) -> None:
    """Writes a PNG for each of the largest families, and prices.html, which holds them."""
    book, sales = shelf.book, shelf.sales
    families = largest_families(sales, book.forecasts["week"], FAMILIES)
    shown = [product for products in families.values() for product in products[:PRODUCTS]]
    shelf = replace(shelf, sales=sales[sales["product_id"].isin(shown)])
    parts: list[str] = []
    for name, products in families.items():
        asked = {one: shelf.proposal(one) for one in products[:PRODUCTS] if one in book.policy.fits}
        if asked:
            plain = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")
            path = folder / f"family_{len(parts) + 1}_{plain}.png"
            _picture(shelf, asked, path)
            parts.append(_section(shelf, name, asked, path))
    policy = html.escape(book.policy.policy.name)
    head = HEAD.format(families=len(parts), policy=policy, end=book.terms.window_end[:10])
    (folder / PAGE).write_text(head + "".join(parts) + "</html>\n")


def _picture(shelf: Shelf, asked: Mapping[str, float], path: Path) -> None:
    from matplotlib.figure import Figure

    forecasts = shelf.book.forecasts["week"]
    figure = Figure(figsize=(11, 3.1 * len(asked)), layout="constrained")
    grid = figure.subplots(len(asked), 2, squeeze=False, width_ratios=(3, 2))
    for (left, right), (product, price) in zip(grid, asked.items(), strict=True):
        fan(left, forecasts, shelf.sales, product, about=shelf.about)
        left.set_title(shelf.title(product), fontsize=10, loc="left")
        _demand(right, shelf, product, price)
    figure.savefig(path, dpi=100)


def _demand(axes: Any, shelf: Shelf, product: str, price: float) -> None:
    """Weeks at their prices, the curve with its interval, the usual price and the proposed one."""
    fit = shelf.book.policy.fits[product]
    rows = shelf.sales[(shelf.sales["product_id"] == product) & (shelf.sales["units"] > 0)]
    weeks = rows.groupby("week").agg(units=("units", "sum"), price=("price", "mean"))
    asked = fit.base * np.geomspace(*AROUND, 60)
    drawn = fit.draws(DRAWS, np.random.default_rng(0)).mean(asked, fit.base)
    low, high = np.quantile(drawn, BAND, axis=0)
    axes.scatter(weeks["price"] / shelf.whole, weeks["units"], s=14, alpha=0.5, color="tab:blue", linewidths=0)
    axes.fill_between(asked / shelf.whole, low, high, color="tab:orange", alpha=0.25, linewidth=0)
    axes.plot(asked / shelf.whole, np.median(drawn, axis=0), color="tab:orange", linewidth=1.6)
    axes.axvline(fit.base / shelf.whole, color="grey", linestyle="--", linewidth=1.2, label="usual price")
    axes.axvline(price / shelf.whole, color="tab:green", linewidth=1.6, label="proposed")
    axes.legend(fontsize=8, frameon=False, loc="upper right")
    seen = weeks["units"][weeks["price"].between(asked[0], asked[-1])]
    axes.set_ylim(0, 1.1 * float(np.max([*seen, high[asked >= fit.base].max()])))
    axes.set_xlim(asked[0] / shelf.whole, asked[-1] / shelf.whole)
    axes.set_title(f"elasticity {fit.mean[1]:.2f} ± {np.sqrt(fit.covariance[1, 1]):.2f}", fontsize=10, loc="left")
    axes.set_xlabel(f"price, {shelf.currency}")


def _section(shelf: Shelf, name: str, asked: Mapping[str, float], path: Path) -> str:
    fits, currency, family = shelf.book.policy.fits, html.escape(shelf.currency), html.escape(name)
    rows = "".join(
        f"<tr><td>{html.escape(shelf.title(product))}</td><td>{fits[product].base / shelf.whole:.2f}</td>"
        f"<td>{price / shelf.whole:.2f}</td><td>{fits[product].mean[1]:.2f}</td></tr>\n"
        for product, price in asked.items()
    )
    picture = base64.b64encode(path.read_bytes()).decode()
    return (
        f"<h2>{family}</h2>\n<table><tr><th>product</th><th>usual price, {currency}</th>"
        f"<th>proposed, {currency}</th><th>elasticity</th></tr>\n{rows}</table>\n"
        f'<img alt="{family}: sales, forecasts and demand curves" src="data:image/png;base64,{picture}">\n'
    )
