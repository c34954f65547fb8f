"""Shoppers who type a query letter by letter, narrow it down, page on, search by a picture and for what looks like it.

Every answer is judged: a wrong one has failed.
"""

import base64
from typing import Any
from urllib.parse import quote

from locust import events, task
from locust.argument_parser import LocustArgumentParser
from locust.env import Environment

from loadtests.gates import close, failures, latency
from loadtests.memory import growth_gates
from loadtests.planned import Body, PlannedUser, Wrong, degraded_share
from loadtests.searching import Ask, filtered, offered, prefixes, query, wrong
from loadtests.stages import Stages

__all__ = ["SearcherUser", "Stages"]

PATH, PRODUCT = "/v1/search", "/v1/products/{id}"
TYPED, REFINED, BY_PICTURE = f"{PATH} typed", f"{PATH} refined", f"{PATH} by picture"
FETCHED, ALIKE = f"{PRODUCT}/picture", f"{PRODUCT}/lookalikes"
CUSTOMERS = 2_000
SIZE, TITLES = 20, 100
NARROW, PAGE_ON, LOOK_ALIKE = 0.6, 0.3, 0.3


@events.init_command_line_parser.add_listener  # type: ignore[untyped-decorator]
def options(parser: LocustArgumentParser) -> None:
    """What profiles set beside locust's own options."""
    parser.add_argument("--letter-s", type=float, default=0.2, help="mean time between two letters")
    parser.add_argument("--pause-s", type=float, default=1.0, help="mean time before anything else")
    parser.add_argument("--pictures", type=float, default=0.25, help="share of sessions with one; 0: the shop has none")
    parser.add_argument("--p99-ms", type=float, default=100.0, help="gate on words, filters, pages and lookalikes")
    parser.add_argument("--picture-p99-ms", type=float, default=500.0, help="gate on searches by picture")


@events.quitting.add_listener  # type: ignore[untyped-decorator]
def gates(environment: Environment, **_: object) -> None:
    """Wrong answers are among those that failed."""
    asked, stats = environment.parsed_options, environment.stats
    held = [*latency("typed", stats.get(TYPED, "POST"), asked.p99_ms)]
    held += latency("refined", stats.get(REFINED, "POST"), asked.p99_ms)
    if asked.pictures:
        held += latency("by picture", stats.get(BY_PICTURE, "POST"), asked.picture_p99_ms)
        held += latency("lookalikes", stats.get(ALIKE, "GET"), asked.p99_ms)
    held += [degraded_share(asked), failures(stats.total, asked.error_share)]
    environment.process_exit_code = close([*held, *growth_gates(asked.memory_growth)])


class SearcherUser(PlannedUser):
    """At the search box."""

    def on_start(self) -> None:
        """Nothing was found yet."""
        super().on_start()
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
        if self.asked.pictures and pictured and self.does(self.asked.pictures):
            self._by_picture(self.chance.choice(pictured))
        if self.asked.pictures and pictured and self.does(LOOK_ALIKE):
            self._lookalikes(self.chance.choice(pictured)["product_id"])
        self.first = False

    def _type(self, text: str) -> None:
        body: Body = {}
        for typed in prefixes(text):
            body = {**self.who, "query": typed, "size": SIZE, "facets": ["brand", "category"]}
            if not self._search(TYPED, Ask(body), self.asked.letter_s):
                return
        value = offered(self.answer, self.chance) if body else None
        if value and self.does(NARROW):
            body = filtered(body, *value)
            if not self._search(REFINED, Ask(body, chosen=True)):
                return
        if self.answer.get("next_cursor") and self.does(PAGE_ON):
            shown = frozenset(item["product_id"] for item in self.answer["items"])
            self._search(REFINED, Ask({**body, "cursor": self.answer["next_cursor"]}, shown=shown))

    def _by_picture(self, item: Body) -> None:
        self.wait(self.asked.pause_s)
        content = self.ask("GET", f"/{item['picture']}", FETCHED, _picture)
        if content is not None:
            picture = base64.b64encode(content).decode()
            self._search(BY_PICTURE, Ask({**self.who, "image": picture, "size": SIZE}, sought=item["product_id"]))

    def _lookalikes(self, product: str) -> None:
        self.wait(self.asked.pause_s)
        ask = Ask({"size": SIZE}, shown=frozenset({product}))
        path = f"/v1/products/{quote(product, safe='')}/lookalikes?size={SIZE}"
        self._keep(self.get(path, ALIKE, lambda answer: wrong(ask, answer)))

    def _search(self, name: str, ask: Ask, gap_s: float | None = None) -> bool:
        """Whether an answer came, and a right one: `self.answer`."""
        self.wait(self.asked.pause_s if gap_s is None else gap_s)
        return self._keep(self.post(PATH, ask.body, name, lambda answer: wrong(ask, answer)))

    def _keep(self, answer: Body | None) -> bool:
        self.answer = answer or self.answer
        return answer is not None


def _picture(answer: Any) -> bytes:
    if not (answer.headers.get("content-type") or "").startswith("image/"):
        raise Wrong("not a picture")
    content: bytes = answer.content
    return content
