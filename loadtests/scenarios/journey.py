"""One shopper's way through the whole shop: home, search, a product's page, the cart, the purchase.

Every service has its part: recommendation makes the lists, search finds, pricing prices what is shown and what is in
the cart, intake takes what was done. Every answer is judged. The events stay in the log, under shoppers whose ids begin
with `loadtest-`; they look at, and buy, the shop's own products.
"""

import itertools
import os
from typing import Any

from locust import events, task
from locust.argument_parser import LocustArgumentParser
from locust.env import Environment

from loadtests import quoting, records, searching
from loadtests.gates import Gate, close, failures, latency
from loadtests.memory import growth_gates
from loadtests.planned import Body, PlannedUser, degraded_share
from loadtests.stages import Stages
from merx_core.contracts.recommendation import Placement

__all__ = ["JourneyUser", "Stages"]

LISTED, FOUND = "recommendation: list", "search: found"
QUOTED, TAKEN = "pricing: quoted", "intake: taken"
STEPS = {LISTED: "POST", FOUND: "POST", QUOTED: "POST", TAKEN: "POST"}
ENDED = "journey"
SHOWN, TITLES, IN_CART = 10, 50, 3
SHOPPERS = 2_000


@events.init_command_line_parser.add_listener  # type: ignore[untyped-decorator]
def options(parser: LocustArgumentParser) -> None:
    """What profiles set beside locust's own options; the host is recommendation's."""
    parser.add_argument("--search", default="http://127.0.0.1:8003/search", help="where search is")
    parser.add_argument("--pricing", default="http://127.0.0.1:8002", help="where pricing is")
    parser.add_argument("--intake", default="http://127.0.0.1:8007", help="where intake is")
    parser.add_argument("--pause-s", type=float, default=1.0, help="mean time before each request")
    parser.add_argument("--p99-ms", type=float, default=250.0, help="gate on each kind of request")
    parser.add_argument("--ended-share", type=float, default=1.0, help="gate on journeys that came to their end")


@events.quitting.add_listener  # type: ignore[untyped-decorator]
def gates(environment: Environment, **_: object) -> None:
    """One step that fails ends its journey."""
    asked, stats = environment.parsed_options, environment.stats
    held = [gate for name, method in STEPS.items() for gate in latency(name, stats.get(name, method), asked.p99_ms)]
    ended = stats.get(ENDED, "ALL")
    share = 1.0 - ended.fail_ratio if ended.num_requests else 0.0
    held += [
        Gate("journeys that came to their end", share, asked.ended_share, "{:.2%}", least=True),
        degraded_share(asked),
        failures(stats.total, asked.error_share),
    ]
    environment.process_exit_code = close([*held, *growth_gates(asked.memory_growth)])


class JourneyUser(PlannedUser):
    """One shopper after another; a step without a right answer ends the journey there."""

    def on_start(self) -> None:
        """Every user's events have ids of their own."""
        super().on_start()
        self.run = os.urandom(6).hex()
        self.number = itertools.count()

    @task  # type: ignore[untyped-decorator]
    def journey(self) -> None:
        """Counted as one request more, which fails where a step did."""
        began = self.due
        ended = self._walk()
        self.environment.events.request.fire(
            request_type="ALL",
            name=ENDED,
            response_time=(self.due - began) * 1_000,
            response_length=0,
            exception=None if ended else RuntimeError("a step failed"),
            context={},
        )
        self.first = False

    def _walk(self) -> bool:
        shopper = f"loadtest-{self.chance.randrange(SHOPPERS)}"
        home = self._list(shopper, Placement.HOME)
        found = self._find(shopper)
        if not home or not found or not self._quote(shopper, found):
            return False
        looked_at = found[: self.chance.randint(1, IN_CART)]
        for product in looked_at:
            if not self._tell(shopper, "view_item", [product]):
                return False
        beside = self._list(shopper, Placement.PRODUCT, product_ids=looked_at[:1])
        if not beside or not self._tell(shopper, "add_to_cart", looked_at):
            return False
        cart = self._list(shopper, Placement.CART, product_ids=looked_at)
        return bool(cart) and self._quote(shopper, looked_at) and self._tell(shopper, "purchase", looked_at)

    def _list(self, shopper: str, placement: Placement, **page: Any) -> list[str]:
        self.wait(self.asked.pause_s)
        body = {"customer_id": shopper, "placement": placement.value, "size": SHOWN, **page}
        answer = self.post("/v1/recommendations", body, LISTED, lambda told: "" if told["items"] else "an empty list")
        return [item["product_id"] for item in answer["items"]] if answer else []

    def _find(self, shopper: str) -> list[str]:
        """Looks at what search lists first, types words of one of the titles, and gets the products found."""
        who: Body = {"customer_id": shopper}
        listed = self._search({**who, "size": TITLES})
        if listed is None:
            return []
        text = searching.query([item["title"] for item in listed["items"]], self.chance)
        found = self._search({**who, "query": text, "size": SHOWN}) if text else listed
        return [item["product_id"] for item in found["items"]][:SHOWN] if found else []

    def _search(self, body: Body) -> Body | None:
        self.wait(self.asked.pause_s)
        ask = searching.Ask(body)
        return self.post(f"{self.asked.search}/v1/search", body, FOUND, lambda told: searching.wrong(ask, told))

    def _quote(self, shopper: str, products: list[str]) -> bool:
        self.wait(self.asked.pause_s)
        body = {"customer_id": shopper, "lines": [{"product_id": product} for product in products]}
        url = f"{self.asked.pricing}/v1/prices:quote"
        return self.post(url, body, QUOTED, lambda told: quoting.wrong_quote(body, told)) is not None

    def _tell(self, shopper: str, kind: str, products: list[str]) -> bool:
        """One event of the shopper's."""
        self.wait(self.asked.pause_s)
        body = records.did(f"{self.run}-{next(self.number)}", kind, shopper, products)
        parcel = records.Parcel(body, (records.ACCEPTED,), bare=True)
        url = f"{self.asked.intake}/v1/events"
        return self.post(url, body, TAKEN, lambda told: records.wrong(parcel, 200, told)) is not None
