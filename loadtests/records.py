"""What shoppers did, in every shape that intake takes, with bad records among them; and the verdicts they must get."""

import itertools
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

Body = dict[str, Any]
SHOPPERS, PRODUCTS = 10_000, 5_000
ACCEPTED, DUPLICATE = "accepted", "duplicate"
KINDS = {"view_item": "Product Viewed", "add_to_cart": "Product Added", "purchase": "Order Completed"}
"""As Merx and GA4 spell them, and as Segment does."""


@dataclass(frozen=True)
class Act:
    """What a shopper did, before it has a shape."""

    id: str
    kind: str
    shopper: str
    product: str
    cents: int
    time: str


@dataclass(frozen=True)
class Parcel:
    """A request's body. `verdicts` are what its records must get: a status, or the rule that refuses the record."""

    body: object
    verdicts: tuple[str, ...]
    bare: bool = False
    """One record that is not in a list, whose refusal refuses the request."""

    def again(self) -> "Parcel":
        """The same request once more: nothing new is in it."""
        return replace(self, verdicts=tuple(DUPLICATE if each == ACCEPTED else each for each in self.verdicts))


def merx(act: Act) -> Body:
    line = {"product_id": act.product, "price": {"amount": act.cents, "currency": "EUR"}}
    return {
        "message_id": act.id,
        "type": act.kind,
        "time": act.time,
        "anonymous_id": act.shopper,
        "order_id": act.id,
        "lines": [line],
    }


def did(message_id: str, kind: str, customer: str, products: Sequence[str]) -> Body:
    """What a customer did with products just now; an order is named as its event is."""
    order = {"order_id": message_id} if kind == "purchase" else {}
    lines = [{"product_id": product} for product in products]
    named = {"message_id": message_id, "type": kind, "time": _moment(), "customer_id": customer}
    return {**named, **order, "lines": lines}


def cloud_event(act: Act) -> Body:
    named = {"specversion": "1.0", "id": act.id, "source": "/loadtests", "type": "merx.shop.event.v1"}
    data = {name: value for name, value in merx(act).items() if name not in {"message_id", "time"}}
    return {**named, "time": act.time, "data": data}


def segment(act: Act) -> Body:
    properties = {"product_id": act.product, "price": act.cents / 100, "currency": "EUR", "order_id": act.id}
    named = {"type": "track", "event": KINDS[act.kind], "messageId": act.id, "timestamp": act.time}
    return {**named, "anonymousId": act.shopper, "properties": properties}


def ga4_hit(act: Act) -> Body:
    item = {"item_id": act.product, "price": act.cents / 100, "quantity": 1}
    return {"name": act.kind, "params": {"currency": "EUR", "transaction_id": act.id, "items": [item]}}


def ga4(act: Act) -> Body:
    return {"client_id": act.shopper, "events": [ga4_hit(act)]}


SHAPES: tuple[Callable[[Act], Body], ...] = (merx, cloud_event, segment, ga4)
FAULTS: Mapping[str, Callable[[Body], Body]] = {
    "no_message_id": lambda body: {**body, "message_id": ""},
    "no_shopper": lambda body: {**body, "anonymous_id": ""},
    "unknown_event": lambda body: {**body, "type": "look_away"},
    "bad_time": lambda body: {**body, "time": "yesterday"},
    "future_time": lambda body: {**body, "time": _moment(timedelta(days=3))},
    "no_valid_lines": lambda body: {**body, "lines": []},
    "negative_price": lambda body: {**body, "lines": [{"product_id": "1", "price": {"amount": -1, "currency": "EUR"}}]},
}
"""Rules, and how a record in Merx's shape breaks them."""


class Source:
    """Draws parcels; `run` begins every id, so that two sources share none."""

    def __init__(self, run: str, chance: random.Random) -> None:
        self._run = run
        self._chance = chance
        self._number = itertools.count()
        self._turn = itertools.count()

    def one(self, *, bad: bool = False) -> Parcel:
        """One record, not in a list; a bad one is in Merx's shape."""
        act = self._act()
        if bad:
            rule = self._chance.choice(list(FAULTS))
            return Parcel(FAULTS[rule](merx(act)), (rule,), bare=True)
        return Parcel(self._chance.choice(SHAPES)(act), (ACCEPTED,), bare=True)

    def several(self, size: int, *, bad: bool = False) -> Parcel:
        """Records of all shapes in an array, or of one shape in its own envelope, by turns; one of them is `bad`."""
        acts = [self._act() for _ in range(size)]
        envelope = (_mixed, _merx_batch, _segment_batch, _ga4_batch)[next(self._turn) % 4]
        if not bad:
            return Parcel(envelope(acts, {}), (ACCEPTED,) * size)
        place = self._chance.randrange(size)
        rule = self._chance.choice(list(FAULTS)) if envelope in {_mixed, _merx_batch} else "not_commerce"
        verdicts = (*[ACCEPTED] * place, rule, *[ACCEPTED] * (size - place - 1))
        return Parcel(envelope(acts, {place: rule}), verdicts)

    def click(self, customer: str, product: str) -> Body:
        """A customer looks at a product."""
        return did(f"{self._run}-{next(self._number)}", "view_item", customer, [product])

    def _act(self) -> Act:
        number, chance = next(self._number), self._chance
        kind = chance.choices(tuple(KINDS), (8, 2, 1))[0]
        shopper, product = f"loadtest-{chance.randrange(SHOPPERS)}", f"loadtest-{chance.randrange(PRODUCTS)}"
        return Act(f"{self._run}-{number}", kind, shopper, product, chance.randrange(100, 20_000), _moment())


def wrong(parcel: Parcel, status: int, answer: Mapping[str, Any]) -> str:
    """What is wrong with an answer, in words; "" where it is what the parcel deserves."""
    refusing = parcel.bare and parcel.verdicts[0] not in {ACCEPTED, DUPLICATE}
    if status != (422 if refusing else 200):
        return f"status {status}: {answer.get('code', '')}"
    if refusing:
        return "" if answer.get("code") == "record_refused" else f"refused as {answer.get('code')}"
    given = tuple(str(each.get("code") or each.get("status")) for each in answer.get("verdicts", ()))
    if given == parcel.verdicts:
        return ""
    if len(given) != len(parcel.verdicts):
        return f"{len(given)} verdicts for {len(parcel.verdicts)} records"
    other = next((mine, theirs) for mine, theirs in zip(parcel.verdicts, given, strict=True) if mine != theirs)
    return f"verdict {other[1]}, not {other[0]}"


def _moment(ahead: timedelta = timedelta()) -> str:
    return (datetime.now(UTC) + ahead).isoformat()


def _mixed(acts: Sequence[Act], faults: Mapping[int, str]) -> object:
    return [_fitting(act, place, faults) for place, act in enumerate(acts)]


def _fitting(act: Act, place: int, faults: Mapping[int, str]) -> Body:
    return FAULTS[faults[place]](merx(act)) if place in faults else SHAPES[place % len(SHAPES)](act)


def _merx_batch(acts: Sequence[Act], faults: Mapping[int, str]) -> object:
    bodies = (merx(act) for act in acts)
    return {"events": [FAULTS[faults[n]](body) if n in faults else body for n, body in enumerate(bodies)]}


def _segment_batch(acts: Sequence[Act], faults: Mapping[int, str]) -> object:
    return {"batch": [{**segment(act), **_foreign("event", n, faults)} for n, act in enumerate(acts)]}


def _ga4_batch(acts: Sequence[Act], faults: Mapping[int, str]) -> object:
    hits = [{**ga4_hit(act), **_foreign("name", n, faults)} for n, act in enumerate(acts)]
    return {"client_id": acts[0].shopper, "events": hits}


def _foreign(field: str, place: int, faults: Mapping[int, str]) -> Body:
    """A name that is no event of a shop, where the record is to be bad."""
    return {field: "scroll"} if place in faults else {}
