"""What a shopper types into a search box, letter by letter, and what the answers must keep."""

import random
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Body = dict[str, Any]
LEAST_LETTERS = 3
LONGEST_QUERY = 3
MISSPELT = 0.15
FIRST = 10
"""A picture of a product finds it among so many."""


def words_of(title: str) -> list[str]:
    """Of a title, those that somebody would type: letters only, and enough of them."""
    return [word.lower() for word in re.findall(r"[^\W\d_]+", title) if len(word) >= LEAST_LETTERS]


def misspelt(word: str, chance: random.Random) -> str:
    """One letter left out, twice there, or changed for the next."""
    place = chance.randrange(1, len(word) - 1)
    before, letter, after = word[:place], word[place], word[place + 1 :]
    return chance.choice((before + after, before + letter * 2 + after, before + after[0] + letter + after[1:]))


def query(titles: Sequence[str], chance: random.Random) -> str:
    """Up to three words of one title, in their order, one of them misspelt now and then; "" where no title has any."""
    worded = [words for words in map(words_of, titles) if words]
    if not worded:
        return ""
    words = chance.choice(worded)
    begin = chance.randrange(len(words))
    typed = words[begin : begin + chance.randint(1, LONGEST_QUERY)]
    if chance.random() < MISSPELT:
        place = chance.randrange(len(typed))
        typed[place] = misspelt(typed[place], chance)
    return " ".join(typed)


def prefixes(text: str) -> Iterator[str]:
    """As search-as-you-type asks for them: each letter is a request, the space between two words is none."""
    for end in range(min(LEAST_LETTERS, len(text)), len(text) + 1):
        if not text[:end].endswith(" "):
            yield text[:end]


def offered(answer: Mapping[str, Any], chance: random.Random) -> tuple[str, str] | None:
    """A facet and one of its values; None where the answer offers none, or was made of something else than asked."""
    if answer.get("recovery") or not answer["items"]:
        return None
    values = [(facet, each["value"]) for facet, some in answer.get("facets", {}).items() for each in some]
    return chance.choice(values) if values else None


def filtered(body: Body, facet: str, value: str) -> Body:
    """The same request with a value as a filter."""
    field = {"brand": "brands", "category": "categories"}[facet]
    return {**body, "filters": {field: [value]}}


@dataclass(frozen=True)
class Ask:
    """A request, and what its answer must keep."""

    body: Body
    chosen: bool = False
    """The filters were offered by an answer: something carries them."""
    sought: str = ""
    """The product whose picture is in the request."""
    shown: frozenset[str] = frozenset()
    """What earlier pages had."""


def wrong(ask: Ask, answer: Mapping[str, Any]) -> str:
    """What is wrong with an answer, in words; "" where it is right. Raises KeyError or TypeError where it is none."""
    items, recovery = answer["items"], answer.get("recovery", ())
    products = [item["product_id"] for item in items]
    if len(items) > ask.body["size"]:
        return f"{len(items)} products, asked for {ask.body['size']}"
    if again := ask.shown.intersection(products):
        return f"{min(again)} was on an earlier page"
    if ask.sought and ask.sought not in products[:FIRST]:
        return f"the picture of {ask.sought} does not find it"
    if ask.chosen and (not items or {"filters", "popular"} & set(recovery)):
        return f"nothing has what was offered: {ask.body['filters']}"
    return _unkept(ask.body, items) if "filters" not in recovery else ""


def _unkept(body: Body, items: Sequence[Mapping[str, Any]]) -> str:
    """Items show their brand and whether they are in stock; what they do not show is not judged."""
    brands = body.get("filters", {}).get("brands", ())
    for item in items:
        if brands and item.get("brand", "") not in brands:
            return f"{item['product_id']} is of {item.get('brand', '')!r}, not of {brands}"
        if not item.get("in_stock", True):
            return f"{item['product_id']} is sold out"
    return ""
