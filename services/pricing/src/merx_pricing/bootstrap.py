"""Joins the parts; nothing is opened before `build`, and nothing is waited for before `start`."""

import asyncio
import sys
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import structlog
import yaml

from merx_kit.artefacts import ArtefactStore
from merx_kit.eventlog import EventLog, EventLogError, migrate
from merx_kit.eventlog.maintenance import archive_of
from merx_kit.http import Health
from merx_kit.registry import MlflowRegistry, ModelSlot, SlotSettings
from merx_kit.settings import SettingsError
from merx_models.guardrails import Guardrails, RuleSet
from merx_models.pricing.book import PriceBook
from merx_pricing.adapters import books
from merx_pricing.adapters.audit import SqlAudit
from merx_pricing.adapters.knowledge import LogKnowledge
from merx_pricing.domain import DEFAULT_RULES, HouseTerms, Rollout
from merx_pricing.ports import Audit
from merx_pricing.service import Adviser, Planner, Pricer, Quoter, Shop
from merx_pricing.settings import Settings

log = structlog.get_logger(__name__)

RETRY_S = 1.0
SWITCH_INTERVAL_S = 0.0005
TOLD_S = 1.0
"""How often `/readyz` and the gauge are told what answers say."""


@dataclass(frozen=True, slots=True)
class UseCases:
    shop: Shop
    quoter: Quoter
    adviser: Adviser
    planner: Planner
    audit: Audit


@dataclass(slots=True)
class House:
    """The service and what must be started and stopped with it."""

    use_cases: UseCases
    health: Health
    settings: Settings
    log: EventLog
    slot: ModelSlot[PriceBook]
    knowledge: LogKnowledge
    pricer: Pricer
    audit: SqlAudit
    migrated: bool = False

    async def start(self) -> None:
        """Loads what the disk has; a registry or a database that is away stops nothing but readiness."""
        # What follows facts and makes proposals takes turns with answers: short ones, so that none waits out 5 ms each.
        sys.setswitchinterval(SWITCH_INTERVAL_S)
        self.health.add_check("price_audit", lambda: self.migrated)
        self.health.add_check("facts", lambda: self.knowledge.whole)
        try:
            await self._migrate()
        except EventLogError as error:
            log.warning("event_log_unavailable", detail=error.detail)
        await asyncio.to_thread(self.slot.start)
        await asyncio.to_thread(self.knowledge.start)
        self.pricer.start()

    async def tell(self) -> None:
        """Prepares the database once it is there, and keeps `/readyz` up with what answers say."""
        while True:
            if not self.migrated:
                try:
                    await self._migrate()
                except EventLogError:
                    await asyncio.sleep(RETRY_S)
            shop = self.use_cases.shop
            self.health.say(shop.degraded(shop.clock()))
            await asyncio.sleep(TOLD_S)

    async def stop(self) -> None:
        await asyncio.to_thread(self.pricer.stop)
        await asyncio.to_thread(self.knowledge.stop)
        await asyncio.to_thread(self.slot.stop)
        await asyncio.to_thread(self.audit.close)
        self.log.close()

    async def _migrate(self) -> None:
        await asyncio.to_thread(migrate, self.settings.database_url)
        self.migrated = True


def build(settings: Settings) -> House:
    """The service that `settings` describe. Raises SettingsError where the rules cannot be read."""
    rules = rules_of(settings.rules_file)
    event_log = EventLog(settings.database_url)
    slot = _slot(settings)
    knowledge = LogKnowledge(
        event_log,
        archive_of(settings),
        size_attribute=settings.size_attribute,
        poll_s=settings.log_poll_ms / 1000,
    )
    shop = Shop(
        books=books.SlotBooks(slot),
        knowledge=knowledge,
        guard=Guardrails(rules),
        terms=_terms(settings),
        rollout=Rollout(mode=settings.mode, share_bp=settings.rollout_bp, experiment=settings.rollout_name),
        zone=ZoneInfo(settings.timezone),
        valid_s=settings.valid_s,
    )
    pricer = Pricer(shop)
    knowledge.changed = pricer.want
    audit = SqlAudit(event_log, rules)
    use_cases = UseCases(shop, Quoter(shop, pricer, audit), Adviser(shop), Planner(shop), audit)
    return House(use_cases, Health(), settings, event_log, slot, knowledge, pricer, audit)


def rules_of(path: Path | None) -> RuleSet:
    """The rules in a file of YAML or JSON; the default without one. Raises SettingsError, naming the field."""
    if path is None:
        return DEFAULT_RULES
    try:
        document = yaml.safe_load(path.read_text())
        if not isinstance(document, dict):
            raise SettingsError(f"setting PRICING_RULES_FILE: {path.name} holds no rules")
        return RuleSet.of(document)
    except (OSError, yaml.YAMLError, UnicodeDecodeError) as error:
        raise SettingsError(f"setting PRICING_RULES_FILE: {path.name} cannot be read: {error}") from error
    except (msgspec.ValidationError, ValueError) as error:
        raise SettingsError(f"setting PRICING_RULES_FILE: {path.name}: {error}") from error


def _terms(settings: Settings) -> HouseTerms:
    return HouseTerms(
        weeks=settings.weeks,
        salvage_bp=settings.salvage_bp,
        holding_bp=settings.holding_bp,
        tax_bp=settings.tax_bp,
        cost_days=settings.cost_days,
        competitor_days=settings.competitor_days,
        stock_days=settings.stock_days,
    )


def _slot(settings: Settings) -> ModelSlot[PriceBook]:
    return ModelSlot(
        SlotSettings(
            name=settings.model_name,
            folder=settings.last_good / "price-books",
            contracts=books.CONTRACTS,
            alias=settings.model_alias,
            poll_s=settings.poll_ms / 1000,
        ),
        MlflowRegistry(settings.mlflow_url, ArtefactStore(settings.artefacts_url)),
        load=books.load,
        check=books.check,
    )
