"""The price book: all that pricing serves from, sealed in one folder, so that a price has one model version.

book.json        what it was made of, and the sha256 of every other file, written last
policy/          the policy that was chosen and the demand curve of every product that it may price
elasticity/      elasticities by product and category
forecast_*.npz   demand of the best sold products by week and, where it was made, by day
peers.npz        demand of all others, by what is like them
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from merx_models.demand.forecast_table import ForecastTable, Period, ProductForecast
from merx_models.demand.peers import PeerDemand
from merx_models.elasticity import Elasticities
from merx_models.pricing.model import PriceModel
from merx_models.sealed import FolderDamaged, check_digests, description_of, digests_of

BOOK, POLICY, ELASTICITY, PEERS, FORMAT = "book.json", "policy", "elasticity", "peers.npz", 1
CONTRACT = "pricing_1"
PERIODS: tuple[Period, ...] = ("week", "day")
UNREADABLE = (OSError, ValueError, KeyError, TypeError)


class PriceBookDamaged(FolderDamaged):
    """A folder that must not be served: `file` says where, the message why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BookTerms:
    """Amounts are minor units of `currency`. `window_end` is the moment up to which purchases were learned from, `made`
    when the book was written (both ISO 8601, UTC), `parts` the versions that went in ("elasticity": "3")."""

    currency: str
    window_end: str
    made: str
    parts: Mapping[str, str]

    @property
    def learned_until(self) -> datetime:
        return datetime.fromisoformat(self.window_end)


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceBook:
    """`category` is that of every product on offer when the book was made, by the names that the elasticities know."""

    terms: BookTerms
    policy: PriceModel
    elasticities: Elasticities
    forecasts: Mapping[Period, ForecastTable]
    category: Mapping[str, str]
    peers: PeerDemand | None = None

    def forecast(self, product: str, period: Period, channel: str | None, *, category: str) -> ProductForecast:
        """The product's own where it is among the best sold, else as its peers sell, or as its `category` does. Raises
        KeyError where demand was not forecast by this period, or in this channel."""
        table = self.forecasts.get(period)
        if table is None:
            raise KeyError(f"demand was not forecast by {period}")
        try:
            return table.of(product, channel)
        except KeyError:
            if self.peers is None:
                raise
            return self.peers.of(product, period, channel, category=category, listed=product in self.category)

    def last_sale(self, product: str) -> datetime | None:
        """None where nobody knows of any."""
        if product in self.forecasts["week"]:
            return self.forecasts["week"].last_sale(product)
        return None if self.peers is None else self.peers.last_sale(product)

    def save(self, folder: Path) -> None:
        """Write the whole folder; what lay in it under these names is replaced."""
        folder.mkdir(parents=True, exist_ok=True)
        self.policy.save(folder / POLICY)
        self.elasticities.save(folder / ELASTICITY)
        for period, table in self.forecasts.items():
            table.save(_forecast(folder, period))
        if self.peers is not None:
            self.peers.save(folder / PEERS)
        files = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
        described = {
            "format": FORMAT,
            "terms": asdict(self.terms),
            "category": dict(self.category),
            "files": digests_of(folder, [name for name in files if name != BOOK]),
        }
        unfinished = folder / f"{BOOK}.new"
        unfinished.write_text(json.dumps(described, indent=1))
        unfinished.replace(folder / BOOK)

    @classmethod
    def load(cls, folder: Path, *, verify: bool = True) -> "PriceBook":
        """What `save` wrote; numpy is enough. Without `verify` files are not read for their digests (a registry has
        just done so). Raises PriceBookDamaged, by file."""
        described = description_of(folder, BOOK, FORMAT, PriceBookDamaged)
        check_digests(folder, described["files"], PriceBookDamaged, contents=verify)
        try:
            return cls(
                terms=BookTerms(**described["terms"]),
                policy=PriceModel.load(folder / POLICY),
                elasticities=Elasticities.load(folder / ELASTICITY),
                forecasts={
                    period: ForecastTable.load(_forecast(folder, period))
                    for period in PERIODS
                    if _forecast(folder, period).name in described["files"]
                },
                category=described["category"],
                peers=PeerDemand.load(folder / PEERS) if PEERS in described["files"] else None,
            )
        except UNREADABLE as error:
            raise PriceBookDamaged(folder, BOOK, f"cannot be read: {error!r}") from error


def _forecast(folder: Path, period: Period) -> Path:
    return folder / f"forecast_{period}.npz"
