"""A small shop for the tests of pricing: a book that knows four products, facts to change, an audit in memory."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta, tzinfo
from functools import cache
from pathlib import Path

import httpx
import numpy as np

from merx_core.contracts.pricing import AuditPage, AuditQuery
from merx_core.money import Money
from merx_kit.http import Health
from merx_kit.http.lifespan import ASGIApp
from merx_models.demand.forecast_table import ForecastTable
from merx_models.elasticity import Elasticities, ElasticitySettings
from merx_models.guardrails import Guardrails, RuleSet
from merx_models.pricing.book import BookTerms, PriceBook
from merx_models.pricing.fitting import Fit
from merx_models.pricing.model import PriceModel
from merx_models.pricing.policies import Optimiser, Policy
from merx_pricing.bento import api
from merx_pricing.bootstrap import UseCases
from merx_pricing.domain import DEFAULT_RULES, Facts, FactTable, Given, HouseTerms, Rollout
from merx_pricing.errors import AuditUnavailable
from merx_pricing.ports import Standing
from merx_pricing.service import Adviser, Planner, Pricer, Quoter, Shop
from merx_pricing.settings import Settings
from tests.unit.models.demand.seldom import made_peers
from tests.unit.models.elasticity import sales

NOW = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
NOW_US = int(NOW.timestamp() * 1e6)
HOUR_US, DAY_US = 3_600_000_000, 86_400_000_000
PRODUCTS = ("p00", "p01", "p02", "p03")


@cache
def elasticities() -> Elasticities:
    return Elasticities.fit(sales.shop(products=4).history(), settings=ElasticitySettings(checked=0, season=None))


def forecasts(weeks: int = 6) -> ForecastTable:
    """Two channels; the second sells a quarter."""
    series = [(product, channel) for product in PRODUCTS for channel in ("web", "shop")]
    level = np.array([8.0 if channel == "web" else 2.0 for _, channel in series])
    spread = np.linspace(0.4, 1.8, 9)
    return ForecastTable(
        period="week",
        start=NOW,
        product=np.array([product for product, _ in series]),
        channel=np.array([channel for _, channel in series]),
        quantiles=np.tile((level[:, None] * spread)[:, None, :], (1, weeks, 1)),
        point=np.tile(level[:, None], (1, weeks)),
        members=("boosted",),
        member=np.zeros(len(series), np.int64),
        last_sale_us=np.full(len(series), NOW_US - 2 * DAY_US),
    )


def book(policy: Policy | None = None) -> PriceBook:
    fits = {
        product: Fit.of(base=300.0, units=(10.0, 0.2), elasticity=(-1.5 - 0.5 * place, 0.2), size=8.0)
        for place, product in enumerate(PRODUCTS)
    }
    return PriceBook(
        terms=BookTerms(currency="EUR", window_end=NOW.isoformat(), made=NOW.isoformat(), parts={"demand": "1"}),
        policy=PriceModel(policy=policy or Optimiser(), fits=fits, families=("log-log", "linear"), draws=4),
        elasticities=elasticities(),
        forecasts={"week": forecasts()},
        category=dict.fromkeys((*PRODUCTS, "seldom1", "unsold"), "c0"),
        peers=made_peers(NOW),
    )


def facts(product_id: str = "p00", **changes: object) -> Facts:
    """Sells at 2.99, costs 1.80, told an hour ago."""
    plain = Facts(
        product_id=product_id,
        price=Money(299, "EUR"),
        list_price=Money(349, "EUR"),
        cost=Money(180, "EUR"),
        cost_us=NOW_US - HOUR_US,
        stock=40,
        stock_us=NOW_US - HOUR_US,
        history=((NOW_US - 60 * DAY_US, 299),),
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


class FixedBooks:
    def __init__(self, standing: Standing) -> None:
        self.standing = standing
        self.degraded: tuple[str, ...] = () if standing.book is not None else ("model_unavailable",)

    def current(self) -> Standing:
        return self.standing


class FixedKnowledge:
    def __init__(self, *known: Facts) -> None:
        self.table = FactTable()
        self.degraded: tuple[str, ...] = ()
        for one in known:
            self.table.put(one)


class KeptAudit:
    """Keeps what is written, or refuses."""

    def __init__(self) -> None:
        self.given: list[Given] = []
        self.away = False

    async def write(self, given: Sequence[Given]) -> None:
        if self.away:
            raise AuditUnavailable
        self.given += given

    async def page(self, query: AuditQuery) -> AuditPage:
        if self.away:
            raise AuditUnavailable
        return AuditPage(quotes=())


class House:
    """Every part within reach of a test; `policy` None with `learned=False` is the time before the first book."""

    def __init__(
        self,
        *known: Facts,
        policy: Policy | None = None,
        learned: bool = True,
        rules: RuleSet = DEFAULT_RULES,
        rollout: Rollout | None = None,
        zone: tzinfo = UTC,
    ) -> None:
        self.now_us = NOW_US
        self.books = FixedBooks(Standing(book(policy), "pricing/1") if learned else Standing(None))
        self.knowledge = FixedKnowledge(*(known or [facts(product) for product in PRODUCTS]))
        self.audit = KeptAudit()
        self.shop = Shop(
            books=self.books,
            knowledge=self.knowledge,
            guard=Guardrails(rules),
            terms=HouseTerms(),
            rollout=rollout or Rollout(),
            zone=zone,
            clock=lambda: self.now_us,
        )
        self.pricer = Pricer(self.shop)
        self.quoter = Quoter(self.shop, self.pricer, self.audit)
        self.use_cases = UseCases(self.shop, self.quoter, Adviser(self.shop), Planner(self.shop), self.audit)

    def know(self, changed: Facts) -> None:
        """What the log would bring."""
        self.knowledge.table.put(changed)
        self.pricer.want((changed.product_id,))

    def price_all(self) -> None:
        """What the pricer's thread does."""
        for product_id in self.knowledge.table.products():
            known = self.knowledge.table.get(product_id)
            if known is not None and known.price is not None:
                self.pricer.renew(known)

    def app(self, home: Path, *, api_keys_file: Path | None = None, health: Health | None = None) -> ASGIApp:
        settings = Settings(home=home, api_keys_file=api_keys_file)
        return api(self.use_cases, settings, health=health).build()

    @asynccontextmanager
    async def client(self, home: Path) -> AsyncIterator[httpx.AsyncClient]:
        transport = httpx.ASGITransport(app=self.app(home))
        async with httpx.AsyncClient(transport=transport, base_url="http://merx") as client:
            yield client


def days_ago(days: float) -> int:
    return NOW_US - int(timedelta(days=days).total_seconds() * 1e6)
