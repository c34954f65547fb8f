"""Each service through the generated Python client, over a socket."""

import base64
from contextlib import aclosing, closing
from datetime import UTC, datetime
from io import BytesIO

import pytest

from merx_client import AsyncConnection, Connection, FieldError, Refusal, intake, pages, pricing, recommendation, search
from merx_client.intake import models as records
from merx_client.pricing.models import QuoteLine, QuoteRequest, SimulateRequest
from merx_client.recommendation.models import Filters, RecommendRequest
from merx_client.search.models import AttributesRequest, EmbeddingsRequest, SearchFilters, SearchRequest
from tests.clients.served import IMPORTS, Served
from tests.unit.search.fakes import HashedEncoders
from tests.unit.search.shop import ODD, picture_of

NOW = datetime(2026, 11, 24, 11, tzinfo=UTC)


def bought(message_id: str, **changes: object) -> records.Event:
    line = records.Line("1042", quantity=2, price=records.Money(1299, "EUR"))
    event = records.Event(message_id, "purchase", NOW, customer_id="c1", lines=[line])
    for name, value in changes.items():
        setattr(event, name, value)
    return event


class TestIntake:
    def test_events_get_a_verdict_each(self, shop: Served) -> None:
        wrong = bought("lists-2", customer_id=None)
        batch = records.EventBatch([bought("lists-1"), wrong, bought("lists-1")])
        with Connection(shop.intake, shop.key) as connection:
            answer = intake.post_events(connection, body=batch)
        assert (answer.accepted, answer.duplicates, answer.rejected) == (1, 1, 1)
        assert [one.status for one in answer.verdicts] == ["accepted", "rejected", "duplicate"]
        assert answer.verdicts[1].code
        assert "shopper" in str(answer.verdicts[1].detail)

    def test_a_product_is_put_and_deleted(self, shop: Served) -> None:
        mug = records.Product("mug/1", "Mug, blue", price=records.Money(1299, "EUR"), stock=120)
        with Connection(shop.intake, shop.key) as connection:
            assert intake.put_products_id(connection, "mug/1", body=mug).status == "accepted"
            intake.delete_products_id(connection, "mug/1")

    def test_stock_is_told_in_batches(self, shop: Served) -> None:
        levels = records.StockBatch([records.StockEntry("1042", stock=7, time=NOW), records.StockEntry("1042")])
        with Connection(shop.intake, shop.key) as connection:
            answer = intake.post_stock_batch(connection, body=levels)
        assert [one.status for one in answer.verdicts] == ["accepted", "rejected"]

    def test_imports_come_page_by_page(self, shop: Served) -> None:
        with Connection(shop.intake, shop.key) as connection:
            listed = pages(lambda cursor: intake.get_imports(connection, cursor=cursor, limit=2))
            found = [[job.id for job in page.imports] for page in listed]
        assert {f"import-{number}" for number in range(IMPORTS)} <= {name for page in found for name in page}
        assert len(found) >= 3
        assert all(len(page) == 2 for page in found[:-1])

    def test_a_file_is_imported_once_for_a_key(self, shop: Served) -> None:
        with Connection(shop.intake, shop.key) as connection:

            def upload(content: bytes) -> records.ImportJob:
                file = intake.File(BytesIO(content))
                return intake.post_imports(connection, body=file, name="a.tsv", idempotency_key="file-1")

            job = upload(b"id\ttitle\n1\tMug\n")
            assert isinstance(job.created, datetime)
            assert upload(b"id\ttitle\n1\tMug\n").id == job.id
            with pytest.raises(Refusal) as caught:
                upload(b"id\ttitle\n2\tAnother cup\n")
        assert (caught.value.status, caught.value.code) == (422, "idempotency_key_reused")

    async def test_a_file_is_imported_by_asyncio_too(self, shop: Served) -> None:
        async with AsyncConnection(shop.intake, shop.key) as connection:
            file = intake.File(BytesIO(b"id\ttitle\n" + b"1\tMug\n" * 20_000))
            job = await intake.post_imports_async(connection, body=file, idempotency_key="file-2")
        assert job.bytes_ == 9 + 6 * 20_000


class TestPricing:
    def test_a_line_that_cannot_be_priced_leaves_the_others(self, shop: Served) -> None:
        asked = QuoteRequest([QuoteLine("p00"), QuoteLine("nothing")])
        with Connection(shop.pricing, shop.key) as connection:
            answer = pricing.post_prices_quote(connection, body=asked)
        assert [quote.product_id for quote in answer.quotes] == ["p00"]
        assert answer.quotes[0].price.currency == "EUR"
        assert answer.quotes[0].valid_until.tzinfo is not None
        assert answer.mode == "live"
        assert [(error.product_id, bool(error.code)) for error in answer.errors or []] == [("nothing", True)]

    def test_prices_are_simulated_and_their_elasticity_told(self, shop: Served) -> None:
        with Connection(shop.pricing, shop.key) as connection:
            answer = pricing.post_prices_simulate(connection, body=SimulateRequest("p00", [250, 300]))
            assert pricing.get_products_id_elasticity(connection, "p00").elasticity < 0
        assert [point.price for point in answer.curve] == [250, 300]

    def test_bad_input_is_a_refusal_with_pointers(self, shop: Served) -> None:
        with Connection(shop.pricing, shop.key) as connection, pytest.raises(Refusal) as caught:
            pricing.post_prices_quote(connection, body=QuoteRequest([QuoteLine("p00", offer_bp=20_000)]))
        refusal = caught.value
        assert (refusal.status, refusal.code) == (422, "validation_failed")
        assert [error.pointer for error in refusal.errors] == ["/lines/0/offer_bp"]
        assert isinstance(refusal.errors[0], FieldError)
        assert refusal.request_id

    @pytest.mark.parametrize(("key", "status", "code"), [("", 401, "unauthorized"), ("wrong", 401, "unauthorized")])
    def test_without_a_key_nothing_is_told(self, shop: Served, key: str, status: int, code: str) -> None:
        with Connection(shop.pricing, key) as connection, pytest.raises(Refusal) as caught:
            pricing.get_prices_audit(connection)
        assert (caught.value.status, caught.value.code) == (status, code)


class TestRecommendation:
    def test_a_list_for_a_shopper(self, shop: Served) -> None:
        asked = RecommendRequest(customer_id="42", size=5, filters=Filters(in_stock=True))
        with Connection(shop.recommendation, shop.key) as connection:
            answer = recommendation.post_recommendations(connection, body=asked)
        assert len(answer.items) == 5
        assert answer.model_version

    def test_an_unknown_product_has_no_similar_ones(self, shop: Served) -> None:
        with Connection(shop.recommendation, shop.key) as connection:
            assert len(recommendation.get_products_id_similar(connection, "p6", size=3).items) == 3
            with pytest.raises(Refusal) as caught:
                recommendation.get_products_id_similar(connection, "nothing")
        assert caught.value.status == 404

    def test_lists_are_streamed(self, shop: Served) -> None:
        with Connection(shop.recommendation, shop.key) as connection:
            stream = recommendation.get_recommendations_stream(connection, customer_id="42", size=4)
            first = next(stream)
        assert (first.name, len(first.data.items)) == ("list", 4)
        assert first.id

    async def test_lists_are_streamed_to_asyncio(self, shop: Served) -> None:
        async with AsyncConnection(shop.recommendation, shop.key) as connection:
            stream = recommendation.get_recommendations_stream_async(connection, anonymous_id="a1", size=4)
            async with aclosing(stream):
                first = await anext(stream)
        assert len(first.data.items) == 4

    def test_a_stream_that_cannot_begin_is_a_refusal(self, shop: Served) -> None:
        with Connection(shop.recommendation, shop.key) as connection:
            stream = recommendation.get_recommendations_stream(connection, customer_id="42", size=0)
            with pytest.raises(Refusal) as caught:
                next(stream)
        assert caught.value.code == "validation_failed"


class TestSearch:
    def test_words_facets_and_the_pages_after(self, shop: Served) -> None:
        with Connection(shop.search, shop.key) as connection:

            def fetch(cursor: str) -> search.models.SearchResponse:
                asked = SearchRequest(query="juice coffee ball box", size=3, facets=["brand"], cursor=cursor)
                return search.post_search(connection, body=asked)

            answers = list(pages(fetch))
        ids = [item.product_id for answer in answers for item in answer.items]
        assert len(answers) > 1
        assert len(ids) == len(set(ids)) == answers[0].total
        facets = answers[0].facets
        assert facets
        assert {value.value for value in facets["brand"]} >= {"Northwind", "Contoso"}

    def test_filters_hold(self, shop: Served) -> None:
        asked = SearchRequest(query="ball", filters=SearchFilters(brands=["Contoso"], in_stock=False))
        with Connection(shop.search, shop.key) as connection:
            answer = search.post_search(connection, body=asked)
        assert {item.brand for item in answer.items} == {"Contoso"}

    def test_a_picture_is_looked_at_and_fetched(self, shop: Served) -> None:
        image = base64.b64encode(picture_of("ball-red")).decode()
        with Connection(shop.search, shop.key) as connection:
            told = search.post_images_attributes(connection, body=AttributesRequest(image))
            assert search.get_products_id_picture(connection, ODD).payload.read(2) == b"\xff\xd8"
        assert told.attributes["category"][0].value

    def test_an_error_in_the_shape_of_openai_is_a_refusal(self, shop: Served) -> None:
        with Connection(shop.search, shop.key) as connection:
            known = EmbeddingsRequest(model=HashedEncoders().text_model, input_="tea")
            made = search.post_embeddings(connection, body=known)
            assert len(made.data) == 1
            unknown = EmbeddingsRequest(model="other", input_="tea")
            with pytest.raises(Refusal) as caught:
                search.post_embeddings(connection, body=unknown)
        assert caught.value.status == 404
        assert caught.value.code == "model_not_found"
        assert "'other'" in caught.value.detail


def test_a_stream_is_left_by_closing_it(shop: Served) -> None:
    with Connection(shop.recommendation, shop.key) as connection:
        stream = recommendation.get_recommendations_stream(connection, customer_id="7")
        with closing(stream):
            next(stream)
        assert list(stream) == []
