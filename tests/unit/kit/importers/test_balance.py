"""Whatever a file holds: each row comes out or is dropped under a named rule, and the import itself never fails."""

import json
import tempfile
from pathlib import Path
from typing import Any

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from merx_core.events import RECORD_DATA, CloudEvent
from merx_kit.eventlog import EventLog
from merx_kit.importers import import_folder
from tests.unit.kit.importers.reading import NOW

ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 3),
    st.sampled_from(
        [10**400, 0.5, -2.5, 1e300, "", " ", "x" * 300, "é\x00", "12.99", "NaN", "-1", "1e9", "2026-01-01"]
    ),
    st.just([]),
    st.just({}),
    st.just([{"a": 1}]),
)
ITEM = st.fixed_dictionaries(
    {},
    optional={
        name: st.one_of(ODD, st.sampled_from(["p1", "EUR", 1, 2.5]))
        for name in ("item_id", "product_id", "quantity", "price", "currency", "discount")
    },
)
LINES = st.one_of(ODD, st.lists(st.one_of(ITEM, ODD), max_size=3))
GA4 = st.fixed_dictionaries(
    {"event_name": st.one_of(ODD, st.sampled_from(["purchase", "view_item", "search"]))},
    optional={
        "event_timestamp": st.one_of(ODD, st.just(1_790_000_000_000_000)),
        "user_pseudo_id": st.one_of(ODD, st.just("device")),
        "user_id": ODD,
        "items": LINES,
        "event_params": st.one_of(ODD, st.just([{"key": "currency", "value": {"string_value": "EUR"}}])),
        "ecommerce": ODD,
        "platform": ODD,
    },
)
SEGMENT = st.fixed_dictionaries(
    {"type": st.just("track"), "event": st.one_of(ODD, st.sampled_from(["Order Completed", "Product Viewed"]))},
    optional={
        "messageId": st.one_of(ODD, st.sampled_from(["m1", "m2"])),
        "timestamp": st.one_of(ODD, st.just("2026-10-01T10:00:00Z")),
        "userId": st.one_of(ODD, st.just("u1")),
        "properties": st.one_of(ODD, st.fixed_dictionaries({}, optional={"products": LINES, "currency": ODD})),
        "context": ODD,
    },
)
CANONICAL = st.fixed_dictionaries(
    {"message_id": st.one_of(ODD, st.just("m1")), "type": st.one_of(ODD, st.just("purchase"))},
    optional={
        "time": st.one_of(ODD, st.just("2026-10-01T10:00:00Z")),
        "customer_id": st.one_of(ODD, st.just("c1")),
        "lines": LINES,
        "properties": ODD,
        "channel": ODD,
    },
)
PRODUCT = st.fixed_dictionaries(
    {"id": st.one_of(ODD, st.sampled_from(["p1", "p2"])), "title": st.one_of(ODD, st.just("Mug"))},
    optional={
        "price": st.one_of(ODD, st.just("1.50 EUR"), st.just({"value": "1", "currency": "EUR"})),
        "sale_price": ODD,
        "quantity": ODD,
        "product_type": ODD,
        "image_link": ODD,
        "availability": ODD,
    },
)
AMOUNT = st.one_of(ODD, st.just({"amount": 510, "currency": "EUR"}), st.fixed_dictionaries({"amount": ODD}))
COST, RIVAL, LEVEL = (
    st.fixed_dictionaries(
        {"product_id": st.one_of(ODD, st.sampled_from(["p1", "p2"]))},
        optional={
            **dict.fromkeys(names, AMOUNT),
            "currency": st.one_of(ODD, st.just("EUR")),
            "competitor": st.one_of(ODD, st.just("c")),
            "in_stock": ODD,
            "url": ODD,
            "time": st.one_of(ODD, st.just("2026-10-01T10:00:00Z")),
        },
    )
    for names in (("cost",), ("price",), ("stock",))
)
BROKEN = st.sampled_from(["{", "null", "[]", '"text"', "\\ud800", "{}"])
FIRST = {
    "ga4": {"event_name": "view_item"},
    "segment": {"type": "track", "messageId": "first"},
    "canonical": {"message_id": "first", "type": "?"},
    "feed": {"id": "first", "title": ""},
    "cost": {"product_id": "", "cost": 1},
    "rival": {"product_id": "", "competitor": "c", "price": 1},
    "level": {"product_id": "", "stock": 1},
}
FILES = st.one_of(
    *(
        st.tuples(st.just(name), st.lists(st.one_of(rows, BROKEN), max_size=8))
        for name, rows in (
            *(("ga4", GA4), ("segment", SEGMENT), ("canonical", CANONICAL), ("feed", PRODUCT)),
            *(("cost", COST), ("rival", RIVAL), ("level", LEVEL)),
        )
    )
)


@given(FILES)
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_rows_in_are_rows_out_and_rows_dropped(log: EventLog, file: tuple[str, list[dict[str, Any] | str]]) -> None:
    name, rows = file
    before = log.head()
    with tempfile.TemporaryDirectory() as folder:
        # The first row tells the format, and is itself dropped.
        lines = [json.dumps(FIRST[name]), *(row if isinstance(row, str) else json.dumps(row) for row in rows)]
        (Path(folder) / "file.jsonl").write_text("\n".join(lines), encoding="utf-8")
        report = import_folder(log, Path(folder), NOW)
    assert report.balanced
    assert report.sections[0].rows_in == len(rows) + 1
    assert report.appended + report.already_known == report.sections[0].rows_out
    stored = log.read(before, 1000)
    assert len(stored) == report.appended
    for one in stored:
        # The strict types of the vocabulary check lengths, quantities, currencies and offsets.
        msgspec.json.decode(msgspec.json.encode(one.record), type=CloudEvent)
        msgspec.json.decode(one.record.data, type=RECORD_DATA[one.record.type])


@given(st.lists(st.lists(st.text(st.characters(codec="utf-8"), max_size=12), max_size=6), max_size=8))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_table_is_accounted_for(log: EventLog, rows: list[list[str]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        body = "\n".join("\t".join(row) for row in rows)
        (Path(folder) / "feed.tsv").write_text(f"id\ttitle\tprice\tquantity\n{body}\n", encoding="utf-8", newline="")
        report = import_folder(log, Path(folder), NOW)
    assert report.balanced
