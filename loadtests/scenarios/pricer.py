"""A shop's pages, carts and back office ask for prices, and look up in the audit what they were told.

Sessions and the requests in them are planned, not answers waited for: each request is due at its own moment, and a late
answer counts from when its request was due. Every answer is judged: a wrong one has failed, and so has an audit that
lacks a price. The products are those that search lists; the quotes stay in the audit.
"""

import json
import random
import time
from argparse import Namespace
from collections.abc import Callable
from typing import Any
from urllib.parse import quote as escaped

from locust import FastHttpUser, events, task
from locust.argument_parser import LocustArgumentParser
from locust.env import Environment
from locust.exception import StopUser

from loadtests import quoting
from loadtests.gates import Gate, close, failures, latency
from loadtests.paced import keys
from loadtests.quoting import BATCH, CATEGORY, PAGE, Body
from loadtests.stages import Stages

__all__ = ["PricerUser", "Stages"]

QUOTE, SIMULATE, AUDIT = "/v1/prices:quote", "/v1/prices:simulate", "/v1/prices/audit"
PAGES = {PAGE: f"{QUOTE} product page", CATEGORY: f"{QUOTE} category page"}
CART, BATCHED = f"{QUOTE} cart", f"{QUOTE} {BATCH}"
CURVE, FORECAST, LOOKED_UP = f"{SIMULATE} curve", "/v1/products/{id}/forecast", f"{AUDIT} of a quote"
LISTED, REFUSED, UNKNOWN = "search: products", "pricing 429", "pricing: nothing known"
CUSTOMERS = 2_000
LISTINGS, LISTING = 5, 100
KNOWN = {404: "no_forecast", 409: "demand_unknown"}
"""What is said of a product that the book does not know: an answer."""
Judge = Callable[[Body], str]
products: list[str] = []
"""Of the shop; read once."""
degraded: list[bool] = []
"""Of each answer, whether it lacked something."""


@events.init_command_line_parser.add_listener  # type: ignore[untyped-decorator]
def options(parser: LocustArgumentParser) -> None:
    """What profiles set beside locust's own options."""
    parser.add_argument("--search", default="http://127.0.0.1:8003/search", help="what lists the products")
    parser.add_argument("--pause-s", type=float, default=0.5, help="mean time before each request")
    parser.add_argument("--office", type=float, default=0.1, help="share of sessions with a batch, a curve, a forecast")
    parser.add_argument("--looked-up", type=float, default=0.1, help="share of quotes that are looked up in the audit")
    parser.add_argument("--p99-ms", type=float, default=100.0, help="gate on pages and carts")
    parser.add_argument("--batch-p99-ms", type=float, default=100.0, help=f"gate on {BATCH} prices")
    parser.add_argument("--office-p99-ms", type=float, default=250.0, help="gate on curves, forecasts and the audit")
    parser.add_argument("--degraded-share", type=float, default=0.0, help="gate on answers that lacked something")


@events.quitting.add_listener  # type: ignore[untyped-decorator]
def gates(environment: Environment, **_: object) -> None:
    """Wrong answers are among those that failed."""
    asked, stats = environment.parsed_options, environment.stats
    lacking = sum(degraded) / len(degraded) if degraded else 0.0
    held = [gate for name in (*PAGES.values(), CART) for gate in latency(name, stats.get(name, "POST"), asked.p99_ms)]
    held += latency(BATCHED, stats.get(BATCHED, "POST"), asked.batch_p99_ms)
    for name, method in ((CURVE, "POST"), (FORECAST, "GET"), (LOOKED_UP, "GET")):
        held += latency(name, stats.get(name, method), asked.office_p99_ms)
    held += [Gate("degraded", lacking, asked.degraded_share, "{:.2%}"), failures(stats.total, asked.error_share)]
    environment.process_exit_code = close(held)


class PricerUser(FastHttpUser):  # type: ignore[misc]
    """One session after another; the first of each user does everything that a session can."""

    def on_start(self) -> None:
        """Draws the first gap, so that users do not arrive together."""
        self.asked: Namespace = self.environment.parsed_options
        self.chance = random.Random(self.asked.seed + id(self))
        self.first = True
        if not products:
            self._list()
        self.due = time.perf_counter()

    @task  # type: ignore[untyped-decorator]
    def session(self) -> None:
        """A category, a product of it, perhaps the cart; now and then the back office."""
        self._quote(PAGES[CATEGORY], quoting.quote(products, CATEGORY, self.chance))
        self._quote(PAGES[PAGE], quoting.quote(products, PAGE, self.chance))
        if self._does(0.5):
            customer = str(self.chance.randrange(CUSTOMERS))
            self._quote(CART, quoting.cart(products, customer, self.chance))
        if self._does(self.asked.office):
            self._quote(BATCHED, quoting.quote(products, BATCH, self.chance))
            self._post(SIMULATE, {"product_id": self.chance.choice(products)}, CURVE, quoting.wrong_curve)
            path = f"/v1/products/{escaped(self.chance.choice(products), safe='')}/forecast"
            self._get(path, FORECAST, quoting.wrong_forecast)
        self.first = False

    def wait_time(self) -> float:
        """The gaps lie between requests, not between sessions."""
        return 0.0

    def _does(self, share: float) -> bool:
        return self.chance.random() < share or self.first

    def _list(self) -> None:
        """Some hundreds of products, those that sell most."""
        found, cursor = [], ""
        for _ in range(LISTINGS):
            body = {"size": LISTING, **({"cursor": cursor} if cursor else {})}
            self.due = time.perf_counter()
            page = self._post(f"{self.asked.search}/v1/search", body, LISTED, _unlisted)
            if page is None:
                raise StopUser
            found += [item["product_id"] for item in page["items"]]
            cursor = page.get("next_cursor", "")
            if not cursor:
                break
        products[:] = found

    def _quote(self, name: str, body: Body) -> None:
        answer = self._post(QUOTE, body, name, lambda told: quoting.wrong_quote(body, told))
        if answer is not None and self._does(self.asked.looked_up):
            path = f"{AUDIT}?request_id={escaped(answer['request_id'], safe='')}&limit=200"
            self._get(path, LOOKED_UP, lambda page: quoting.missing(answer, page))

    def _post(self, path: str, body: Body, name: str, judge: Judge) -> Body | None:
        """The answer, where a right one came."""
        self._wait(name)
        headers = keys(self.asked)
        with self.client.post(path, json=body, headers=headers, name=name, catch_response=True) as answer:
            return self._judged(answer, judge)

    def _get(self, path: str, name: str, judge: Judge) -> Body | None:
        """The answer, where a right one came."""
        self._wait(name)
        with self.client.get(path, headers=keys(self.asked), name=name, catch_response=True) as answer:
            return self._judged(answer, judge)

    def _wait(self, name: str) -> None:
        """Until the request is due, which does not depend on when the last one was answered."""
        if name != LISTED:
            self.due += self.chance.expovariate(1.0 / self.asked.pause_s)
        time.sleep(max(self.due - time.perf_counter(), 0.0))

    def _judged(self, answer: Any, judge: Judge) -> Body | None:
        """A refusal that says when to come again is no answer, and no failure either."""
        answer.request_meta["response_time"] = (time.perf_counter() - self.due) * 1_000
        if answer.status_code == 429 and answer.headers.get("retry-after"):
            answer.request_meta["name"] = REFUSED
            answer.success()
            return None
        try:
            told: Body = json.loads(answer.text or "null")
            if answer.status_code in KNOWN and told["code"] == KNOWN[answer.status_code]:
                answer.request_meta["name"] = UNKNOWN
                answer.success()
                return None
            fault = judge(told) if answer.status_code == 200 else f"status {answer.status_code}: {told}"
            degraded.append(bool(told.get("degraded")))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            fault = answer.error or f"not an answer: {error!r}"
        if fault:
            answer.failure(str(fault)[:300])
            return None
        answer.success()
        return told


def _unlisted(page: Body) -> str:
    return "" if page["items"] else "search lists no product"
