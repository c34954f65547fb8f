"""Watches the memory of the process under load, where a profile asks for it (`--memory-growth`)."""

import threading
import time
import urllib.request

from locust import events
from locust.argument_parser import LocustArgumentParser
from locust.env import Environment

from loadtests.gates import Gate
from loadtests.growth import growth, resident

EVERY_S = 5.0
_held: list[float] = []


@events.init_command_line_parser.add_listener  # type: ignore[untyped-decorator]
def options(parser: LocustArgumentParser) -> None:
    """Off where 0."""
    parser.add_argument(
        "--memory-growth", type=float, default=0.0, help="gate on growth from early to late; .1 = 10 %%"
    )


@events.test_start.add_listener  # type: ignore[untyped-decorator]
def watch(environment: Environment, **_: object) -> None:
    """Reads the host's own metrics while the load lasts."""
    if environment.parsed_options.memory_growth > 0.0:
        threading.Thread(target=_watch, args=(environment.host,), daemon=True).start()


def growth_gates(limit: float) -> list[Gate]:
    """None where growth was not asked for."""
    return [Gate("memory grown", growth(_held), limit, "{:.1%}")] if limit > 0.0 else []


def _watch(host: str) -> None:
    while True:
        try:
            with urllib.request.urlopen(f"{host}/metrics", timeout=EVERY_S) as answer:
                _held.append(resident(answer.read().decode()))
        except (OSError, ValueError):
            pass  # a look that failed is one look less: the gate needs most of them
        time.sleep(EVERY_S)
