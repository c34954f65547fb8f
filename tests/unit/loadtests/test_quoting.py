import random
from typing import Any

import pytest

from loadtests.quoting import BATCH, OFFERS_BP, cart, missing, quote, wrong_curve, wrong_forecast, wrong_quote

PRODUCTS = [f"p{number}" for number in range(200)]
ONE = {"lines": [{"product_id": "p1"}]}


def quoted(product: str = "p1", price: int = 288, **told: Any) -> dict[str, Any]:
    """An applied price of 2.88, decided within 2.70 and 3.10."""
    plain = {
        "product_id": product,
        "price": {"amount": price, "currency": "EUR"},
        "current": {"amount": 299, "currency": "EUR"},
        "decided": {"amount": price, "currency": "EUR"},
        "applied": True,
        "decision_id": f"d-{product}",
        "low": {"price": 270, "reason": "change_floor"},
        "high": {"price": 310, "reason": "change_ceiling"},
    }
    return {**plain, **told}


def audited(product: str = "p1", price: int = 288, **told: Any) -> dict[str, Any]:
    written = {"product_id": product, "price": {"amount": price, "currency": "EUR"}, "decision_id": f"d-{product}"}
    return {**written, "decision": {"price": price}, "rules": {"name": "default"}, **told}


def answer(*quotes: dict[str, Any], **told: Any) -> dict[str, Any]:
    return {"request_id": "r", "quotes": list(quotes), **told}


def error(code: str, place: int = 0) -> dict[str, Any]:
    return {"product_id": "p1", "code": code, "detail": "", "pointer": f"/lines/{place}"}


class TestAsking:
    def test_a_batch_asks_for_each_product_once(self) -> None:
        lines = quote(PRODUCTS, BATCH, random.Random(7))["lines"]
        assert len({line["product_id"] for line in lines}) == len(lines) == BATCH

    def test_a_small_shop_is_asked_for_all_that_it_has(self) -> None:
        assert len(quote(PRODUCTS[:4], BATCH, random.Random(7))["lines"]) == 4

    def test_a_cart_asks_for_the_price_for_everyone_and_the_offer(self) -> None:
        body = cart(PRODUCTS, "42", random.Random(7))
        plain, offers = body["lines"][::2], body["lines"][1::2]
        assert [line["product_id"] for line in plain] == [line["product_id"] for line in offers]
        assert {line["offer_bp"] for line in offers} <= set(OFFERS_BP)
        assert body["customer_id"] == "42"

    def test_the_same_seed_asks_the_same(self) -> None:
        one, other = (random.Random(3) for _ in range(2))
        assert cart(PRODUCTS, "42", one) == cart(PRODUCTS, "42", other)


class TestQuotes:
    def test_an_applied_price_within_its_bounds_is_right(self) -> None:
        assert wrong_quote(ONE, answer(quoted())) == ""

    def test_a_price_that_is_not_applied_is_the_shops_own(self) -> None:
        assert wrong_quote(ONE, answer(quoted(price=299, decided={"amount": 288}, applied=False))) == ""
        assert wrong_quote(ONE, answer(quoted(applied=False))) == "p1 costs 288, not 299"

    @pytest.mark.parametrize("price", [269, 311])
    def test_a_price_beyond_its_bounds_is_wrong(self, price: int) -> None:
        assert wrong_quote(ONE, answer(quoted(price=price))) == f"p1 costs {price}, beyond 270 to 310"

    def test_another_price_than_was_decided_is_wrong(self) -> None:
        assert wrong_quote(ONE, answer(quoted(decided={"amount": 290}))) == "p1 costs 288, not 290"

    @pytest.mark.parametrize("quotes", [(), (quoted("p2"),), (quoted(), quoted())])
    def test_other_lines_than_were_asked_for_are_wrong(self, quotes: tuple[dict[str, Any], ...]) -> None:
        assert "other lines" in wrong_quote(ONE, answer(*quotes))

    def test_a_product_without_a_price_has_its_reason(self) -> None:
        body = {"lines": [{"product_id": "p1"}, {"product_id": "p2"}]}
        assert wrong_quote(body, answer(quoted("p2"), errors=[error("demand_unknown")])) == ""
        assert "other lines" in wrong_quote(body, answer(quoted("p1"), errors=[error("demand_unknown")]))

    def test_a_product_that_the_shop_lists_is_known(self) -> None:
        assert wrong_quote(ONE, answer(errors=[error("unknown_product")])) == "p1: unknown_product"

    def test_nobody_pays_more_with_an_offer(self) -> None:
        body = {"lines": [{"product_id": "p1"}, {"product_id": "p1", "offer_bp": 500}]}
        assert wrong_quote(body, answer(quoted(), quoted(price=274, offer_bp=500))) == ""
        dearer = answer(quoted(), quoted(price=289, offer_bp=500))
        assert wrong_quote(body, dearer) == "p1 costs 289 with an offer, 288 without"

    def test_an_offer_that_was_not_made_is_wrong(self) -> None:
        assert "other lines" in wrong_quote(ONE, answer(quoted(offer_bp=500)))


class TestAudit:
    def test_what_was_quoted_is_there(self) -> None:
        assert missing(answer(quoted(), quoted("p2")), answer(audited("p2"), audited())) == ""

    @pytest.mark.parametrize("page", [answer(), answer(audited(price=289)), answer(audited(decision_id="d-other"))])
    def test_a_price_that_is_not_there_as_quoted_is_missing(self, page: dict[str, Any]) -> None:
        assert missing(answer(quoted()), page) == "p1 was quoted at 288, which the audit does not have"

    def test_a_price_quoted_twice_is_there_twice(self) -> None:
        assert missing(answer(quoted(), quoted()), answer(audited())) != ""

    def test_more_than_was_quoted_is_wrong(self) -> None:
        assert (
            missing(answer(quoted()), answer(audited(), audited("p2"))) == "the audit has p2, which was not quoted so"
        )

    @pytest.mark.parametrize("lacks", ["decision", "rules"])
    def test_a_price_without_what_stood_behind_it_is_wrong(self, lacks: str) -> None:
        assert missing(answer(quoted()), answer({**audited(), lacks: None})).endswith("behind p1")


class TestAdvice:
    def test_less_sells_at_a_higher_price(self) -> None:
        curve = [{"price": price, "units": {"mean": units}} for price, units in ((100, 9.0), (110, 8.0))]
        assert wrong_curve({"curve": curve}) == ""
        assert wrong_curve({"curve": [{**curve[0], "units": {"mean": 7.0}}, curve[1]]}).startswith("sells more")
        assert wrong_curve({"curve": curve[::-1]}).startswith("prices do not ascend")
        assert wrong_curve({"curve": []}) != ""

    def test_quantiles_ascend_from_zero(self) -> None:
        told = {"levels": [0.1, 0.5, 0.9], "steps": [{"quantiles": [0.0, 1.0, 1.0]}]}
        assert wrong_forecast(told) == ""
        for wrong in ([1.0, 0.5, 2.0], [-1.0, 0.0, 1.0], [1.0, 2.0]):
            assert wrong_forecast({**told, "steps": [{"quantiles": wrong}]}).startswith("no quantiles")
        assert wrong_forecast({**told, "steps": []}) == "a forecast of nothing"
