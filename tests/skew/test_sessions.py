"""The table of sessions that a pipeline makes and the rows that are pushed live say the same of the same events."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from merx_core.catalogue import Product
from merx_core.events import CloudEvent, Event, EventType, Line, RecordType
from merx_core.features import names
from merx_core.features.sessions import MAX_SESSION_PRODUCTS
from merx_kit.consumers import Batch
from merx_kit.eventlog import EventLog, migrate
from merx_kit.eventlog.records import moment_of
from merx_kit.eventlog.tables import read_catalogue, read_interactions
from merx_kit.features.live_sessions import SESSION, TYPES, LiveSessions
from merx_pipelines.steps.shop_arrays import read_shop
from merx_pipelines.steps.table_columns import session_table

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
PRODUCTS = 60


def records(seed: int) -> list[CloudEvent]:
    rng = np.random.default_rng(seed)
    products = [
        Product(product_id=f"p{number}", title="Thing", category=("shop", f"leaf {number % 7}") if number % 5 else ())
        for number in range(PRODUCTS)
    ]
    made = [CloudEvent.upsert(product, "/test", START - timedelta(days=1)) for product in products]
    moment = START
    for number in range(1_500):
        moment += timedelta(seconds=float(rng.exponential(30.0)))
        lines = tuple(Line(f"p{product}") for product in rng.integers(0, PRODUCTS + 5, int(rng.integers(0, 4))))
        event = Event(
            message_id=f"m{number}",
            type=list(EventType)[rng.integers(0, len(EventType))],
            time=moment,
            anonymous_id=f"d{number % 9}",
            session_id=f"s{rng.integers(0, 40)}" if number % 6 else None,
            lines=lines,
        )
        made.append(CloudEvent.wrap(event, "/test"))
    return made


@pytest.fixture
def log(tmp_path: Path) -> EventLog:
    migrate(f"sqlite:///{tmp_path}/events.db")
    log = EventLog(f"sqlite:///{tmp_path}/events.db")
    log.append(records(seed=3))
    return log


def table_of(log: EventLog, folder: Path) -> pd.DataFrame:
    read_interactions(log).to_parquet(folder / "interactions.parquet")
    read_catalogue(log).to_parquet(folder / "catalogue.parquet")
    shop = read_shop(folder / "interactions.parquet", folder / "catalogue.parquet")
    columns = session_table(shop, START + timedelta(days=2))
    return pd.DataFrame({name: column.to_pylist() for name, column in columns.items()}).set_index(names.SESSION_KEY)


def live_of(log: EventLog, size: int) -> LiveSessions:
    """The rows after everything came in at the moment it happened, in batches of `size`."""
    sessions = LiveSessions(log)
    sessions.resume({}, 0)
    found = log.read_columns(0, 10_000, [str(kind) for kind in TYPES])
    times = [moment or 0 for moment in found.times_us]
    whole = Batch(found.offsets, found.types, found.subjects, found.times_us, times, found.data)
    for start in range(0, len(found.offsets), size):
        list(sessions.fold(whole.at(range(start, min(start + size, len(found.offsets))))))
    return sessions


class TestSessionRows:
    @pytest.mark.parametrize("size", [1, 97, 10_000])
    def test_table_and_live_rows_are_the_same(self, log: EventLog, tmp_path: Path, size: int) -> None:
        table, live = table_of(log, tmp_path), live_of(log, size)
        rows = {key.removeprefix(SESSION): row for key, row in live.sessions.items() if key.startswith(SESSION)}
        assert set(rows) == set(table.index)
        for session_id, row in rows.items():
            wanted = table.loc[session_id]
            assert row.products() == wanted["session_products"]
            assert (row.events, row.carts, len(row.categories)) == tuple(
                wanted[["session_events", "session_carts", "session_categories"]]
            )
            assert moment_of(row.last_us) == wanted["event_timestamp"]
        assert table["session_products"].map(len).max() > 5
        assert table["session_categories"].max() > 3
        assert table["session_products"].map(len).max() <= MAX_SESSION_PRODUCTS

    def test_what_the_catalogue_no_longer_lists_has_no_category(self, log: EventLog) -> None:
        gone = [
            CloudEvent(id=f"gone/{number}", source="/test", type=RecordType.PRODUCT_DELETED, subject=f"p{number}")
            for number in range(PRODUCTS)
        ]
        log.append(gone)
        sessions = LiveSessions(log)
        sessions.resume({}, log.head())
        assert sessions._leaves == {}
        sessions.resume({}, log.head() - 1)
        assert set(sessions._leaves) == {"p59"}
