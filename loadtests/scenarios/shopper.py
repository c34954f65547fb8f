"""A shopper looks at home, a product, the cart, and home again; the gates make the exit status."""

from argparse import Namespace
from collections.abc import Iterator

from locust import events, task
from locust.argument_parser import LocustArgumentParser
from locust.env import Environment

from loadtests.gates import close, failures, latency
from loadtests.memory import growth_gates
from loadtests.planned import Body, PlannedUser, degraded_share
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
    held = [*latency("lists", stats.total, asked.p99_ms), degraded_share(asked)]
    held += [failures(stats.total, asked.error_share), *growth_gates(asked.memory_growth)]
    environment.process_exit_code = close(held)


class ShopperUser(PlannedUser):
    """One shopper after another: most are known, one in five is a stranger."""

    def on_start(self) -> None:
        """No list was shown yet."""
        super().on_start()
        self.seen: list[str] = []

    @task  # type: ignore[untyped-decorator]
    def visit(self) -> None:
        """One round through the shop."""
        number = self.chance.randrange(CUSTOMERS)
        known = self.chance.random() < 0.8
        who: Body = {"customer_id": str(number)} if known else {"anonymous_id": f"device-{number}"}
        self.seen = []
        for placement, page in self._steps():
            self.wait(1.0 / self.asked.arrivals)
            name = f"{PATH} {placement.value}"
            answer = self.post(PATH, {**who, **page, "placement": placement.value}, name, _wrong)
            if answer is not None:
                self.seen = [item["product_id"] for item in answer["items"]] or self.seen

    def _steps(self) -> Iterator[Step]:
        yield Placement.HOME, {}
        yield Placement.PRODUCT, {"product_ids": self.seen[:1]}
        yield Placement.CART, {"product_ids": self.seen[:2]}
        yield Placement.HOME, {"recent": self.seen[:3]}


def _wrong(answer: Body) -> str:
    products = [item["product_id"] for item in answer["items"]]
    return "" if len(set(products)) == len(products) else f"a product is there twice: {products}"
