"""What a shop asks pricing for, page by page, and what the answers must keep."""

import itertools
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

Body = dict[str, Any]
PAGE, CATEGORY, BATCH = 1, 30, 100
MOST_IN_CART = 5
OFFERS_BP = (200, 500, 1_000)
UNPRICED = frozenset({"demand_unknown", "no_allowed_price"})
"""Why a product that the shop has may have no price all the same."""
NEARLY = 1.0 + 1e-9


def quote(products: Sequence[str], size: int, chance: random.Random) -> Body:
    """Prices of some products, each once."""
    return {"lines": [{"product_id": product} for product in chance.sample(products, min(size, len(products)))]}


def cart(products: Sequence[str], customer: str, chance: random.Random) -> Body:
    """What is in a cart, each product at the price for everyone and with an offer to its owner."""
    chosen = chance.sample(products, min(chance.randint(1, MOST_IN_CART), len(products)))
    offer = chance.choice(OFFERS_BP)
    lines = [{"product_id": product, **told} for product in chosen for told in ({}, {"offer_bp": offer})]
    return {"customer_id": customer, "lines": lines}


def wrong_quote(body: Body, answer: Mapping[str, Any]) -> str:
    """What is wrong with an answer, in words; "" where it is right. Raises KeyError or TypeError where it is none."""
    quotes, errors = answer["quotes"], answer.get("errors", ())
    for error in errors:
        if error["code"] not in UNPRICED:
            return f"{error['product_id']}: {error['code']}"
    without = {int(error["pointer"].rpartition("/")[2]) for error in errors}
    asked = [line for place, line in enumerate(body["lines"]) if place not in without]
    if [_line_of(each) for each in quotes] != [(line["product_id"], line.get("offer_bp")) for line in asked]:
        return f"{len(quotes)} prices and {len(errors)} reasons for other lines than the {len(body['lines'])} asked for"
    return next(filter(None, map(_unkept, quotes)), "") or _dearer(quotes)


def wrong_curve(answer: Mapping[str, Any]) -> str:
    """Prices ascend, and nothing sells more for being dearer."""
    curve = answer["curve"]
    prices, units = [at["price"] for at in curve], [at["units"]["mean"] for at in curve]
    if not curve or prices != sorted(set(prices)):
        return f"prices do not ascend: {prices}"
    if any(later > before * NEARLY for before, later in itertools.pairwise(units)):
        return f"sells more at a higher price: {units}"
    return ""


def wrong_forecast(answer: Mapping[str, Any]) -> str:
    """Each period has its quantiles, ascending and not below zero."""
    steps, count = answer["steps"], len(answer["levels"])
    if not steps:
        return "a forecast of nothing"
    for step in steps:
        quantiles = step["quantiles"]
        if len(quantiles) != count or quantiles != sorted(quantiles) or quantiles[0] < 0:
            return f"no quantiles: {quantiles}"
    return ""


def missing(answer: Mapping[str, Any], page: Mapping[str, Any]) -> str:
    """What was quoted and is not in the audit as it was quoted, or is there and was not; "" where there is no such."""
    given = Counter(map(_written, answer["quotes"]))
    found = Counter(map(_written, page["quotes"]))
    if lost := given - found:
        product, price, _, _ = next(iter(lost))
        return f"{product} was quoted at {price}, which the audit does not have"
    if beyond := found - given:
        return f"the audit has {next(iter(beyond))[0]}, which was not quoted so"
    unproven = [each["product_id"] for each in page["quotes"] if each["decision"] is None or each["rules"] is None]
    return f"the audit has no decision or no rules behind {unproven[0]}" if unproven else ""


def _line_of(each: Mapping[str, Any]) -> tuple[str, int | None]:
    return each["product_id"], each.get("offer_bp")


def _written(each: Mapping[str, Any]) -> tuple[str, int, str, int | None]:
    return each["product_id"], each["price"]["amount"], each["decision_id"], each.get("offer_bp")


def _unkept(each: Mapping[str, Any]) -> str:
    """A price that is applied is the one decided, within its bounds; one that is not is the shop's own."""
    product, price = each["product_id"], each["price"]["amount"]
    told = each["decided" if each["applied"] else "current"]["amount"]
    if price < 1 or price != told:
        return f"{product} costs {price}, not {told}"
    if each["applied"] and not each["low"]["price"] <= price <= each["high"]["price"]:
        return f"{product} costs {price}, beyond {each['low']['price']} to {each['high']['price']}"
    return ""


def _dearer(quotes: Sequence[Mapping[str, Any]]) -> str:
    """With an offer nobody pays more than everyone."""
    public = {each["product_id"]: each["price"]["amount"] for each in quotes if each.get("offer_bp") is None}
    for each in quotes:
        price, everyones = each["price"]["amount"], public.get(each["product_id"])
        if each.get("offer_bp") is not None and everyones is not None and price > everyones:
            return f"{each['product_id']} costs {price} with an offer, {everyones} without"
    return ""
