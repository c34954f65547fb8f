"""Files through the door: kept, imported by a process beside the service, and told about."""

import gzip
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from merx_core.contracts.intake import ImportJob, ImportState
from merx_core.events import CompetitorPrice, RecordType
from merx_core.money import Money
from merx_intake.adapters.import_jobs import SqlImportJobs
from merx_intake.adapters.import_process import Order, carry_out
from merx_kit.eventlog import EventLog, migrate
from tests.integration.intake.running import Intake, feed, products_in, until

ONE_BAD_ROW = b"id\ttitle\tprice\tavailability\nt1\tTeapot\t24.90 EUR\tin_stock\nt2\tTea cosy\tmuch\tin_stock\n"
RIVALS = b"""product_id;competitor;price;currency;in_stock;url;time
r1;mugs.example;12.49;EUR;true;https://mugs.example/1;2026-01-02T09:00:00Z
r2;mugs.example;9.00;;;;2026-01-02T10:00:00+01:00
r1;cups.example;0;EUR;;;2026-01-02T09:00:00Z
"""
RSS_THAT_BREAKS_OFF = b"<rss><channel><item><id>x1</id><title>Teapot</title></item><item>"


def spooled(intake: Intake, job_id: str) -> Path:
    return intake.home / "imports" / job_id


class TestImport:
    def test_feed_is_in_the_log_and_its_report_tells_what_was_dropped(self, shared: Intake) -> None:
        taken = shared.upload(ONE_BAD_ROW, key="one-bad-row")
        assert taken.status_code == 202
        job: dict[str, Any] = taken.json()
        assert taken.headers["location"] == f"/v1/imports/{job['id']}"
        assert (job["state"], job["file_name"], job["bytes"]) == ("queued", "feed.tsv", len(ONE_BAD_ROW))
        ended = shared.ended(job["id"])
        report = ended["report"]
        assert (ended["state"], ended["records"]) == ("done", 1)
        assert (report["rows_in"], report["rows_out"], report["dropped"]) == (2, 1, {"bad_price": 1})
        example = report["sections"][0]["dropped"]["bad_price"]["examples"][0]
        assert example == "product 't2', title 'Tea cosy', price 'much' "
        held = products_in(shared.database_url)
        assert "t1" in held
        assert "t2" not in held
        until(lambda: not spooled(shared, job["id"]).exists())

    def test_same_upload_under_the_same_key_is_the_same_job(self, shared: Intake) -> None:
        content = b"id\ttitle\ntwice\tTeapot\n"
        first, again = (shared.upload(content, key="twice", name="twice.tsv") for _ in range(2))
        shared.ended(first.json()["id"])
        after = shared.upload(content, key="twice", name="twice.tsv")
        assert {first.json()["id"]} == {again.json()["id"], after.json()["id"]}
        assert [one.headers.get("idempotent-replayed") for one in (first, again, after)] == [None, "true", "true"]
        listed = shared.ask("GET", "/v1/imports").json()["imports"]
        assert [one["file_name"] for one in listed].count("twice.tsv") == 1
        assert products_in(shared.database_url).count("twice") == 1

    def test_competitors_prices_are_in_the_log_once(self, shared: Intake) -> None:
        jobs = [
            shared.ended(shared.upload(RIVALS, key=key, name="rivals.csv").json()["id"]) for key in ("rivals", "again")
        ]
        assert [job["report"]["dropped"] for job in jobs] == [{"price_not_positive": 1}] * 2
        assert [job["report"]["appended"] for job in jobs] == [2, 0]
        example = jobs[0]["report"]["sections"][0]["dropped"]["price_not_positive"]["examples"][0]
        assert example.startswith("product_id 'r1', competitor 'cups.example', price '0'")
        with EventLog(shared.database_url) as log:
            records = [stored.record for stored in log.read(0, 10, types=[RecordType.COMPETITOR_PRICE])]
        seen = datetime(2026, 1, 2, 9, tzinfo=UTC)
        assert [(record.subject, record.time) for record in records] == [("r1", seen), ("r2", seen)]
        assert [msgspec.json.decode(record.data, type=CompetitorPrice) for record in records] == [
            CompetitorPrice(
                product_id="r1",
                competitor="mugs.example",
                price=Money(1249, "EUR"),
                in_stock=True,
                url="https://mugs.example/1",
            ),
            CompetitorPrice(product_id="r2", competitor="mugs.example", price=Money(900, "EUR")),
        ]


class TestDamagedFile:
    @pytest.mark.parametrize(
        ("name", "content", "reason"),
        [
            ("feed.tsv.gz", gzip.compress(feed(1_000))[:-40], "feed.tsv.gz is in no format that Merx knows"),
            ("feed.xml", RSS_THAT_BREAKS_OFF, "feed.xml: the XML breaks off"),
        ],
    )
    def test_import_fails_and_names_the_reason(self, shared: Intake, name: str, content: bytes, reason: str) -> None:
        job = shared.ended(shared.upload(content, key=name, name=name).json()["id"])
        assert job["state"] == "failed"
        assert job["error"].startswith(reason)
        assert str(shared.home) not in job["error"]


class TestDoneImport:
    def test_it_is_left_as_it_is_by_a_process_that_comes_late(self, tmp_path: Path) -> None:
        url, path = f"sqlite:///{tmp_path}/events.db", tmp_path / "feed.tsv"
        migrate(url)
        path.write_bytes(feed(3))
        order = Order(url, "job", str(path), "EUR")
        queued = ImportJob(id="job", state=ImportState.QUEUED, file_name=path.name, bytes=1, created=datetime.now(UTC))
        with EventLog(url) as log:
            jobs = SqlImportJobs(log)
            jobs.add(queued)
            assert carry_out(order) == 0
            done = jobs.get("job")
            assert carry_out(order) == 0
            assert done is not None
            assert done.state is ImportState.DONE
            assert jobs.get("job") == done


class TestKilledImport:
    def test_it_has_failed_and_the_next_file_is_imported(self, shared: Intake) -> None:
        with EventLog(shared.database_url) as log:
            before = log.head()
            killed = shared.upload(feed(20_000), key="killed").json()["id"]
            following = shared.upload(b"id\ttitle\nnext\tTeapot\n", key="next").json()["id"]
            # Only now is the import at work surely this one, and not the one of before that has just ended.
            until(lambda: log.head() > before)
        shared.child().kill()
        job = shared.ended(killed)
        assert job["state"] == "failed"
        assert "signal 9" in job["error"]
        assert shared.ended(following)["state"] == "done"
        assert "next" in products_in(shared.database_url)
        until(lambda: not spooled(shared, killed).exists())
