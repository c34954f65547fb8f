"""The same events in any order, any number of times, cut into any batches, in any shape: the same log."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from merx_intake.service import EventDoor, EventRules
from merx_kit.eventlog import EventLog, migrate
from merx_kit.importers import FolderOptions, import_folder
from tests.unit.intake.fakes import InMemoryLog
from tests.unit.intake.house import NOW
from tests.unit.kit.importers.reading import write_lines

Log = dict[tuple[str, str], bytes]

LINE = st.fixed_dictionaries(
    {"product_id": st.sampled_from(["p1", "p2"])},
    optional={
        "quantity": st.integers(0, 3),
        "price": st.fixed_dictionaries(
            {"amount": st.integers(-1, 500), "currency": st.sampled_from(["EUR", "JPY", "KWD", "XXX"])}
        ),
    },
)
MERX = st.fixed_dictionaries(
    {
        "type": st.sampled_from(["view_item", "purchase", "search", "teleport"]),
        "time": st.sampled_from(["2026-11-24T10:00:00Z", "2026-11-23T10:00:00+02:00", "2030-01-01T00:00:00Z"]),
        "customer_id": st.sampled_from(["c1", "é", ""]),
        "lines": st.lists(LINE, max_size=3),
    },
    optional={"properties": st.dictionaries(st.text(max_size=3), st.integers() | st.text(max_size=3), max_size=3)},
)
SEGMENT = st.fixed_dictionaries(
    {
        "type": st.just("track"),
        "event": st.sampled_from(["Product Viewed", "Order Completed", "Coupon Entered"]),
        "timestamp": st.just("2026-11-24T10:00:00Z"),
        "anonymousId": st.just("d1"),
        "properties": st.fixed_dictionaries({"product_id": st.sampled_from(["p1", "p2"])}),
    }
)
GA4 = st.fixed_dictionaries(
    {
        "event_name": st.sampled_from(["view_item", "add_to_cart", "page_view"]),
        "event_timestamp": st.integers(1_795_000_000_000_000, 1_795_000_000_000_003),
        "user_pseudo_id": st.just("d1"),
        "items": st.just([{"item_id": "p1", "price": 1.5, "currency": "EUR"}]),
    }
)
RECORDS = st.lists(MERX | SEGMENT | GA4, max_size=12)


def named(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each with an id of its own, where its shape has one."""
    return [
        row if "event_name" in row else {**row, "messageId" if row["type"] == "track" else "message_id": f"m{place}"}
        for place, row in enumerate(rows)
    ]


@st.composite
def deliveries(draw: st.DrawFn) -> tuple[list[dict[str, Any]], list[list[dict[str, Any]]]]:
    """Events, and batches in which each of them comes at least once, its keys in any order."""
    events = named(draw(RECORDS))
    again = draw(st.lists(st.sampled_from(events), max_size=8)) if events else []
    turned = [dict(reversed(row.items())) if draw(st.booleans()) else row for row in [*events, *again]]
    order = draw(st.permutations(turned))
    batches: list[list[dict[str, Any]]] = [[]]
    for row in order:
        if draw(st.booleans()):
            batches.append([])
        batches[-1].append(row)
    return events, batches


async def deliver(batches: Sequence[list[dict[str, Any]]]) -> Log:
    log = InMemoryLog()
    door = EventDoor(log, EventRules("EUR"), lambda: NOW)
    for batch in batches:
        await door.take(batch, str)
    return {key: bytes(record.data) for key, record in log.records.items()}


@given(deliveries())
@settings(max_examples=150, deadline=None)
def test_how_events_are_delivered_makes_no_difference(
    delivery: tuple[list[dict[str, Any]], list[list[dict[str, Any]]]],
) -> None:
    events, batches = delivery
    assert asyncio.run(deliver(batches)) == asyncio.run(deliver([events]))


@given(events=RECORDS.map(named))
@settings(max_examples=40, deadline=None)
def test_a_file_of_the_same_events_makes_the_same_log(tmp_path_factory: Any, events: list[dict[str, Any]]) -> None:
    assert imported(tmp_path_factory.mktemp("shop"), events) == asyncio.run(deliver([events]))


def imported(folder: Path, events: Sequence[dict[str, Any]]) -> Log:
    """What the importers make of the events, a file for each shape."""
    url = f"sqlite:///{folder}/log/events.db"
    migrate(url)
    shapes = (
        [row for row in events if "message_id" in row],
        [row for row in events if "messageId" in row],
        [row for row in events if "event_name" in row],
    )
    found: Log = {}
    for place, rows in enumerate(shapes):
        shop = folder / f"shop{place}"
        shop.mkdir()
        if not rows:
            continue
        write_lines(shop / "events.jsonl", rows)
        with EventLog(url) as log:
            import_folder(log, shop, FolderOptions("EUR", datetime(2026, 11, 24, 12, 0, tzinfo=UTC)))
            found = {(one.record.source, one.record.id): bytes(one.record.data) for one in log.read(0, 1000)}
    return found
