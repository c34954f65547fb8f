"""A shop's pages, carts and back office ask for prices, and look up in the audit what they were told.

Every answer is judged: a wrong one has failed, and so has an audit that lacks a price. The products are those that
search lists; the quotes stay in the audit.
"""

import time
from urllib.parse import quote as escaped

from locust import events, task
from locust.argument_parser import LocustArgumentParser
from locust.env import Environment
from locust.exception import StopUser

from loadtests import quoting
from loadtests.gates import close, failures, latency
from loadtests.memory import growth_gates
from loadtests.planned import Body, PlannedUser, degraded_share
from loadtests.quoting import BATCH, CATEGORY, PAGE
from loadtests.stages import Stages

__all__ = ["PricerUser", "Stages"]

QUOTE, SIMULATE, AUDIT = "/v1/prices:quote", "/v1/prices:simulate", "/v1/prices/audit"
PAGES = {PAGE: f"{QUOTE} product page", CATEGORY: f"{QUOTE} category page"}
CART, BATCHED = f"{QUOTE} cart", f"{QUOTE} {BATCH}"
CURVE, FORECAST, LOOKED_UP = f"{SIMULATE} curve", "/v1/products/{id}/forecast", f"{AUDIT} of a quote"
LISTED, UNKNOWN = "search: products", "pricing: nothing known"
CUSTOMERS = 2_000
LISTINGS, LISTING = 5, 100
KNOWN = {404: ("no_forecast", UNKNOWN), 409: ("demand_unknown", UNKNOWN)}
"""What is said of a product that the book does not know: an answer."""
products: list[str] = []
"""Of the shop; read once."""


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


@events.quitting.add_listener  # type: ignore[untyped-decorator]
def gates(environment: Environment, **_: object) -> None:
    """Wrong answers are among those that failed."""
    asked, stats = environment.parsed_options, environment.stats
    held = [gate for name in (*PAGES.values(), CART) for gate in latency(name, stats.get(name, "POST"), asked.p99_ms)]
    held += latency(BATCHED, stats.get(BATCHED, "POST"), asked.batch_p99_ms)
    for name, method in ((CURVE, "POST"), (FORECAST, "GET"), (LOOKED_UP, "GET")):
        held += latency(name, stats.get(name, method), asked.office_p99_ms)
    held += [degraded_share(asked), failures(stats.total, asked.error_share)]
    environment.process_exit_code = close([*held, *growth_gates(asked.memory_growth)])


class PricerUser(PlannedUser):
    """A visit, and now and then the back office."""

    def on_start(self) -> None:
        """Whoever comes first reads what the shop sells."""
        super().on_start()
        if not products:
            self._list()

    @task  # type: ignore[untyped-decorator]
    def session(self) -> None:
        """A category, a product of it, perhaps the cart; now and then the back office."""
        self._quote(PAGES[CATEGORY], quoting.quote(products, CATEGORY, self.chance))
        self._quote(PAGES[PAGE], quoting.quote(products, PAGE, self.chance))
        if self.does(0.5):
            customer = str(self.chance.randrange(CUSTOMERS))
            self._quote(CART, quoting.cart(products, customer, self.chance))
        if self.does(self.asked.office):
            self._quote(BATCHED, quoting.quote(products, BATCH, self.chance))
            self.wait(self.asked.pause_s)
            curve = {"product_id": self.chance.choice(products)}
            self.post(SIMULATE, curve, CURVE, quoting.wrong_curve, known=KNOWN)
            self.wait(self.asked.pause_s)
            path = f"/v1/products/{escaped(self.chance.choice(products), safe='')}/forecast"
            self.get(path, FORECAST, quoting.wrong_forecast, known=KNOWN)
        self.first = False

    def _list(self) -> None:
        """Some hundreds of products, those that sell most."""
        found, cursor = [], ""
        for _ in range(LISTINGS):
            body = {"size": LISTING, **({"cursor": cursor} if cursor else {})}
            self.due = time.perf_counter()
            page = self.post(f"{self.asked.search}/v1/search", body, LISTED, _unlisted)
            if page is None:
                raise StopUser
            found += [item["product_id"] for item in page["items"]]
            cursor = page.get("next_cursor", "")
            if not cursor:
                break
        products[:] = found

    def _quote(self, name: str, body: Body) -> None:
        self.wait(self.asked.pause_s)
        answer = self.post(QUOTE, body, name, lambda told: quoting.wrong_quote(body, told))
        if answer is not None and self.does(self.asked.looked_up):
            self.wait(self.asked.pause_s)
            path = f"{AUDIT}?request_id={escaped(answer['request_id'], safe='')}&limit=200"
            self.get(path, LOOKED_UP, lambda page: quoting.missing(answer, page))


def _unlisted(page: Body) -> str:
    return "" if page["items"] else "search lists no product"
