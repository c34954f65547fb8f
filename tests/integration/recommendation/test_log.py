"""The service follows a real log: what is committed there shows in answers and streams without anything else."""

import asyncio
import json
import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import msgspec
import pytest

from merx_core.catalogue import Product
from merx_core.events import CloudEvent, Event, EventType, Line, RecordType, StockLevel
from merx_core.money import Money
from merx_kit.eventlog import EventLog, migrate
from merx_kit.features import SnapshotManifest, SnapshotStore
from merx_recommendation.bootstrap import House
from merx_recommendation.domain import Query, Rules
from merx_recommendation.errors import UnknownProduct
from tests.integration.recommendation.conftest import Open, look

SOON_S = 20.0


def now() -> datetime:
    return datetime.now(UTC)


def upsert(product_id: str, price: int = 100, **fields: object) -> CloudEvent:
    product = Product(product_id=product_id, title="New", price=Money(price, "USD"), **fields)  # type: ignore[arg-type]
    return CloudEvent.upsert(product, "/test", now())


def about(kind: RecordType, product_id: str, data: bytes = b"null") -> CloudEvent:
    return CloudEvent(id=uuid4().hex, source="/test", type=kind, time=now(), subject=product_id, data=msgspec.Raw(data))


def deletion(product_id: str) -> CloudEvent:
    return about(RecordType.PRODUCT_DELETED, product_id)


def stock(product_id: str, left: int) -> CloudEvent:
    level = StockLevel(product_id=product_id, stock=left)
    return about(RecordType.STOCK_LEVEL, product_id, msgspec.json.encode(level))


def click(product_id: str, **shopper: str) -> CloudEvent:
    event = Event(message_id=uuid4().hex, type=EventType.VIEW, time=now(), lines=(Line(product_id),), **shopper)  # type: ignore[arg-type]
    return CloudEvent.wrap(event, "/test")


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(SOON_S):
        while not holds():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def shown(house: House, **asked: object) -> list[str]:
    query = Query(request_id="r1", profile_id="c:5", **{"size": 100, **asked})  # type: ignore[arg-type]
    return [pick.product_id for pick in (await house.recommender.recommend(query)).items]


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, home: Path) -> str:
    url = f"sqlite:///{home}/events.db" if request.param == "sqlite" else request.getfixturevalue("postgres_url")
    migrate(url)
    return str(url)


@pytest.fixture
def log(database_url: str) -> Iterator[EventLog]:
    with EventLog(database_url) as opened:
        yield opened


@asynccontextmanager
async def followed(opened: Open, database_url: str, **settings: object) -> AsyncIterator[House]:
    async with opened(database_url=database_url, **settings) as house:
        await asyncio.to_thread(house.feed.start)
        try:
            yield house
        finally:
            await asyncio.to_thread(house.feed.stop)


class TestTheCatalogue:
    async def test_changes_show_without_a_new_snapshot(self, opened: Open, database_url: str, log: EventLog) -> None:
        async with followed(opened, database_url) as house:
            first, second, *_ = await shown(house)
            log.append([deletion(first), stock(second, 0), upsert("new", 77_000, category=("D9", "L9"))])
            await until(lambda: "new" in house.shelves.current().assortment.row_of)
            after = await shown(house, pin=(first, second))
            assert first not in after
            assert second not in after
            assert await shown(house, rules=Rules(price_min=70_000)) == ["new"]
            assert "new" in await shown(house, rules=Rules(categories=("D9 > L9",)))
            with pytest.raises(UnknownProduct):
                house.recommender.similar(first, size=5, rules=Rules(), request_id="r")
            log.append([upsert(first), stock(second, 2)])
            rows = house.shelves.current().assortment.rows
            await until(lambda: bool(house.shelves.current().assortment.in_stock[rows([first, second])].all()))
            assert {first, second} <= set(await shown(house, pin=(first, second)))

    async def test_a_start_knows_them_before_its_first_answer(
        self, opened: Open, database_url: str, log: EventLog
    ) -> None:
        log.append([deletion("p1"), upsert("new")])
        async with followed(opened, database_url) as house:
            assortment = house.shelves.current().assortment
            assert assortment.listed[assortment.rows(["p1", "new"])].tolist() == [False, True]

    async def test_another_model_and_snapshot_keep_what_they_do_not_know(
        self, opened: Open, database_url: str, log: EventLog, home: Path
    ) -> None:
        async with followed(opened, database_url) as house:
            known = log.append([deletion("p1"), upsert("old")]).offsets[-1]
            log.append([deletion("p2"), upsert("new")])
            await until(lambda: "new" in house.shelves.current().assortment.row_of)
            publish(home, head=known)
            look(house)
            assortment = house.shelves.current().assortment
            assert "old" not in assortment.row_of, "the snapshot is newer than its record, and does not have it"
            assert assortment.listed[assortment.rows(["p1", "p2", "new"])].tolist() == [True, False, True]

    async def test_an_older_snapshot_is_told_all_that_it_does_not_know(
        self, opened: Open, database_url: str, log: EventLog, home: Path
    ) -> None:
        publish(home, head=log.append([deletion("p1")]).offsets[0])
        async with followed(opened, database_url) as house:
            assortment = house.shelves.current().assortment
            assert assortment.listed[assortment.rows(["p1"])].tolist() == [True]
            SnapshotStore(f"file://{home}/artefacts", home / "cache").rollback()
            look(house)
            assortment = house.shelves.current().assortment
            assert assortment.listed[assortment.rows(["p1"])].tolist() == [False]

    async def test_a_log_that_ends_before_the_snapshot_is_laid_over_it_whole(
        self, opened: Open, database_url: str, log: EventLog, home: Path
    ) -> None:
        publish(home, head=10_000)
        log.append([deletion("p1")])
        async with followed(opened, database_url) as house:
            assortment = house.shelves.current().assortment
            assert assortment.listed[assortment.rows(["p1", "p2"])].tolist() == [False, True]

    async def test_what_a_restored_log_does_not_have_is_forgotten(
        self, opened: Open, database_url: str, log: EventLog
    ) -> None:
        async with followed(opened, database_url) as house:
            log.append([deletion("p1"), upsert("lost")])
            await until(lambda: "lost" in house.shelves.current().assortment.row_of)
            forget_everything(log)
            await until(lambda: "lost" not in house.shelves.current().assortment.row_of)
            log.append([deletion("p2")])
            rows = house.shelves.current().assortment.rows(["p1", "p2"])
            await until(lambda: house.shelves.current().assortment.listed[rows].tolist() == [True, False])

    async def test_a_fresh_shop_shows_what_it_is_told_of_before_any_snapshot(
        self, opened: Open, tmp_path: Path, home: Path
    ) -> None:
        for path in list(home.iterdir()):  # noqa: ASYNC240
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        url = f"sqlite:///{tmp_path}/fresh.db"
        migrate(url)
        with EventLog(url) as log:
            log.append([upsert("first"), upsert("second")])
        async with followed(opened, url) as house:
            assert await shown(house) == ["first", "second"]


class TestStreams:
    async def test_a_click_on_one_device_moves_the_list_of_another(
        self, opened: Open, database_url: str, log: EventLog
    ) -> None:
        async with followed(opened, database_url) as house:
            query = Query(request_id="r1", profile_id="c:5", size=10)
            reader = await house.live.open(query)
            before = await anext(reader)
            log.append([click("p7", customer_id="5", anonymous_id="phone")])
            async with asyncio.timeout(SOON_S):
                after = await anext(reader)
            assert listed(before) != listed(after)
            log.append([deletion(listed(after)[0])])
            async with asyncio.timeout(SOON_S):
                last = await anext(reader)
            assert listed(after)[0] not in listed(last)
            await reader.aclose()

    async def test_a_stream_that_opens_just_after_the_click_knows_it(
        self, opened: Open, database_url: str, log: EventLog
    ) -> None:
        async with followed(opened, database_url) as house:
            log.append([click("p7", anonymous_id="new")])
            await until(lambda: bool(house.feed.earlier("a:new")))
            reader = await house.live.open(Query(request_id="r1", profile_id="a:new"))
            assert b'"strategy":"session"' in await anext(reader)
            await reader.aclose()


class TestALogThatIsAway:
    async def test_answers_go_out_and_say_so(self, opened: Open, tmp_path: Path) -> None:
        async with followed(opened, f"sqlite:///{tmp_path}/nowhere/events.db") as house:
            await until(lambda: not house.feed.available)
            picks = await house.recommender.recommend(Query(request_id="r1", profile_id="c:5"))
            assert picks.degraded == ("log_unavailable",)
            assert len(picks.items) == 20
            look(house)
            assert "log_unavailable" in house.health.degraded
            migrate(f"sqlite:///{tmp_path}/nowhere/events.db")
            await until(lambda: house.feed.available)
            look(house)
            assert "log_unavailable" not in house.health.degraded


def publish(home: Path, *, head: int) -> None:
    """The snapshot of the shop once more, as one that knows the log up to `head`."""
    folder = home / "snapshot"
    manifest = SnapshotManifest.read(folder)
    replace(manifest, head=head, version=manifest.version.replace("T", "T9", 1)).write(folder)
    SnapshotStore(f"file://{home}/artefacts", home / "cache").publish(folder)


def forget_everything(log: EventLog) -> None:
    """The log as its first backup had it, offsets included."""
    again = (
        "ALTER SEQUENCE event_log_offsets RESTART"
        if "postgres" in log.url.drivername
        else "DELETE FROM sqlite_sequence"
    )
    with log.engine.begin() as connection:
        for statement in ("DELETE FROM event_log", "DELETE FROM event_keys", again):
            connection.exec_driver_sql(statement)


def listed(chunk: bytes) -> list[str]:
    shown = json.loads(chunk.split(b"data: ")[1])
    return [item["product_id"] for item in shown["items"]]
