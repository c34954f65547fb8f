"""What was given is there, can be made again from what is there, and nobody can change it."""

import asyncio
from collections.abc import Iterator

import msgspec
import pytest
import sqlalchemy as sa

from merx_core.contracts.pricing import AuditPage, AuditQuery, Mode
from merx_core.money import Money
from merx_kit.eventlog import EventLog
from merx_models.guardrails import Guardrails, PriceContext, RuleSet
from merx_models.pricing.task import Ladder, Terms
from merx_pricing.adapters.audit import SqlAudit
from merx_pricing.domain import DEFAULT_RULES, Asked, Line, Rollout
from merx_pricing.errors import AuditUnavailable
from merx_pricing.service import Quoter
from tests.unit.pricing.shop import PRODUCTS, House, book, facts


@pytest.fixture
def audit(log: EventLog) -> Iterator[SqlAudit]:
    opened = SqlAudit(log, DEFAULT_RULES)
    yield opened
    opened.close()


@pytest.fixture
def house(audit: SqlAudit) -> House:
    made = House(rollout=Rollout(mode=Mode.LIVE))
    made.quoter = Quoter(made.shop, made.pricer, audit)
    made.price_all()
    return made


async def quote(house: House, *products: str, request_id: str = "r", **asked: object) -> None:
    lines = tuple(Line(product_id=product) for product in products)
    await house.quoter.quote(Asked(request_id=request_id, lines=lines, **asked))  # type: ignore[arg-type]


async def page(audit: SqlAudit, **query: object) -> AuditPage:
    return await audit.page(AuditQuery(**query))  # type: ignore[arg-type]


async def test_what_was_given_is_there_with_all_that_stood_behind_it(house: House, audit: SqlAudit) -> None:
    await quote(house, "p00", "p01", profile_id="c:42")
    found = (await page(audit)).quotes
    assert [one.product_id for one in found] == ["p01", "p00"]
    assert {one.profile_id for one in found} == {"c:42"}
    assert found[0].number > found[1].number


async def test_each_price_can_be_made_again_from_the_audit(house: House, audit: SqlAudit) -> None:
    await quote(house, *PRODUCTS)
    for one in (await page(audit)).quotes:
        said = msgspec.json.decode(one.decision)
        rules = RuleSet.of(bytes(one.rules))
        context = msgspec.json.decode(msgspec.json.encode(said["context"]), type=PriceContext)
        settled = Guardrails(rules).settle(said["proposal"], context)
        assert (Money(settled.price, settled.currency), rules.version) == (one.price, said["rules"])
        # and the policy, asked as it was asked, says what it said
        season = said["season"]
        ladder = Ladder.spread(Guardrails(rules), context, weeks=season["weeks"])
        assert ladder.prices.tolist() == season["prices"]
        terms = Terms(**{name: season[name] for name in ("weeks", "stock", "cost", "salvage", "holding")})
        assert book().policy.propose(one.product_id, terms, ladder) == said["proposal"]


async def test_a_decision_is_written_once_however_often_it_is_quoted(house: House, log: EventLog) -> None:
    await asyncio.gather(*(quote(house, "p00", request_id=f"r{number}") for number in range(20)))
    other = Quoter(house.shop, house.pricer, SqlAudit(log, DEFAULT_RULES))  # another replica
    await other.quote(Asked(request_id="other", lines=(Line(product_id="p00"),)))
    with log.engine.connect() as connection:
        counts = [
            connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one()
            for table in ("price_quotes", "price_decisions", "price_rules")
        ]
    assert counts == [21, 1, 1]


async def test_pages_follow_each_other_without_a_gap(house: House, audit: SqlAudit) -> None:
    for number in range(7):
        await quote(house, "p00", request_id=f"r{number}")
    seen, cursor = [], ""
    while True:
        found = await page(audit, limit=3, cursor=cursor)
        seen += [one.request_id for one in found.quotes]
        cursor = found.next_cursor
        if not cursor:
            break
    assert seen == [f"r{number}" for number in reversed(range(7))]


async def test_it_is_asked_by_product_request_and_decision(house: House, audit: SqlAudit) -> None:
    await quote(house, "p00", "p01", request_id="first")
    await quote(house, "p00", request_id="second")
    (latest, *_) = (await page(audit, product_id="p00")).quotes
    assert latest.request_id == "second"
    assert len((await page(audit, request_id="first")).quotes) == 2
    assert len((await page(audit, decision_id=latest.decision_id)).quotes) == 2
    assert (await page(audit, product_id="nobody")).quotes == ()


@pytest.mark.parametrize("table", ["price_rules", "price_decisions", "price_quotes"])
@pytest.mark.parametrize("change", ["DELETE FROM {}", "UPDATE {} SET {}"])
async def test_nobody_changes_it(house: House, log: EventLog, table: str, change: str) -> None:
    await quote(house, "p00")
    column = {"price_rules": "first_us = 0", "price_decisions": "first_us = 0", "price_quotes": "price = 1"}[table]
    with log.engine.begin() as connection, pytest.raises(sa.exc.DBAPIError, match="append-only"):
        connection.exec_driver_sql(change.format(table, column))


async def test_a_database_that_is_away_gives_no_price(house: House, log: EventLog, audit: SqlAudit) -> None:
    with log.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE price_quotes RENAME TO elsewhere")
    with pytest.raises(AuditUnavailable):
        await quote(house, "p00")
    with pytest.raises(AuditUnavailable):
        await page(audit)
    with log.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE elsewhere RENAME TO price_quotes")
    await quote(house, "p00")
    (found,) = (await page(audit)).quotes
    assert found.decision != msgspec.Raw(b"null")  # the decision that failed with its quote was written with the next


async def test_an_amount_beyond_the_column_is_refused_before_it_is_written(house: House, audit: SqlAudit) -> None:
    house.know(facts("p00", price=Money(10**15, "EUR")))
    answer = await house.quoter.quote(Asked(request_id="r", lines=(Line(product_id="p00"), Line(product_id="p01"))))
    assert [failed.error.code for failed in answer.failed] == ["demand_unknown"]
    assert len((await page(audit)).quotes) == 1
