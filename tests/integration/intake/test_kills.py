"""A service that ends in the middle of an import, in every way that it can: the file is imported once all the same."""

import signal
from pathlib import Path

from merx_kit.eventlog import EventLog
from tests.integration.intake.running import Child, Intake, feed, products_in, until

PRODUCTS = 20_000
MORE = 1_500
"""How many records further an import is let before the next end."""


def further(log: EventLog, intake: Intake) -> Child:
    """The import at work, which has put records into the log that were not there."""
    before = log.head()
    until(lambda: log.head() >= before + MORE)
    return intake.child()


class TestKilledService:
    def test_file_is_taken_up_again_and_everything_is_there_once(self, tmp_path: Path) -> None:
        with Intake(tmp_path / "home") as intake, EventLog(intake.database_url) as log:
            intake.service.wait_ready()
            job_id = intake.upload(feed(PRODUCTS), key="feed").json()["id"]

            child = further(log, intake)
            intake.stop(signal.SIGTERM)
            assert not child.alive, "a service that stops leaves no import behind"

            intake.start()
            child = further(log, intake)
            intake.stop(signal.SIGKILL)
            child.kill()
            cut = log.head()
            assert 2 * MORE <= cut < PRODUCTS

            intake.start()
            child = further(log, intake)
            intake.stop(signal.SIGKILL)
            assert child.alive, "an import outlives a service that is killed alone; the next one leaves it the file"

            intake.start()
            job = intake.ended(job_id)
            until(lambda: not list((intake.home / "imports").iterdir()))
        assert (job["state"], job["records"]) == ("done", PRODUCTS)
        assert job["report"]["rows_out"] == PRODUCTS
        assert job["report"]["already_known"] == cut
        assert sorted(products_in(intake.database_url)) == sorted(f"p{place}" for place in range(PRODUCTS))
