"""The catalogue as an index build reads it from log, archive and snapshot."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import msgspec
import numpy as np
import pyarrow as pa
import pytest

from merx_core.catalogue import Product
from merx_core.digests import sha256_of
from merx_core.events import CloudEvent, RecordType, StockLevel
from merx_core.features import names
from merx_kit.eventlog import EventLog, archive_records, drop_records, migrate
from merx_kit.eventlog.maintenance import archive_of
from merx_kit.features import SnapshotStore
from merx_kit.features.snapshot import IN_STOCK, MONEY, TABLE, TEXTS, SnapshotManifest
from merx_kit.features.snapshot_build import _table
from merx_kit.settings import MerxSettings
from merx_pipelines.steps import index_catalogue

LATER_US = 2**62


@pytest.fixture
def settings(tmp_path: Path) -> MerxSettings:
    made = MerxSettings(home=tmp_path / "home")
    made.home.mkdir()
    migrate(made.database_url)
    return made


def append(settings: MerxSettings, *records: CloudEvent) -> None:
    with EventLog(settings.database_url) as log:
        log.append(list(records))


def upsert(product_id: str, title: str = "Tea", **more: object) -> CloudEvent:
    product = Product(product_id=product_id, title=title, **more)  # type: ignore[arg-type]
    return CloudEvent.upsert(product, "/test", datetime.now(UTC))


def record(kind: RecordType, product_id: str, data: object) -> CloudEvent:
    raw = msgspec.Raw(msgspec.json.encode(data))
    moment = datetime.now(UTC)
    return CloudEvent(id=uuid4().hex, source="/test", type=kind, time=moment, subject=product_id, data=raw)


def gone(product_id: str) -> CloudEvent:
    return record(RecordType.PRODUCT_DELETED, product_id, None)


def stock(product_id: str, left: int) -> CloudEvent:
    return record(RecordType.STOCK_LEVEL, product_id, StockLevel(product_id=product_id, stock=left))


def read(settings: MerxSettings, out: Path) -> dict[str, Product]:
    index_catalogue.run(out, settings=settings)
    return {product.product_id: product for product in index_catalogue.read_products_of(out)}


class TestProducts:
    def test_the_last_upsert_stands_and_what_was_deleted_is_gone(self, settings: MerxSettings, tmp_path: Path) -> None:
        append(settings, upsert("tea", "Black tea"), upsert("soap"), upsert("tea", "Green tea"), gone("soap"))
        found = read(settings, tmp_path / "out")
        assert {name: product.title for name, product in found.items()} == {"tea": "Green tea"}

    def test_one_that_comes_back_is_there(self, settings: MerxSettings, tmp_path: Path) -> None:
        append(settings, upsert("tea"), gone("tea"), upsert("tea", "Mint tea"))
        assert read(settings, tmp_path / "out")["tea"].title == "Mint tea"

    def test_stock_is_what_was_told_last(self, settings: MerxSettings, tmp_path: Path) -> None:
        append(settings, upsert("tea", stock=9), stock("tea", 4), stock("tea", 0), stock("nobody", 3))
        found = read(settings, tmp_path / "out")
        assert (found["tea"].stock, found["tea"].in_stock) == (0, False)
        assert "nobody" not in found

    def test_what_only_the_archive_has_is_read_too(self, settings: MerxSettings, tmp_path: Path) -> None:
        append(settings, upsert("tea", "Black tea"), upsert("soap"))
        archive = archive_of(settings)
        with EventLog(settings.database_url) as log:
            archive_records(log, archive, older_than_us=LATER_US)
            assert drop_records(log, archived=archive.last, before_us=LATER_US).records == 2
        append(settings, upsert("tea", "Green tea"))
        found = read(settings, tmp_path / "out")
        assert {name: product.title for name, product in found.items()} == {"soap": "Tea", "tea": "Green tea"}

    def test_the_head_is_that_of_the_log_so_that_reading_on_misses_nothing(
        self, settings: MerxSettings, tmp_path: Path
    ) -> None:
        append(settings, upsert("tea"), upsert("soap"))
        about = index_catalogue.run(tmp_path / "out", settings=settings)
        with EventLog(settings.database_url) as log:
            assert (about.head, about.products) == (log.head(), 2)
            append(settings, upsert("cocoa"))
            assert [each.record.subject for each in log.read(about.head, 10)] == ["cocoa"]
        assert index_catalogue.About.read(tmp_path / "out") == about

    def test_an_empty_catalogue_is_one_too(self, settings: MerxSettings, tmp_path: Path) -> None:
        assert read(settings, tmp_path / "out") == {}
        assert index_catalogue.About.read(tmp_path / "out").products == 0


class TestSales:
    def test_they_are_those_of_the_snapshot_where_anything_was_sold(
        self, settings: MerxSettings, tmp_path: Path
    ) -> None:
        publish(settings, tmp_path / "snapshot", {"tea": 7.0, "soap": 0.0, "cocoa": np.nan})
        append(settings, upsert("tea"))
        index_catalogue.run(tmp_path / "out", settings=settings)
        assert index_catalogue.read_sales(tmp_path / "out") == {"tea": 7.0}

    def test_without_a_snapshot_nothing_was_sold(self, settings: MerxSettings) -> None:
        assert index_catalogue.recent_sales(settings) == {}

    def test_the_best_sold_come_first_and_equal_ones_by_id(self) -> None:
        products = [Product(product_id=name, title="T") for name in ("d", "c", "b", "a")]
        ordered = index_catalogue.by_sales(products, {"c": 5.0, "d": 1.0})
        assert [product.product_id for product in ordered] == ["c", "d", "a", "b"]


def publish(settings: MerxSettings, folder: Path, sold: dict[str, float]) -> None:
    """A product snapshot that knows sales alone."""
    folder.mkdir()
    unknown = [np.nan] * len(sold)
    values: dict[str, Sequence[object]] = {name: list(unknown) for name in (*names.PRODUCT_COLUMNS, *MONEY, IN_STOCK)}
    values |= {name: [None] * len(sold) for name in (*TEXTS, "together_ids", "together_weights")}
    values["sales_28d"] = list(sold.values())
    table = _table(list(sold), values)
    with pa.OSFile(str(folder / TABLE), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)
    SnapshotManifest(
        version="20261101T000000000000Z-test",
        as_of=0.0,
        created=0.0,
        feature_service="test",
        feature_service_hash="test",
        products=len(sold),
        columns=names.PRODUCT_COLUMNS,
        sha256=sha256_of(folder / TABLE),
    ).write(folder)
    SnapshotStore(settings.artefacts_url, settings.home / "publisher").publish(folder)
