"""A database that is away when the service starts, and goes away under it: told as it is, and waited for."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from benchmarks.killed_servers import KilledPostgres
from benchmarks.service_process import free_port
from merx_kit.eventlog import EventLog
from tests.integration.intake.running import Intake, events_in, feed, products_in, until
from tests.integration.intake.test_batches import event

PRODUCTS = 10_000


def assert_away(answer: httpx.Response) -> None:
    assert answer.status_code == 503, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert int(answer.headers["retry-after"]) >= 1
    assert answer.json()["code"] == "log_unavailable"


def every_call(intake: Intake) -> Iterator[httpx.Response]:
    """An answer of each call that needs the database."""
    yield intake.send(event("never"))
    yield intake.ask("PUT", "/v1/products/never", json={"title": "Teapot"})
    yield intake.ask("POST", "/v1/stock:batch", json=[{"product_id": "never", "stock": 1}])
    yield intake.upload(feed(1), key="never")
    yield intake.ask("GET", "/v1/imports")
    yield intake.ask("GET", "/v1/imports/never")


def assert_refuses_and_lives(intake: Intake) -> None:
    for answer in every_call(intake):
        assert_away(answer)
    assert intake.ask("GET", "/livez").status_code == 200


def keys_in(database_url: str) -> list[str]:
    """The `Idempotency-Key`s that the service holds."""
    with EventLog(database_url) as log, log.engine.connect() as connection:
        return list(connection.exec_driver_sql("SELECT key FROM idempotency_keys").scalars())


@pytest.fixture(scope="module")
def server() -> Iterator[KilledPostgres]:
    with KilledPostgres() as started:
        yield started


@pytest.fixture(scope="module")
def late(server: KilledPostgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Intake]:
    """A service that was started while its database was away, and is never started again."""
    url = server.url()
    server.kill()
    with Intake(tmp_path_factory.mktemp("late") / "home", url) as intake:
        yield intake
        assert "crashed" not in intake.output.read_text()


class TestDatabaseAway:
    """In this order: only the first sees the service before it ever had a database."""

    def test_at_the_start(self, server: KilledPostgres, late: Intake) -> None:
        assert_refuses_and_lives(late)
        assert late.ask("GET", "/readyz").status_code == 503
        server.start_again()
        late.service.wait_ready()
        assert late.send(event("first")).status_code == 200

    def test_in_mid_import(self, server: KilledPostgres, late: Intake) -> None:
        job_id = late.upload(feed(PRODUCTS), key="feed").json()["id"]
        until(lambda: products_in(late.database_url))
        server.kill()
        assert_refuses_and_lives(late)
        server.start_again()
        assert late.send(event("second"), event("first")).json()["duplicates"] == 1
        assert late.ended(job_id)["state"] == "done"
        assert events_in(late.database_url) == ["first", "second"]
        assert sorted(products_in(late.database_url)) == sorted(f"p{place}" for place in range(PRODUCTS))

    def test_in_mid_upload_and_the_same_key_is_good_again_afterwards(
        self, server: KilledPostgres, late: Intake
    ) -> None:
        def pieces(*, cut: bool) -> Iterator[bytes]:
            yield b"id\ttitle\n"
            if cut:
                until(lambda: "cut" in keys_in(late.database_url))
                server.kill()
            yield b"after-the-cut\tTeapot\n"

        assert_away(late.upload(pieces(cut=True), key="cut"))
        server.start_again()
        taken = late.upload(pieces(cut=False), key="cut")
        assert taken.status_code == 202, taken.text
        assert late.ended(taken.json()["id"])["state"] == "done"
        assert products_in(late.database_url).count("after-the-cut") == 1


class TestPassword:
    def test_it_is_in_no_log_line_and_in_no_answer(self, tmp_path: Path) -> None:
        url = f"postgresql://merx:gr4vel%2Froad@127.0.0.1:{free_port()}/shop"
        with Intake(tmp_path / "home", url) as intake:
            answers = "".join(answer.text for answer in every_call(intake))
            answers += "".join(intake.ask("GET", path).text for path in ("/readyz", "/metrics"))
            intake.stop()
            logged = intake.output.read_text()
        assert "merx:***@127.0.0.1" in logged, "what went wrong is told"
        for said in (logged, answers):
            assert "gr4vel" not in said
