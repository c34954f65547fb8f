"""Files of costs, competitors' prices and stock levels."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from merx_core.events import CompetitorPrice, CostChange, RecordType, StockLevel
from merx_core.money import Money
from merx_kit.eventlog import EventLog
from merx_kit.eventlog.tables import read_products
from merx_kit.importers import FileFormat, FolderOptions, UnknownFormat, detect, import_folder
from tests.unit.kit.importers.reading import NOW, write_lines

EURO = FolderOptions("EUR", NOW.now)
EARLIER = "2026-11-20T08:00:00Z"
COST: dict[str, Any] = {"product_id": "p1", "cost": "5.10", "currency": "EUR"}
RIVAL: dict[str, Any] = {"product_id": "p1", "competitor": "mugs.example", "price": "12.99", "currency": "EUR"}
STOCK: dict[str, Any] = {"product_id": "p1", "stock": "7"}


def write_table(path: Path, rows: list[dict[str, Any]], delimiter: str = ",") -> None:
    names = list(dict.fromkeys(name for row in rows for name in row))
    lines = [delimiter.join(names), *(delimiter.join(str(row.get(name, "")) for name in names) for row in rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def write(path: Path, rows: list[dict[str, Any]]) -> None:
    (write_table if path.suffix == ".csv" else write_lines)(path, rows)


def records(log: EventLog) -> list[Any]:
    types: dict[str, Any] = {
        RecordType.STOCK_LEVEL: StockLevel,
        RecordType.COST_CHANGED: CostChange,
        RecordType.COMPETITOR_PRICE: CompetitorPrice,
    }
    stored = log.read(0, 10_000, types=list(types))
    return [msgspec.json.decode(one.record.data, type=types[one.record.type]) for one in stored]


class TestDetection:
    @pytest.mark.parametrize(
        ("header", "found"),
        [
            ("product_id,cost,currency", FileFormat.COST_TABLE),
            ("\ufeffProduct ID;Cost", FileFormat.COST_TABLE),
            ("product_id\tcompetitor\tprice\tcurrency\tin_stock\turl\ttime", FileFormat.COMPETITOR_TABLE),
            ("product_id,stock", FileFormat.STOCK_TABLE),
            ("product_id,in_stock,time", FileFormat.STOCK_TABLE),
            ("id,title,price", FileFormat.MERCHANT_TABLE),
        ],
    )
    def test_a_table_is_known_by_its_header(self, shop: Path, header: str, found: FileFormat) -> None:
        (shop / "file").write_text(f"{header}\n", encoding="utf-8")
        assert detect(shop / "file") is found

    @pytest.mark.parametrize(
        ("row", "found"),
        [
            (COST, FileFormat.COST_JSON),
            ({"productId": "p1", "cost": {"amount": 510, "currency": "EUR"}}, FileFormat.COST_JSON),
            (RIVAL, FileFormat.COMPETITOR_JSON),
            (STOCK, FileFormat.STOCK_JSON),
        ],
    )
    def test_lines_are_known_by_their_names(self, shop: Path, row: dict[str, Any], found: FileFormat) -> None:
        write_lines(shop / "file", [row])
        assert detect(shop / "file") is found

    @pytest.mark.parametrize("header", ["product_id,title,price,stock", "product_id,cost,stock", "cost,currency"])
    def test_what_tells_more_than_one_thing_is_in_no_format(self, shop: Path, header: str) -> None:
        (shop / "file").write_text(f"{header}\n")
        with pytest.raises(UnknownFormat, match="costs"):
            detect(shop / "file")


class TestTable:
    @pytest.mark.parametrize("delimiter", [",", ";", "\t"])
    def test_row_becomes_a_record(self, log: EventLog, shop: Path, delimiter: str) -> None:
        write_table(shop / "costs.csv", [COST, {**COST, "product_id": "p2", "currency": "jpy", "cost": 700}], delimiter)
        write_table(shop / "levels.csv", [STOCK, {"product_id": "p2", "in_stock": "no", "time": EARLIER}], delimiter)
        rival = {**RIVAL, "in_stock": "true", "url": "https://mugs.example/1", "time": "2026-11-20T09:00:00+01:00"}
        write_table(shop / "rivals.csv", [rival], delimiter)
        report = import_folder(log, shop, NOW)
        assert records(log) == [
            CostChange(product_id="p1", cost=Money(510, "EUR")),
            CostChange(product_id="p2", cost=Money(700, "JPY")),
            StockLevel(product_id="p1", stock=7),
            StockLevel(product_id="p2", in_stock=False),
            CompetitorPrice(
                product_id="p1",
                competitor="mugs.example",
                price=Money(1299, "EUR"),
                in_stock=True,
                url="https://mugs.example/1",
            ),
        ]
        assert report.balanced
        assert not report.dropped
        *_, last = log.read(0, 10)
        assert last.record.time == datetime(2026, 11, 20, 8, tzinfo=UTC)
        assert last.record.subject == "p1"

    def test_amounts_are_exact(self, log: EventLog, shop: Path) -> None:
        amounts = [("0.29", "EUR"), ("1.005", "KWD"), ("9007199254740993", "JPY"), ("0", "EUR"), ("4", "EUR")]
        write_table(shop / "costs.csv", [{**COST, "cost": cost, "currency": code} for cost, code in amounts])
        report = import_folder(log, shop, NOW)
        made = [change.cost for change in records(log)]
        assert made == [Money(29, "EUR"), Money(1005, "KWD"), Money(0, "EUR"), Money(400, "EUR")]
        assert report.dropped == {"bad_price": 1}

    def test_a_quoted_value_may_hold_the_delimiter(self, log: EventLog, shop: Path) -> None:
        (shop / "rivals.csv").write_text('product_id,competitor,price,currency\np1,"Mugs, and more",9.50,EUR\n')
        import_folder(log, shop, NOW)
        assert records(log)[0].competitor == "Mugs, and more"

    def test_a_time_without_an_offset_is_utc_and_a_column_too_many_is_told(self, log: EventLog, shop: Path) -> None:
        write_table(shop / "costs.csv", [{**COST, "time": "2026-11-20 08:00", "supplier": "Kumo"}])
        (section,) = import_folder(log, shop, NOW).sections
        assert {name: rule.count for name, rule in section.adjusted.items()} == {
            "time_without_offset_read_as_utc": 1,
            "unknown_field_left_out": 1,
        }
        assert log.read(0, 1)[0].record.time == datetime(2026, 11, 20, 8, tzinfo=UTC)


class TestLines:
    def test_flat_and_in_the_shapes_of_the_door(self, log: EventLog, shop: Path) -> None:
        door = {"amount": 510, "currency": "EUR"}
        write_lines(shop / "costs.jsonl", [{**COST, "cost": 5.1}, {"product_id": "p1", "cost": door, "time": EARLIER}])
        write_lines(shop / "levels.jsonl", [{"product_id": 1042, "stock": 7, "in_stock": True, "time": None}])
        write_lines(shop / "rivals.jsonl", [RIVAL, {"product_id": "p1", "competitor": "c", "price": door, "url": ""}])
        assert not import_folder(log, shop, NOW).dropped
        cost, same_cost, level, *rivals = records(log)
        assert cost == same_cost == CostChange(product_id="p1", cost=Money(510, "EUR"))
        assert level == StockLevel(product_id="1042", stock=7, in_stock=True)
        assert [rival.price.amount for rival in rivals] == [1299, 510]


class TestCurrency:
    @pytest.mark.parametrize("name", ["costs.csv", "costs.jsonl"])
    def test_the_shops_own_stands_in(self, log: EventLog, shop: Path, name: str) -> None:
        write(shop / name, [{**COST, "currency": ""}, {**COST, "currency": "USD"}])
        import_folder(log, shop, EURO)
        assert [change.cost.currency for change in records(log)] == ["EUR", "USD"]

    def test_it_stands_in_for_an_amount_in_minor_units(self, log: EventLog, shop: Path) -> None:
        write_lines(shop / "costs.jsonl", [{"product_id": "p1", "cost": {"amount": 510}}])
        import_folder(log, shop, EURO)
        assert records(log)[0].cost == Money(510, "EUR")


class TestRules:
    @pytest.mark.parametrize("ending", ["csv", "jsonl"])
    @pytest.mark.parametrize(
        ("row", "rule"),
        [
            ({**COST, "cost": "-5.10"}, "negative_price"),
            ({**COST, "cost": "cheap"}, "bad_price"),
            ({**COST, "cost": "NaN"}, "bad_price"),
            ({**COST, "cost": "1e300"}, "bad_price"),
            ({**COST, "cost": ""}, "wrong_shape"),
            ({**COST, "currency": ""}, "no_currency"),
            ({**COST, "currency": "MOO"}, "unknown_currency"),
            ({**COST, "product_id": ""}, "no_product"),
            ({**COST, "product_id": "p" * 129}, "too_long"),
            ({**COST, "time": "2027-01-01T00:00:00Z"}, "future_time"),
            ({**COST, "time": "last week"}, "bad_time"),
            ({**RIVAL, "price": "0"}, "price_not_positive"),
            ({**RIVAL, "price": "-1"}, "negative_price"),
            ({**RIVAL, "price": "much"}, "bad_price"),
            ({**RIVAL, "currency": ""}, "no_currency"),
            ({**RIVAL, "competitor": ""}, "wrong_shape"),
            ({**RIVAL, "in_stock": "perhaps"}, "wrong_shape"),
            ({**STOCK, "stock": "-1"}, "negative_stock"),
            ({**STOCK, "stock": "1.5"}, "bad_stock"),
            ({**STOCK, "stock": "many"}, "bad_stock"),
            ({**STOCK, "stock": ""}, "no_stock"),
            ({**STOCK, "product_id": ""}, "no_product"),
        ],
    )
    def test_a_refused_row_is_counted_under_its_rule_with_an_example(
        self, log: EventLog, shop: Path, ending: str, row: dict[str, Any], rule: str
    ) -> None:
        good = next(one for one in (COST, RIVAL, STOCK) if one.keys() <= row.keys())
        write(shop / f"file.{ending}", [row, good])
        report = import_folder(log, shop, NOW)
        assert report.dropped == {rule: 1}
        assert report.balanced
        assert len(records(log)) == 1
        (example,) = report.sections[0].dropped[rule].examples
        assert "p1" in example or "product_id" in example or "ppp" in example

    def test_rows_that_are_no_rows_are_named(self, log: EventLog, shop: Path) -> None:
        (shop / "costs.csv").write_bytes(b"product_id,cost,currency\np1,1,EUR,x,y\nCaf\xe9,1,EUR\n")
        write_lines(shop / "costs.jsonl", [json.dumps(COST), "{", "[]", json.dumps({**COST, "cost": [1]})])
        report = import_folder(log, shop, NOW)
        assert report.dropped == {"wrong_columns": 1, "not_utf8": 1, "not_json": 1, "wrong_shape": 1, "bad_price": 1}


class TestAgain:
    @pytest.mark.parametrize("name", ["file.csv", "file.jsonl"])
    @pytest.mark.parametrize("row", [COST, RIVAL, STOCK])
    def test_the_same_file_appends_nothing(self, log: EventLog, shop: Path, name: str, row: dict[str, Any]) -> None:
        write(shop / name, [row, {**row, "product_id": "p2"}, {**row, "time": EARLIER}])
        assert import_folder(log, shop, NOW).appended == 3
        again = import_folder(log, shop, NOW)
        assert (again.appended, again.already_known) == (0, 3)

    def test_a_row_with_a_time_is_known_in_any_file(self, log: EventLog, shop: Path) -> None:
        write(shop / "a.csv", [{**COST, "time": EARLIER}])
        write(shop / "b.jsonl", [{"product_id": "p1", "cost": {"amount": 510, "currency": "EUR"}, "time": EARLIER}])
        assert import_folder(log, shop, NOW).appended == 1

    def test_a_cost_that_goes_back_is_taken_back(self, log: EventLog, shop: Path) -> None:
        for hour, cost in ((1, "5"), (2, "4"), (3, "5")):
            write(shop / "costs.csv", [{**COST, "cost": cost}])
            moment = datetime(2026, 11, 1, hour, tzinfo=UTC).timestamp()
            os.utime(shop / "costs.csv", (moment, moment))
            assert import_folder(log, shop, NOW).appended == 1

    def test_the_last_row_of_a_product_holds(self, log: EventLog, shop: Path) -> None:
        (shop / "a-feed.csv").write_text("id,title,price\np1,Mug,12.99 EUR\n")
        write(shop / "costs.csv", [{**COST, "cost": cost} for cost in ("5", "4", "5")])
        write(shop / "a-stock.csv", [STOCK])
        import_folder(log, shop, NOW)
        (product,) = read_products(log)
        assert (product.cost, product.stock) == (Money(500, "EUR"), 7)
