"""Watches the memory of every process under load, where a profile asks for it (`--memory-growth`)."""

import threading
import time
import urllib.request

from locust import events
from locust.argument_parser import LocustArgumentParser
from locust.env import Environment

from loadtests.gates import Gate
from loadtests.growth import addresses, growth, resident

EVERY_S = 5.0
_held: dict[str, list[float]] = {}


@events.init_command_line_parser.add_listener  # type: ignore[untyped-decorator]
def options(parser: LocustArgumentParser) -> None:
    """Off where 0."""
    parser.add_argument(
        "--memory-growth", type=float, default=0.0, help="gate on growth from early to late; .1 = 10 %%"
    )


@events.test_start.add_listener  # type: ignore[untyped-decorator]
def watch(environment: Environment, **_: object) -> None:
    """Reads the services' own metrics while the load lasts."""
    asked = environment.parsed_options
    if asked.memory_growth > 0.0:
        for address in addresses(environment.host, asked):
            threading.Thread(target=_watch, args=(address, _held.setdefault(address, [])), daemon=True).start()


def growth_gates(limit: float) -> list[Gate]:
    """One for each process; none where growth was not asked for."""
    return [Gate(f"{address}: memory grown", growth(held), limit, "{:.1%}") for address, held in _held.items()]


def _watch(address: str, held: list[float]) -> None:
    while True:
        try:
            with urllib.request.urlopen(f"{address}/metrics", timeout=EVERY_S) as answer:
                held.append(resident(answer.read().decode()))
        except (OSError, ValueError):
            pass  # a look that failed is one look less: the gate needs most of them
        time.sleep(EVERY_S)
