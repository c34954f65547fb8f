"""Shoppers who type a query letter by letter, narrow it down, page on, search by a picture and for what looks like it.

Sessions and the requests in them are planned, not answers waited for: each request is due at its own moment, and a late
answer counts from when its request was due. Every answer is judged: a wrong one has failed.
"""

import base64
import json
import random
import time
from argparse import Namespace
from typing import Any
from urllib.parse import quote

from locust import FastHttpUser, events, task
from locust.argument_parser import LocustArgumentParser
from locust.env import Environment

from loadtests.gates import Gate, close, failures, latency
from loadtests.paced import keys
from loadtests.searching import Ask, Body, filtered, offered, prefixes, query, wrong
from loadtests.stages import Stages

__all__ = ["SearcherUser", "Stages"]

PATH, PRODUCT = "/v1/search", "/v1/products/{id}"
TYPED, REFINED, BY_PICTURE = f"{PATH} typed", f"{PATH} refined", f"{PATH} by picture"
FETCHED, ALIKE, REFUSED = f"{PRODUCT}/picture", f"{PRODUCT}/lookalikes", f"{PATH} 429"
CUSTOMERS = 2_000
SIZE, TITLES = 20, 100
NARROW, PAGE_ON, LOOK_ALIKE = 0.6, 0.3, 0.3
degraded: list[bool] = []
"""Of each answer, whether it lacked something."""


@events.init_command_line_parser.add_listener  # type: ignore[untyped-decorator]
def options(parser: LocustArgumentParser) -> None:
    """What profiles set beside locust's own options."""
    parser.add_argument("--letter-s", type=float, default=0.2, help="mean time between two letters")
    parser.add_argument("--pause-s", type=float, default=1.0, help="mean time before anything else")
    parser.add_argument("--pictures", type=float, default=0.25, help="share of sessions with one; 0: the shop has none")
    parser.add_argument("--p99-ms", type=float, default=100.0, help="gate on words, filters, pages and lookalikes")
    parser.add_argument("--picture-p99-ms", type=float, default=500.0, help="gate on searches by picture")
    parser.add_argument("--degraded-share", type=float, default=0.0, help="gate on answers that lacked something")


@events.quitting.add_listener  # type: ignore[untyped-decorator]
def gates(environment: Environment, **_: object) -> None:
    """Wrong answers are among those that failed."""
    asked, stats = environment.parsed_options, environment.stats
    lacking = sum(degraded) / len(degraded) if degraded else 0.0
    held = [*latency("typed", stats.get(TYPED, "POST"), asked.p99_ms)]
    held += latency("refined", stats.get(REFINED, "POST"), asked.p99_ms)
    if asked.pictures:
        held += latency("by picture", stats.get(BY_PICTURE, "POST"), asked.picture_p99_ms)
        held += latency("lookalikes", stats.get(ALIKE, "GET"), asked.p99_ms)
    held += [Gate("degraded", lacking, asked.degraded_share, "{:.2%}"), failures(stats.total, asked.error_share)]
    environment.process_exit_code = close(held)


class SearcherUser(FastHttpUser):  # type: ignore[misc]
    """One session after another; the first of each user does everything that a session can."""

    def on_start(self) -> None:
        """Draws the first gap, so that users do not arrive together."""
        self.asked: Namespace = self.environment.parsed_options
        self.chance = random.Random(self.asked.seed + id(self))
        self.due = time.perf_counter()
        self.first = True
        self.answer: Body = {}

    @task  # type: ignore[untyped-decorator]
    def session(self) -> None:
        """From a look at what there is to a product that looks like another."""
        self.who: Body = {"customer_id": str(self.chance.randrange(CUSTOMERS))} if self.chance.random() < 0.5 else {}
        if not self._search(TYPED, Ask({**self.who, "size": TITLES})):
            return
        listed = self.answer["items"]
        self._type(query([item["title"] for item in listed], self.chance))
        pictured = [item for item in (*self.answer["items"], *listed) if item.get("picture")]
        if self.asked.pictures and pictured and self._does(self.asked.pictures):
            self._by_picture(self.chance.choice(pictured))
        if self.asked.pictures and pictured and self._does(LOOK_ALIKE):
            self._lookalikes(self.chance.choice(pictured)["product_id"])
        self.first = False

    def wait_time(self) -> float:
        """The gaps lie between requests, not between sessions."""
        return 0.0

    def _does(self, share: float) -> bool:
        return self.chance.random() < share or self.first

    def _type(self, text: str) -> None:
        body: Body = {}
        for typed in prefixes(text):
            body = {**self.who, "query": typed, "size": SIZE, "facets": ["brand", "category"]}
            if not self._search(TYPED, Ask(body), self.asked.letter_s):
                return
        value = offered(self.answer, self.chance) if body else None
        if value and self._does(NARROW):
            body = filtered(body, *value)
            if not self._search(REFINED, Ask(body, chosen=True)):
                return
        if self.answer.get("next_cursor") and self._does(PAGE_ON):
            shown = frozenset(item["product_id"] for item in self.answer["items"])
            self._search(REFINED, Ask({**body, "cursor": self.answer["next_cursor"]}, shown=shown))

    def _by_picture(self, item: Body) -> None:
        self._wait(self.asked.pause_s)
        path = f"/{item['picture']}"
        with self.client.get(path, headers=keys(self.asked), name=FETCHED, catch_response=True) as answer:
            if not self._answered(answer):
                return
            if not (answer.headers.get("content-type") or "").startswith("image/"):
                answer.failure("not a picture")
                return
            picture = base64.b64encode(answer.content).decode()
            answer.success()
        self._search(BY_PICTURE, Ask({**self.who, "image": picture, "size": SIZE}, sought=item["product_id"]))

    def _lookalikes(self, product: str) -> None:
        self._wait(self.asked.pause_s)
        path = f"/v1/products/{quote(product, safe='')}/lookalikes?size={SIZE}"
        with self.client.get(path, headers=keys(self.asked), name=ALIKE, catch_response=True) as answer:
            if self._answered(answer):
                self._judge(answer, Ask({"size": SIZE}, shown=frozenset({product})))

    def _search(self, name: str, ask: Ask, gap_s: float | None = None) -> bool:
        """Whether an answer came, and a right one: `self.answer`."""
        self._wait(self.asked.pause_s if gap_s is None else gap_s)
        headers = keys(self.asked)
        with self.client.post(PATH, json=ask.body, headers=headers, name=name, catch_response=True) as answer:
            return self._answered(answer) and self._judge(answer, ask)

    def _wait(self, mean_s: float) -> None:
        """Until the next request is due, which does not depend on when the last one was answered."""
        self.due += self.chance.expovariate(1.0 / mean_s)
        time.sleep(max(self.due - time.perf_counter(), 0.0))

    def _answered(self, answer: Any) -> bool:
        """A refusal that says when to come again is none, and no failure either."""
        answer.request_meta["response_time"] = (time.perf_counter() - self.due) * 1_000
        if answer.status_code == 200:
            return True
        if answer.status_code == 429 and answer.headers.get("retry-after"):
            answer.request_meta["name"] = REFUSED
            answer.success()
        else:
            answer.failure(answer.error or f"status {answer.status_code}: {(answer.text or '')[:200]}")
        return False

    def _judge(self, answer: Any, ask: Ask) -> bool:
        """Keeps an answer that is one."""
        try:
            told = json.loads(answer.text)
            fault = wrong(ask, told)
            degraded.append(bool(told.get("degraded")))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            fault = f"not an answer: {error!r}"
        if fault:
            answer.failure(fault)
            return False
        self.answer = told
        answer.success()
        return True
