"""Streams over fakes: what is sent, how often, to whom."""

import asyncio
import gc
import json
from collections.abc import Callable
from typing import Any

import pytest

from merx_core.features import ProfileFeatures
from merx_core.features.sessions import Touch
from merx_recommendation.domain import Listing, Query, Rules
from merx_recommendation.errors import TooManyStreams
from merx_recommendation.ports import Shelf
from merx_recommendation.service import LiveLists
from merx_recommendation.service.channel import Reader
from tests.unit.recommendation.fakes import NOW, FixedModel
from tests.unit.recommendation.house import House

COMMENT = b":\n\n"
SOON_S = 5.0
NEVER_S = 0.15


def query(profile_id: str | None = "c:42", **asked: Any) -> Query:
    return Query(request_id="r1", profile_id=profile_id, explore=False, **{"size": 5, **asked})


def click(product_id: str, *, offset: int = 1) -> Touch:
    return Touch("view_item", int(NOW * 1e6) + offset, offset, [product_id])


def products(chunk: bytes) -> list[str]:
    lines = dict(line.split(b": ", 1) for line in chunk.strip().split(b"\n"))
    assert lines[b"event"] == b"list"
    return [item["product_id"] for item in json.loads(lines[b"data"])["items"]]


def look(chunk: bytes) -> dict[str, Any]:
    """All that is shown of a list."""
    shown: dict[str, Any] = json.loads(chunk.split(b"data: ")[1])
    return {name: value for name, value in shown.items() if name != "request_id"}


def event_id(chunk: bytes) -> str:
    return chunk.split(b"\n", 1)[0].removeprefix(b"id: ").decode()


async def following(reader: Reader, within_s: float = SOON_S) -> bytes:
    async with asyncio.timeout(within_s):
        return await anext(reader)


async def silent(reader: Reader) -> bool:
    """Whether nothing comes for a while; the reader is of no use afterwards."""
    try:
        await following(reader, NEVER_S)
    except TimeoutError:
        return True
    return False


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(SOON_S):
        while not holds():  # noqa: ASYNC110
            await asyncio.sleep(0.005)


@pytest.fixture
def house() -> House:
    return House()


@pytest.fixture
def live(house: House) -> LiveLists:
    """Without a pause between lists."""
    return house.live_lists(spacing_s=0.0)


class TestAStream:
    async def test_it_begins_with_the_list_and_goes_on_after_a_click(self, live: LiveLists) -> None:
        reader = await live.open(query("a:new"))
        first = look(await following(reader))
        live.tell([("a:new", click("p6"))])
        second = look(await following(reader))
        assert (first["strategy"], second["strategy"]) == ("popular", "session")
        assert await silent(reader)

    async def test_the_clicks_of_others_move_nothing(self, live: LiveLists) -> None:
        reader = await live.open(query("a:new"))
        await following(reader)
        live.tell([("a:other", click("p6"))])
        assert await silent(reader)
        assert "a:other" not in live.watched

    async def test_an_unchanged_list_is_not_sent_again(self, live: LiveLists) -> None:
        reader = await live.open(query("a:new"))
        await following(reader)
        live.tell([("a:new", click("a product that nobody sells"))])
        live.make_all_anew()
        assert await silent(reader)

    async def test_what_the_shopper_did_just_before_counts(self, house: House) -> None:
        house.live = LiveLists(
            house.recommender, encode=lambda picks, *_: str(picks.strategy).encode(), earlier=lambda _: [click("p6")]
        )
        assert await following(await house.live.open(query("a:new"))) == b"session"

    async def test_the_feature_stores_session_and_the_request_s_count_until_events_come(self, house: House) -> None:
        live = house.live_lists(spacing_s=0.0)
        plain = look(await following(await live.open(query("a:1"))))
        asked = look(await following(await live.open(query("a:2", recent=("p6",)))))
        house.profiles._profiles["a:3"] = ProfileFeatures("a:3", recent_ids=("p6",))
        stored = look(await following(await live.open(query("a:3"))))
        assert plain != asked == stored

    async def test_after_a_while_without_a_list_a_comment_keeps_the_way_open(self, house: House) -> None:
        reader = await house.live_lists(keep_alive_s=0.02).open(query())
        await following(reader)
        assert [await following(reader), await following(reader)] == [COMMENT, COMMENT]


class TestOneList:
    async def test_is_made_and_encoded_once_for_all_readers_of_a_shopper(self, house: House) -> None:
        live = house.live_lists(spacing_s=0.0)
        readers = [await live.open(query("a:new")) for _ in range(3)]
        first = [await following(reader) for reader in readers]
        live.tell([("a:new", click("p6"))])
        second = [await following(reader) for reader in readers]
        assert first[0] is first[1] is first[2]
        assert second[0] is second[1] is second[2]

    async def test_each_page_of_a_shopper_has_its_own(self, live: LiveLists) -> None:
        home = await live.open(query())
        cart = await live.open(query(placement="cart", page=("p3",)))
        assert look(await following(home)) != look(await following(cart))

    async def test_is_noted_when_the_first_reader_takes_it(self, house: House) -> None:
        live = house.live_lists(spacing_s=0.0)
        readers = [await live.open(query("a:new")) for _ in range(2)]
        assert house.exposures.kept == []
        chunks = [await following(reader) for reader in readers]
        (exposure,) = house.exposures.kept
        assert [item.product_id for item in exposure.items] == products(chunks[0])
        assert exposure.request_id == "r1/1"
        assert json.loads(chunks[0].split(b"data: ")[1])["request_id"] == "r1/1"


class TestPace:
    async def test_the_first_click_counts_at_once_and_the_last_one_at_last(self, house: House) -> None:
        live = house.live_lists(spacing_s=0.3)
        reader = await live.open(query("a:new"))
        await following(reader)
        await asyncio.sleep(0.35)
        loop = asyncio.get_running_loop()
        live.tell([("a:new", click("p3"))])
        await following(reader)
        led = loop.time()
        for offset, product in enumerate(("p6", "p9", "p12"), start=2):
            live.tell([("a:new", click(product, offset=offset))])
        trailing = await following(reader)
        assert loop.time() - led > 0.25
        assert b'"r1/3"' in trailing, "one list for three clicks"
        assert look(trailing)["items"][0]["reasons"][0]["product_id"] == "p12"
        assert await silent(reader)

    async def test_shoppers_wait_for_themselves_alone(self, house: House) -> None:
        live = house.live_lists(spacing_s=60.0)
        slow, quick = await live.open(query("a:1")), await live.open(query("a:2"))
        await following(slow), await following(quick)
        live._shoppers["a:2"].free_s = 0.0
        live.tell([("a:1", click("p6")), ("a:2", click("p6"))])
        await following(quick)
        assert await silent(slow)


class TestComingBack:
    async def test_to_an_unchanged_list_is_answered_by_a_comment(self, live: LiveLists) -> None:
        before = await live.open(query("a:new"))
        seen = event_id(await following(before))
        await before.aclose()
        after = await live.open(query("a:new"), last_id=seen)
        assert await following(after) == COMMENT
        assert await silent(after)

    async def test_to_a_list_that_changed_brings_the_newest_alone(self, live: LiveLists) -> None:
        other = await live.open(query("a:new"))
        seen = event_id(await following(other))
        for offset, product in enumerate(("p3", "p6"), start=1):
            live.tell([("a:new", click(product, offset=offset))])
            newest = await following(other)
        after = await live.open(query("a:new"), last_id=seen)
        assert await following(after) == newest
        assert await silent(after)

    async def test_to_another_replica_with_the_same_data_finds_the_same_id(self, house: House) -> None:
        asked = Query(request_id="one", profile_id="c:42", size=20)
        there = await house.live_lists().open(asked)
        here = await house.live_lists().open(Query(request_id="two", profile_id="c:42", size=20))
        assert event_id(await following(there)) == event_id(await following(here))

    async def test_what_was_seen_is_not_noted_again(self, house: House) -> None:
        live = house.live_lists()
        seen = event_id(await following(await live.open(query())))
        await following(await house.live_lists().open(query(), last_id=seen))
        assert len(house.exposures.kept) == 1


class TestSlowReaders:
    async def test_hold_no_list_and_get_the_newest_when_they_come(self, live: LiveLists) -> None:
        slow, quick = await live.open(query("a:new")), await live.open(query("a:new"))
        await following(slow), await following(quick)
        for offset, product in enumerate(("p3", "p6", "p9", "p12"), start=1):
            live.tell([("a:new", click(product, offset=offset))])
            newest = await following(quick)
        assert await following(slow) == newest
        assert await silent(slow)


class TestTheCatalogue:
    async def test_a_product_that_goes_leaves_the_list(self, house: House, live: LiveLists) -> None:
        reader = await live.open(query())
        gone, *_ = products(await following(reader))
        told = [Listing(product_id=gone, listed=False, in_stock=False)]
        house.shelves.shelf = house.shelves.shelf.changed(told)
        live.tell([], told)
        assert gone not in products(await following(reader))

    async def test_one_that_is_not_shown_costs_nothing(self, house: House, live: LiveLists) -> None:
        reader = await live.open(query())
        await following(reader)
        house.shelves.shelf = house.shelves.shelf.changed([Listing(product_id="p0", listed=False)])
        live.tell([], [Listing(product_id="p2", listed=False), Listing(product_id="new", listed=True)])
        assert await silent(reader)

    async def test_a_price_out_of_the_asked_range_takes_a_product_away(self, house: House, live: LiveLists) -> None:
        reader = await live.open(query(rules=Rules(price_max=1000)))
        shown = products(await following(reader))
        told = [Listing(product_id=shown[0], listed=True, in_stock=True, price=2000.0)]
        house.shelves.shelf = house.shelves.shelf.changed(told)
        live.tell([], told)
        assert shown[0] not in products(await following(reader))

    async def test_another_model_makes_every_list_anew(self, house: House, live: LiveLists) -> None:
        readers = [await live.open(query(profile)) for profile in ("c:42", "a:new", None)]
        for reader in readers:
            await following(reader)
        model = FixedModel([f"p{row}" for row in range(30)], "recommendation/2")
        house.shelves.shelf = Shelf.pair(house.catalogue, model)
        live.make_all_anew()
        for reader in readers:
            assert b"recommendation/2" in await following(reader)

    async def test_what_is_missing_is_said(self, house: House, live: LiveLists) -> None:
        reader = await live.open(query())
        await following(reader)
        house.shelves.degraded = ("log_unavailable",)
        live.make_all_anew()
        assert b'"degraded":["log_unavailable"]' in await following(reader)


class TestTheRow:
    async def test_is_read_once_however_often_a_shopper_clicks(self, house: House) -> None:
        live, reads = house.live_lists(spacing_s=0.0), counted(house)
        readers = [await live.open(query()), await live.open(query(placement="cart"))]
        for reader in readers:
            await following(reader)
        for offset in range(5):
            live.tell([("c:42", click(f"p{offset * 3}", offset=offset))])
            await following(readers[0])
        assert reads == ["c:42"]

    async def test_is_read_again_after_a_while_when_the_shopper_does_something(self, house: House) -> None:
        live, reads = house.live_lists(spacing_s=0.0, profile_s=0.0), counted(house)
        reader = await live.open(query())
        await following(reader)
        live.tell([("c:42", click("p6"))])
        await following(reader)
        await until(lambda: len(reads) >= 2)

    async def test_a_store_that_was_away_is_asked_on_the_next_click(self, house: House) -> None:
        live = house.live_lists(spacing_s=0.0)
        house.profiles.away = True
        reader = await live.open(query())
        assert b"features_unavailable" in await following(reader)
        house.profiles.away = False
        live.tell([("c:42", click("p6"))])
        async with asyncio.timeout(SOON_S):
            while b"features_unavailable" in (chunk := await anext(reader)):
                pass
        assert b'"strategy":"personal"' in chunk


class TestLimits:
    async def test_streams_beyond_the_limit_are_refused_until_one_ends(self, house: House) -> None:
        live = house.live_lists(streams=2)
        first, _second = await live.open(query("a:1")), await live.open(query("a:2"))
        with pytest.raises(TooManyStreams) as refused:
            await live.open(query("a:3"))
        assert refused.value.headers["retry-after"]
        await first.aclose()
        await first.aclose()
        await live.open(query("a:3"))

    async def test_what_nobody_reads_is_forgotten(self, house: House) -> None:
        live = house.live_lists()
        readers = [await live.open(query("a:1")), await live.open(query("a:1", size=9))]
        assert list(live.watched) == ["a:1"]
        await readers[0].aclose()
        assert list(live.watched) == ["a:1"]
        del readers
        gc.collect()
        assert not live.watched

    async def test_a_list_that_cannot_be_made_leaves_the_others(self, house: House, live: LiveLists) -> None:
        broken, whole = await live.open(query("a:1")), await live.open(query("a:2"))
        await following(broken), await following(whole)
        live._shoppers["a:1"].session = "not a session"  # type: ignore[assignment]
        live.tell([("a:2", click("p6"))])
        live.make_all_anew()
        await following(whole)
        assert await silent(broken)


def counted(house: House) -> list[str]:
    """The profiles that are read from here on."""
    reads: list[str] = []
    read = house.profiles.read

    async def counting(profile_id: str, *, budget_s: float) -> ProfileFeatures:
        reads.append(profile_id)
        return await read(profile_id, budget_s=budget_s)

    house.profiles.read = counting  # type: ignore[method-assign]
    return reads
