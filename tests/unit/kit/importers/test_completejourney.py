from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pandas as pd
import pytest

from merx_core.catalogue import Product
from merx_core.events import Channel, CloudEvent, Event, EventType, Line, RecordType
from merx_core.money import Money
from merx_kit.eventlog import EventLog
from merx_kit.eventlog.tables import read_catalogue, read_interactions
from merx_kit.importers import CleaningReport
from merx_kit.importers.completejourney import JourneyOptions, import_completejourney, read_frames

PLAIN = JourneyOptions()
TIME = pd.Timestamp("2017-03-01 12:00:00")


def transactions(*rows: dict[str, Any]) -> pd.DataFrame:
    usual = {
        "household_id": 7,
        "store_id": 330,
        "basket_id": 100,
        "product_id": 1,
        "quantity": 1,
        "sales_value": 2.0,
        "retail_disc": 0.0,
        "coupon_disc": 0.0,
        "coupon_match_disc": 0.0,
        "week": 9,
        "transaction_timestamp": TIME,
    }
    return pd.DataFrame([{**usual, **row} for row in rows])


def products(*rows: dict[str, Any]) -> pd.DataFrame:
    usual = {
        "product_id": 1,
        "manufacturer_id": 69,
        "department": "GROCERY",
        "brand": "Private",
        "product_category": "FRUIT - SHELF STABLE",
        "product_type": "APPLE SAUCE",
        "package_size": "50 OZ",
    }
    return pd.DataFrame([{**usual, **row} for row in rows])


class Read:
    """Everything that a small year gives."""

    def __init__(self, lines: pd.DataFrame, catalogue: pd.DataFrame, options: JourneyOptions = PLAIN) -> None:
        self.report = CleaningReport("test")
        self.total, batches = read_frames(lines, catalogue, report=self.report, options=options)
        self.records: list[CloudEvent] = [record for batch in batches for record in batch]

    @property
    def events(self) -> list[Event]:
        return [msgspec.json.decode(one.data, type=Event) for one in self.records if one.type == RecordType.EVENT]

    @property
    def products(self) -> list[Product]:
        upserts = [one for one in self.records if one.type == RecordType.PRODUCT_UPSERTED]
        return [msgspec.json.decode(one.data, type=Product) for one in upserts]


class TestPurchases:
    def test_basket_is_one_purchase(self) -> None:
        lines = transactions(
            {"product_id": 1}, {"product_id": 2, "quantity": 2, "sales_value": 5.0}, {"basket_id": 101}
        )
        read = Read(lines, products({}, {"product_id": 2}))
        first, second = read.events
        assert first.type is EventType.PURCHASE
        assert (first.order_id, first.customer_id, first.channel) == ("100", "7", Channel.SHOP)
        assert first.time == datetime(2017, 3, 1, 12, tzinfo=UTC)
        assert first.lines == (Line("1", 1, Money(200, "USD")), Line("2", 2, Money(250, "USD")))
        assert second.order_id == "101"
        assert read.total == len(read.records) == 4

    def test_price_is_what_the_shopper_paid_and_discount_what_came_off(self) -> None:
        row = {"quantity": 2, "sales_value": 4.0, "retail_disc": 1.0, "coupon_disc": 0.5, "coupon_match_disc": 0.5}
        (event,) = Read(transactions(row), products({})).events
        # Shelf 4.50 + loyalty 1.00 = 5.50 for two; paid 3.50.
        assert event.lines == (Line("1", 2, Money(175, "USD"), Money(100, "USD")),)

    def test_baskets_come_in_order_of_time(self) -> None:
        later = {"basket_id": 1, "transaction_timestamp": TIME + pd.Timedelta(hours=1)}
        assert [event.order_id for event in Read(transactions(later, {}), products({})).events] == ["100", "1"]

    def test_petrol_counts_as_one_filling(self) -> None:
        read = Read(
            transactions({"quantity": 8725, "sales_value": 20.06}), products({"product_type": "GASOLINE-REG UNLEADED"})
        )
        assert read.events[0].lines == (Line("1", 1, Money(2006, "USD")),)
        assert read.products[0].price == Money(2006, "USD")
        assert read.report.sections[0].adjusted["measured_by_volume_one_unit"].count == 1

    def test_coupon_above_the_value_is_paid_with_nothing(self) -> None:
        read = Read(transactions({"sales_value": 1.0, "coupon_disc": 1.5}), products({}))
        assert read.events[0].lines[0].price == Money(0, "USD")
        assert read.report.sections[0].adjusted["coupon_above_value_paid_nothing"].count == 1


class TestCleaning:
    def test_each_wrong_line_is_named(self) -> None:
        lines = transactions(
            {},
            {"quantity": 0},
            {"quantity": -1},
            {"sales_value": -1.0},
            {"sales_value": float("nan")},
            {"household_id": None},
            {"product_id": None},
            {"transaction_timestamp": pd.NaT},
        )
        read = Read(lines, products({}))
        assert read.report.dropped == {
            "quantity_not_positive": 2,
            "negative_price": 1,
            "bad_price": 1,
            "no_shopper": 1,
            "no_product": 1,
            "bad_time": 1,
        }
        assert read.report.balanced
        assert len(read.events) == 1

    def test_ids_stay_whole_numbers_beside_missing_ones(self) -> None:
        read = Read(transactions({}, {"household_id": None, "product_id": None}), products({}))
        assert (read.events[0].customer_id, read.events[0].lines[0].product_id) == ("7", "1")


class TestTime:
    def test_shift_ends_less_than_a_week_before_the_moment(self) -> None:
        moment = datetime(2026, 11, 23, 22, 0, tzinfo=UTC)
        read = Read(transactions({}), products({}), JourneyOptions(shift_to=moment))
        gap = moment - read.events[0].time
        assert timedelta(0) <= gap < timedelta(weeks=1)
        assert (read.events[0].time - datetime(2017, 3, 1, 12, tzinfo=UTC)) % timedelta(weeks=1) == timedelta(0)
        assert read.report.settings["shift_weeks"] == str((read.events[0].time - TIME.tz_localize(UTC)).days // 7)

    def test_shift_changes_no_record_id(self) -> None:
        plain = Read(transactions({}), products({}))
        shifted = Read(transactions({}), products({}), JourneyOptions(shift_weeks=400))
        assert [one.id for one in plain.records] == [one.id for one in shifted.records]

    def test_cut_keeps_what_was_before_and_knows_no_later_price(self) -> None:
        late = {"basket_id": 101, "sales_value": 9.0, "transaction_timestamp": TIME + pd.Timedelta(days=3)}
        cut = JourneyOptions(before=datetime(2017, 3, 2, tzinfo=UTC))
        read = Read(transactions({}, late), products({}), cut)
        assert len(read.events) == 1
        assert read.products[0].price == Money(200, "USD")
        assert read.report.dropped == {"not_before_cut": 1}
        assert read.report.balanced

    def test_cut_before_everything_leaves_the_catalogue(self) -> None:
        read = Read(transactions({}), products({}), JourneyOptions(before=datetime(2016, 1, 1, tzinfo=UTC)))
        assert (len(read.events), len(read.products)) == (0, 1)


class TestAgain:
    def test_second_import_appends_nothing(self, log: EventLog) -> None:
        log.append(Read(transactions({}, {"basket_id": 101}), products({})).records)
        moved = JourneyOptions(shift_weeks=12)
        again = log.append(Read(transactions({}, {"basket_id": 101}), products({}), moved).records)
        assert (len(again.offsets), again.duplicates) == (0, 3)


class TestTitles:
    @pytest.mark.parametrize(
        ("row", "title"),
        [
            ({}, "Apple sauce, private label, 50 OZ"),
            ({"brand": "National"}, "Apple sauce, 50 OZ"),
            ({"package_size": None}, "Apple sauce, private label"),
            ({"product_type": None}, "Fruit - shelf stable, private label, 50 OZ"),
            ({"product_type": None, "product_category": None}, "Grocery item, private label, 50 OZ"),
        ],
    )
    def test_title_says_what_is_known_and_no_more(self, row: dict[str, Any], title: str) -> None:
        (product,) = Read(transactions({}), products(row)).products
        assert product.title == title

    def test_category_is_a_path_without_holes(self) -> None:
        (product,) = Read(transactions({}), products({"product_category": "CHRISTMAS  SEASONAL"})).products
        assert product.category == ("GROCERY", "CHRISTMAS SEASONAL", "APPLE SAUCE")
        assert (product.brand, product.attributes) == ("Private 69", {"label": "Private", "package_size": "50 OZ"})

    def test_product_that_was_never_sold_has_no_price(self) -> None:
        read = Read(transactions({}), products({}, {"product_id": 2}))
        assert [product.price for product in read.products] == [Money(200, "USD"), None]


class TestRealYear:
    def test_first_week_arrives_whole(self, log: EventLog) -> None:
        first_week = JourneyOptions(before=datetime(2017, 1, 8, tzinfo=UTC))
        report = import_completejourney(log, first_week)
        assert report.balanced
        assert report.sections[0].rows_in == 1_469_307
        assert report.sections[1].rows_out == 92_331
        lines = read_interactions(log)
        assert len(lines) == report.sections[0].rows_out
        assert report.appended == 92_331 + lines["order_id"].nunique()
        assert len(read_catalogue(log)) == 92_331

    @pytest.mark.slow
    def test_whole_year(self, log: EventLog) -> None:
        report = import_completejourney(log)
        assert report.dropped == {"quantity_not_positive": 8_869}
        lines = read_interactions(log)
        assert len(lines) == 1_460_438
        assert lines["profile_id"].nunique() == 2_469
        again = import_completejourney(log)
        assert (again.appended, again.already_known) == (0, report.appended)
