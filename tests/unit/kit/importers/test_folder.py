import json
from pathlib import Path
from typing import Any

import pytest

from merx_core.events import Channel, CloudEvent, Event, EventType, Line, RecordType
from merx_core.money import Money
from merx_kit.eventlog import EventLog
from merx_kit.eventlog.tables import read_catalogue, read_interactions
from merx_kit.importers import NothingToImport, UnknownFormat, import_folder
from tests.unit.kit.importers.reading import NOW, events, products, write_lines

MADE_UP_SHOP = Path("docs/tutorials/shop")
EVENT = {
    "message_id": "m1",
    "type": "purchase",
    "time": "2026-10-01T10:00:00Z",
    "customer_id": "c1",
    "channel": "mini_program",
    "order_id": "o1",
    "lines": [{"product_id": "p1", "quantity": 2, "price": {"amount": 1299, "currency": "EUR"}}],
    "properties": {"till": 3},
}


class TestCanonical:
    def test_event_is_taken_as_it_is(self, log: EventLog, shop: Path) -> None:
        write_lines(shop / "events.jsonl", [EVENT])
        import_folder(log, shop, NOW)
        (event,) = events(log)
        assert (event.type, event.channel, event.properties) == (EventType.PURCHASE, Channel.MINI_PROGRAM, {"till": 3})
        assert event.lines == (Line("p1", 2, Money(1299, "EUR")),)

    def test_envelope_names_the_occurrence(self, log: EventLog, shop: Path) -> None:
        records: list[dict[str, Any]] = [
            {"specversion": "1.0", "id": "e1", "source": "/till", "type": RecordType.EVENT, "data": EVENT},
            {
                "specversion": "1.0",
                "id": "u1",
                "source": "/pim",
                "type": RecordType.PRODUCT_UPSERTED,
                "data": {"product_id": "p1", "title": "Mug"},
            },
            {"specversion": "1.0", "id": "u2", "source": "/pim", "type": RecordType.PRODUCT_UPSERTED, "data": {"x": 1}},
            {
                "specversion": "1.0",
                "id": "d1",
                "source": "/pim",
                "type": RecordType.PRODUCT_DELETED,
                "subject": "p9",
            },
            {"specversion": "1.0", "id": "x1", "source": "/else", "type": "something.else"},
        ]
        write_lines(shop / "records.jsonl", records)
        report = import_folder(log, shop, NOW)
        stored = [(one.record.source, one.record.id, one.record.subject) for one in log.read(0, 10)]
        assert sorted(stored) == [("/pim", "d1", "p9"), ("/pim", "u1", "p1"), ("/till", "e1", "c1")]
        assert report.dropped == {"wrong_shape": 1, "unknown_event": 1}

    def test_every_wrong_event_is_named(self, log: EventLog, shop: Path) -> None:
        line = {"product_id": "p1", "quantity": 1}
        rows = [
            {**EVENT, "type": "teleport"},
            {**EVENT, "channel": "pigeon"},
            {**EVENT, "message_id": ""},
            {**EVENT, "lines": [{**line, "price": {"amount": 12.5, "currency": "EUR"}}]},
            {**EVENT, "message_id": "m2", "lines": [{**line, "price": {"amount": -1, "currency": "EUR"}}, line]},
        ]
        write_lines(shop / "events.jsonl", rows)
        report = import_folder(log, shop, NOW)
        assert report.dropped == {"unknown_event": 2, "no_message_id": 1, "negative_price": 1}
        assert report.balanced


class TestFolder:
    def test_made_up_shop_arrives(self, log: EventLog) -> None:
        seen: list[tuple[int, int | None]] = []
        report = import_folder(log, MADE_UP_SHOP, NOW, progress=lambda done, total: seen.append((done, total)))
        assert report.balanced
        assert len(read_catalogue(log)) == 30
        lines = read_interactions(log)
        assert set(lines["event_type"]) == {"view_item", "add_to_cart", "purchase"}
        assert lines["profile_id"].nunique() == 120
        assert set(lines["channel"]) == {"web", "app"}
        assert report.dropped == {
            "not_commerce": 1,
            "no_shopper": 1,
            "no_valid_lines": 1,
            "quantity_not_positive": 1,
            "duplicate_message_id": 1,
            "bad_time": 1,
        }
        assert seen[-1] == (report.appended, None)

    def test_made_up_shop_again_appends_nothing(self, log: EventLog) -> None:
        first = import_folder(log, MADE_UP_SHOP, NOW)
        again = import_folder(log, MADE_UP_SHOP, NOW)
        assert (again.appended, again.already_known) == (0, first.appended)

    def test_unknown_file_stops_everything_before_it_begins(self, log: EventLog, shop: Path) -> None:
        write_lines(shop / "events.jsonl", [EVENT])
        (shop / "notes.dat").write_text("Call the supplier on Monday.\n")
        with pytest.raises(UnknownFormat, match=r"notes\.dat .* begins with 'Call the supplier"):
            import_folder(log, shop, NOW)
        assert log.head() == 0

    @pytest.mark.parametrize(
        "content", ["<html><body/></html>", '{"hello": "world"}', "[1, 2, 3]", "\x00\x01\x02", "a\tb\n"]
    )
    def test_other_content_is_unknown(self, log: EventLog, shop: Path, content: str) -> None:
        (shop / "file").write_text(content)
        with pytest.raises(UnknownFormat):
            import_folder(log, shop, NOW)

    def test_format_is_told_by_content_not_by_name(self, log: EventLog, shop: Path) -> None:
        (shop / "export.json").write_text("id\ttitle\np1\tMug\n")
        write_lines(shop / "catalogue.tsv", [EVENT])
        import_folder(log, shop, NOW)
        assert (len(products(log)), len(events(log))) == (1, 1)

    def test_first_line_may_be_broken(self, log: EventLog, shop: Path) -> None:
        write_lines(shop / "events.jsonl", ['{"message_id": "cut of', EVENT])
        assert import_folder(log, shop, NOW).dropped == {"not_json": 1}

    def test_missing_and_empty_folders_say_so(self, log: EventLog, shop: Path) -> None:
        with pytest.raises(NothingToImport, match="is not a folder"):
            import_folder(log, shop / "missing", NOW)
        (shop / "README.md").write_text("# A shop\n")
        (shop / ".hidden").write_text("x")
        (shop / "empty.jsonl").write_text("")
        with pytest.raises(NothingToImport, match="no catalogue feed and no event file"):
            import_folder(log, shop, NOW)


class TestReport:
    def test_is_written_for_machines_and_for_people(self, log: EventLog, shop: Path) -> None:
        write_lines(shop / "events.jsonl", [EVENT, {**EVENT, "type": "teleport"}])
        report = import_folder(log, shop, NOW)
        report.write(shop / "out")
        written = json.loads((shop / "out" / "cleaning_report.json").read_text())
        assert (written["rows_in"], written["rows_out"], written["dropped"]) == (3, 2, {"unknown_event": 1})
        assert written["sections"][0]["dropped"]["unknown_event"]["examples"][0].startswith('{"message_id": "m1"')
        text = (shop / "out" / "cleaning_report.txt").read_text()
        assert "events.jsonl: events: 2 rows in, 1 out" in text
        assert "dropped 1: unknown_event" in text

    def test_examples_are_few_and_short(self, log: EventLog, shop: Path) -> None:
        write_lines(shop / "events.jsonl", [EVENT, *({**EVENT, "type": "x" * 900} for _ in range(50))])
        rule = import_folder(log, shop, NOW).sections[0].dropped["unknown_event"]
        assert rule.count == 50
        assert len(rule.examples) == 3
        assert max(map(len, rule.examples)) <= 200


def test_records_decode_as_the_contract_says(log: EventLog) -> None:
    import_folder(log, MADE_UP_SHOP, NOW)
    for stored in log.read(0, 2000):
        assert isinstance(stored.record, CloudEvent)
        assert stored.record.subject
    assert all(isinstance(event, Event) and event.time.tzinfo for event in events(log))
