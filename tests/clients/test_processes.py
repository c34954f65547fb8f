"""The Python client against services as an installation runs them: processes, with their own databases."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from merx_client import Connection, intake, pages, pricing
from merx_client.intake.models import Event, EventBatch, Line, Money, Product
from merx_client.pricing.models import QuoteLine, QuoteRequest
from tests.integration.intake.running import Intake, events_in, products_in
from tests.integration.pricing.installed import furnish, until
from tests.unit.pricing.shop import PRODUCTS


def test_what_is_sent_is_in_the_log(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    line = Line(product_id="1042", price=Money(amount=1299, currency="EUR"))
    bought = Event(message_id="m1", type_="purchase", time=now, customer_id="c1", lines=[line])
    with Intake(tmp_path / "home") as running:
        running.service.wait_ready()
        with Connection(running.service.url) as connection:
            put = intake.put_products_id(connection, "1042", body=Product(product_id="1042", title="Mug"))
            answer = intake.post_events(connection, body=EventBatch(events=[bought, bought]))
        assert put.status == "accepted"
        assert (answer.accepted, answer.duplicates) == (1, 1)
        assert products_in(running.database_url) == ["1042"]
        assert events_in(running.database_url) == ["m1"]


@pytest.mark.slow
def test_prices_are_given_and_their_audit_is_read_page_by_page(tmp_path: Path) -> None:
    installed = furnish(tmp_path / "home")
    asked = QuoteRequest(lines=[QuoteLine(product_id=name) for name in PRODUCTS])
    with installed.service() as service, Connection(service.wait_ready().url, timeout_s=60) as connection:
        assert until(lambda: len(pricing.post_prices_quote(connection, body=asked).quotes) == len(PRODUCTS))
        given = pricing.post_prices_quote(connection, body=asked)
        audit = pages(
            lambda cursor: pricing.get_prices_audit(connection, request_id=given.request_id, limit=3, cursor=cursor)
        )
        found = [[quote.product_id for quote in page.quotes] for page in audit]
    assert [len(page) for page in found] == [3, 1]
    assert sorted(name for page in found for name in page) == sorted(PRODUCTS)
