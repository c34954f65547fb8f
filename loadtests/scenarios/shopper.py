"""A shopper looks at home, a product, the cart, and home again; the gates make the exit status.

Arrivals are planned, not answers waited for: a user's next request is due at its own moment (exponential gaps), and a
late answer counts from when its request was due, so that a stall counts against the service that stalls.
"""

import json
import random
import time
from argparse import Namespace
from collections.abc import Callable, Iterator
from typing import Any

from locust import FastHttpUser, events, task
from locust.argument_parser import LocustArgumentParser
from locust.env import Environment

from loadtests.gates import close, failures, latency
from loadtests.stages import Stages
from merx_core.contracts.recommendation import Placement

__all__ = ["ShopperUser", "Stages"]

PATH = "/v1/recommendations"
CUSTOMERS = 2_000
Step = tuple[Placement, dict[str, object]]


@events.init_command_line_parser.add_listener  # type: ignore[untyped-decorator]
def options(parser: LocustArgumentParser) -> None:
    """What profiles set beside locust's own options."""
    parser.add_argument("--arrivals", type=float, default=2.0, help="requests a second of each user")
    parser.add_argument("--p99-ms", type=float, default=250.0, help="gate on the 99th percentile")


@events.quitting.add_listener  # type: ignore[untyped-decorator]
def gates(environment: Environment, **_: object) -> None:
    """Of all requests together."""
    asked: Namespace = environment.parsed_options
    stats = environment.stats
    environment.process_exit_code = close(
        [*latency("lists", stats.total, asked.p99_ms), failures(stats.total, asked.error_share)]
    )


class ShopperUser(FastHttpUser):  # type: ignore[misc]
    """One shopper after another: most are known, one in five is a stranger."""

    def on_start(self) -> None:
        """Draws the first gap, so that users do not arrive together."""
        asked = self.environment.parsed_options
        self.chance = random.Random(asked.seed + id(self))
        self.arrivals = asked.arrivals
        self.headers = {"x-api-key": asked.api_key} if asked.api_key else {}
        self.due = time.perf_counter() + self.chance.expovariate(self.arrivals)
        self.seen: list[str] = []

    @task  # type: ignore[untyped-decorator]
    def visit(self) -> None:
        """One round through the shop."""
        number = self.chance.randrange(CUSTOMERS)
        known = self.chance.random() < 0.8
        who: dict[str, object] = {"customer_id": str(number)} if known else {"anonymous_id": f"device-{number}"}
        self.seen = []
        for placement, page in self._steps():
            self._ask(placement, {**who, **page, "placement": placement.value})

    def wait_time(self) -> float:
        """The gaps lie between requests, not between visits."""
        return 0.0

    def _steps(self) -> Iterator[Step]:
        yield Placement.HOME, {}
        yield Placement.PRODUCT, {"product_ids": self.seen[:1]}
        yield Placement.CART, {"product_ids": self.seen[:2]}
        yield Placement.HOME, {"recent": self.seen[:3]}

    def _ask(self, placement: Placement, body: dict[str, object]) -> None:
        time.sleep(max(self.due - time.perf_counter(), 0.0))
        arguments: dict[str, Any] = {"json": body, "headers": self.headers, "name": f"{PATH} {placement.value}"}
        with self.client.post(PATH, catch_response=True, **arguments) as answer:
            answer.request_meta["response_time"] = (time.perf_counter() - self.due) * 1_000
            self.due += self.chance.expovariate(self.arrivals)
            _judge(answer, self._remember)

    def _remember(self, products: list[str]) -> None:
        self.seen = products or self.seen


def _judge(answer: Any, remember: Callable[[list[str]], None]) -> None:
    """An answer is a success with a list in it, or a refusal that says when to come again."""
    if answer.status_code == 429 and answer.headers.get("retry-after"):
        answer.success()
        return
    if answer.status_code != 200:
        answer.failure(f"status {answer.status_code}")
        return
    try:
        remember([item["product_id"] for item in json.loads(answer.text)["items"]])
    except (ValueError, KeyError, TypeError) as error:
        answer.failure(f"not a list: {error}")
