import base64
from dataclasses import replace
from typing import Any

import msgspec
import numpy as np
import pytest

from merx_core.contracts.search import (
    EmbeddingsRequest,
    LookalikesResponse,
    SearchRequest,
    SearchResponse,
    SuggestionsQuery,
    SuggestionsResponse,
)
from merx_kit.errors import ValidationFailed
from merx_models.pictures.colour import Colour
from merx_models.pictures.model import Guess, Look
from merx_models.search_index.suggestions import Suggestion
from merx_models.words.columns import Between, OneOf, Sort
from merx_search import schemas
from merx_search.domain import Explained, Hit, Recognised, Results, SearchQuery, Why
from merx_search.errors import BadCursor, EmptyPriceRange, UnknownColumn
from merx_search.ports import Standing
from tests.unit.search import shop

INDEX = shop.index()
RESULTS = Results(version="search/7", method="rrf", hits=(Hit("box-red", 0.1234567, ("words",)),), total=1)


def read(**wire: Any) -> SearchQuery:
    return schemas.query_of(msgspec.convert(wire, SearchRequest), INDEX.words.columns)


def refused(error: type[ValidationFailed], under: str = "", **wire: Any) -> str:
    """The pointer of the refusal."""
    with pytest.raises(error) as found:
        schemas.query_of(msgspec.convert(wire, SearchRequest), INDEX.words.columns, under=under)
    (only,) = found.value.errors
    return only.pointer


def answer(results: Results = RESULTS) -> SearchResponse:
    return schemas.search_response(results, INDEX, "r1")


class TestAQuery:
    def test_nothing_is_asked_for_what_is_in_stock(self) -> None:
        assert read() == SearchQuery(always=(schemas.IN_STOCK,))
        assert read(filters={"in_stock": False}).always == ()

    def test_every_filter_becomes_one_of_the_catalogue(self) -> None:
        filters = {"categories": ["BALLS"], "brands": ["Contoso"], "attributes": {"colour": ["red", "blue"]}}
        assert read(filters=filters).filters == (
            OneOf("category", frozenset({"BALLS"})),
            OneOf("brand", frozenset({"Contoso"})),
            OneOf("attributes.colour", frozenset({"red", "blue"})),
        )
        assert read(filters={"attributes": {"unheard of": []}}).filters == ()

    @pytest.mark.parametrize(
        ("wire", "low", "high"),
        [
            ({"price_min": 5}, 5.0, None),
            ({"price_max": 0}, None, 0.0),
            ({"price_min": 2**53, "price_max": 2**53}, float(2**53), float(2**53)),
        ],
    )
    def test_prices_have_one_bound_or_two(self, wire: dict[str, int], low: float | None, high: float | None) -> None:
        assert read(filters=wire).filters == (Between("price", low, high),)

    def test_spaces_around_the_words_do_not_count(self) -> None:
        assert read(query=" \t red  ball\n").text == "red  ball"

    def test_orders_signals_and_shoppers_cross_the_wire(self) -> None:
        query = read(sort="price_descending", signals_off=["taste"], anonymous_id="x", words=0.25, size=7)
        assert query.sort == Sort("price", "descending")
        assert (query.signals_off, query.profile_id, query.words, query.size) == (("taste",), "a:x", 0.25, 7)
        assert read(customer_id="42", anonymous_id="x").profile_id == "c:42"

    def test_a_facet_asked_for_twice_is_counted_once(self) -> None:
        assert read(facets=["brand", "category", "brand"]).facets == ("brand", "category")


class TestRefusals:
    def test_an_attribute_that_no_product_has_is_pointed_at(self) -> None:
        assert refused(UnknownColumn, filters={"attributes": {"size": ["L"]}}) == "/filters/attributes/size"
        odd = {"attributes": {"a~b/c": ["yes"], "~/": ["yes"]}}
        assert refused(UnknownColumn, filters=odd) == "/filters/attributes/~0~1"

    @pytest.mark.parametrize("name", ["price", "attributes", "attributes.", "colour", "Brand", "brand ", "__class__"])
    def test_a_facet_that_is_no_column_of_labels_is_pointed_at(self, name: str) -> None:
        assert refused(UnknownColumn, facets=["brand", "brand", name]) == "/facets/2"

    def test_a_range_that_no_price_is_in_is_pointed_at(self) -> None:
        assert refused(EmptyPriceRange, filters={"price_min": 2, "price_max": 1}) == "/filters/price_max"

    def test_pointers_start_where_the_request_lies_in_the_body(self) -> None:
        assert refused(UnknownColumn, "/request", facets=["x"]) == "/request/facets/0"
        assert refused(UnknownColumn, "/request", filters={"attributes": {"x": ["y"]}}).startswith("/request/filters/")
        assert refused(EmptyPriceRange, "/request", filters={"price_min": 2, "price_max": 1}).startswith("/request/")
        assert refused(BadCursor, "/request", cursor="x") == "/request/cursor"


class TestCursors:
    @pytest.mark.parametrize("start", [1, 24, 9_999, schemas.MOST_PAGED])
    def test_one_leads_back_to_where_it_was_made(self, start: int) -> None:
        cursor = schemas.cursor_of(start)
        assert cursor.isascii()
        assert "=" not in cursor
        assert read(cursor=cursor).start == start

    @pytest.mark.parametrize(
        "cursor",
        ["x", "!", "24", "MjQ=", "MjQ!", " MjQ", "ü", "\x00", "A" * 200, "bnVsbA", "MS41", "LTE", "MS4w", "MDI"],
        ids=repr,
    )
    def test_one_that_this_call_never_gave_is_refused(self, cursor: str) -> None:
        assert refused(BadCursor, cursor=cursor) == "/cursor"

    @pytest.mark.parametrize("start", [-1, schemas.MOST_PAGED + 1, 10**40])
    def test_one_that_leads_out_of_the_catalogue_is_refused(self, start: int) -> None:
        assert refused(BadCursor, cursor=schemas.cursor_of(start)) == "/cursor"


class TestAnAnswer:
    def test_it_shows_the_product_as_the_catalogue_has_it(self) -> None:
        (item,) = answer().items
        assert (item.title, item.brand, item.price, item.currency) == ("Red storage box", "Northwind", 1500, "EUR")
        assert (item.score, item.legs, item.in_stock) == (0.123457, ("words",), True)

    def test_a_picture_has_a_path_that_any_id_survives(self) -> None:
        hits = (Hit(shop.ODD, 1.0, ()), Hit("coffee", 1.0, ()))
        odd, without = answer(replace(RESULTS, hits=hits)).items
        assert odd.picture == "v1/products/a%2Fb%20%C3%BC/picture"
        assert without.picture == ""

    def test_products_that_went_meanwhile_are_left_out(self) -> None:
        index = shop.index()
        results = replace(RESULTS, hits=(Hit("box-blue", 1.0, ()), Hit("ball-red", 1.0, ()), Hit("box-red", 1.0, ())))
        index.cards.pop("box-blue")
        index.words.delete(["ball-red"])  # as a thread sees it in the middle of a deletion
        assert [item.product_id for item in schemas.search_response(results, index, "r1").items] == ["box-red"]

    def test_a_cursor_comes_with_every_page_but_the_last(self) -> None:
        assert answer().next_cursor == ""
        more = answer(replace(RESULTS, start=24, total=26))
        assert read(cursor=more.next_cursor).start == 25
        assert answer(replace(RESULTS, hits=(), total=26)).next_cursor == ""

    def test_no_cursor_leads_further_than_one_may_go(self) -> None:
        assert answer(replace(RESULTS, start=schemas.MOST_PAGED - 1, total=20_000)).next_cursor == ""
        assert answer(replace(RESULTS, start=schemas.MOST_PAGED - 2, total=20_000)).next_cursor != ""

    def test_facets_and_what_was_recognised_cross_the_wire(self) -> None:
        told = {"colour": (Recognised("red", 0.987654),)}
        found = answer(replace(RESULTS, facets={"brand": {"Contoso": 2}}, recognised=told))
        assert [(each.value, each.count) for each in found.facets["brand"]] == [("Contoso", 2)]
        assert [(each.value, each.confidence) for each in found.recognised["colour"]] == [("red", 0.9877)]

    def test_lookalikes_name_their_product(self) -> None:
        found = schemas.lookalikes_response(RESULTS, INDEX, "ball-red", "r1")
        assert isinstance(found, LookalikesResponse)
        assert (found.product_id, [item.product_id for item in found.items]) == ("ball-red", ["box-red"])

    def test_an_explanation_keeps_unknown_values_unknown(self) -> None:
        why = Why(product_id="box-red", found=True, score=0.5, base=0.25, features=(("taste", None, 0.25),))
        explained = Explained(version="search/7", method="rrf", searched="box", items=(why,))
        (item,) = schemas.explain_response(explained, "r1").items
        assert (item.features[0].value, item.features[0].contribution) == (None, 0.25)

    def test_a_look_has_its_colours_as_a_browser_writes_them(self) -> None:
        look = Look({"category": (Guess("BOXES", 0.99999),)}, (Colour("red", 0.51239, (200, 5, 255)),))
        found = schemas.attributes_response(look, Standing(INDEX, "search/7"), "r1", degraded=())
        assert [(each.name, each.share, each.typical) for each in found.colours] == [("red", 0.5124, "#c805ff")]
        assert found.attributes["category"][0].confidence == 1.0


class TestSuggestions:
    @staticmethod
    def page(standing: Standing, **query: Any) -> SuggestionsResponse:
        return schemas.suggestions_response(standing, SuggestionsQuery(**query), "r1", degraded=())

    def test_those_of_products_that_are_gone_or_not_sure_enough_are_left_out(self) -> None:
        standing = Standing(INDEX, "search/7")
        assert [each.product_id for each in self.page(standing).items] == ["ball-red", "box-red", "kettle"]
        assert [each.product_id for each in self.page(standing, least=0.6).items] == ["ball-red", "box-red"]
        assert {each.model_version for each in self.page(standing).items} == {"search/7"}

    def test_pages_lead_through_all_of_them_however_many(self) -> None:
        index = shop.index()
        index.suggestions = [Suggestion("kettle", f"a{row}", "x", 0.5, "") for row in range(schemas.MOST_PAGED + 700)]
        standing, cursor, seen, pages = Standing(index, "search/7"), "", 0, 0
        while pages == 0 or cursor:
            page = self.page(standing, limit=500, cursor=cursor)
            cursor, seen, pages = page.next_cursor, seen + len(page.items), pages + 1
        assert (seen, pages) == (schemas.MOST_PAGED + 700, 22)

    def test_a_cursor_is_named_as_the_parameter_it_is(self) -> None:
        with pytest.raises(BadCursor) as found:
            self.page(Standing(INDEX, "search/7"), cursor="x")
        assert found.value.errors[0].pointer == "cursor"


class TestEmbeddings:
    VECTORS = np.array([[0.5, -1.0], [1e-8, 3.0]], np.float32)

    def test_as_numbers(self) -> None:
        asked = EmbeddingsRequest(input=("a", "b"), model="m")
        found = schemas.embeddings_response(asked, self.VECTORS, 5)
        assert [each.index for each in found.data] == [0, 1]
        assert np.array([each.embedding for each in found.data], np.float32).tolist() == self.VECTORS.tolist()
        assert (found.usage.prompt_tokens, found.usage.total_tokens) == (5, 5)

    def test_as_base64_of_little_endian_floats(self) -> None:
        asked = EmbeddingsRequest(input=("a", "b"), model="m", encoding_format="base64")
        data = [each.embedding for each in schemas.embeddings_response(asked, self.VECTORS.astype(">f4"), 5).data]
        assert all(isinstance(each, str) for each in data)
        decoded = [np.frombuffer(base64.b64decode(str(each)), "<f4") for each in data]
        assert np.array(decoded).tolist() == self.VECTORS.tolist()
