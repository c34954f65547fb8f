"""Browsers send intake one event, the shop's servers twenty; every verdict is held against what the record deserves.

One request in five has an `Idempotency-Key`, and one in ten of those is sent twice. The events stay in the log, under
shoppers and products whose ids begin with `loadtest-`.
"""

import json
import os

from locust import events, task
from locust.argument_parser import LocustArgumentParser
from locust.env import Environment

from loadtests.gates import Gate, close, failures, latency
from loadtests.memory import growth_gates
from loadtests.paced import PacedUser, keys
from loadtests.records import Parcel, wrong
from loadtests.stages import Stages

__all__ = ["Browser", "Server", "Stages"]

PATH = "/v1/events"
SIZE = 20
ONE, BATCH, REFUSED = f"{PATH} one", f"{PATH} {SIZE}", f"{PATH} 429"
BAD, KEYED, TWICE = 0.05, 0.2, 0.1


@events.init_command_line_parser.add_listener  # type: ignore[untyped-decorator]
def options(parser: LocustArgumentParser) -> None:
    """What profiles set beside locust's own options."""
    parser.add_argument("--arrivals", type=float, default=4.0, help="requests a second of each user")
    parser.add_argument("--one-p99-ms", type=float, default=250.0, help="gate on requests of one event")
    parser.add_argument("--batch-p99-ms", type=float, default=250.0, help="gate on requests of twenty")
    parser.add_argument("--events-rate", type=float, default=0.0, help="gate on events with the right verdict, 1/s")


@events.quitting.add_listener  # type: ignore[untyped-decorator]
def gates(environment: Environment, **_: object) -> None:
    """The rate is a gate because a user waits for its answer: a service that stalls is sent less."""
    asked, stats = environment.parsed_options, environment.stats
    one, batch = stats.get(ONE, "POST"), stats.get(BATCH, "POST")
    seconds = (stats.last_request_timestamp or 0.0) - stats.start_time
    right = one.num_requests - one.num_failures + SIZE * (batch.num_requests - batch.num_failures)
    rate = right / seconds if seconds > 0.0 else 0.0
    environment.process_exit_code = close(
        [
            *latency("one event", one, asked.one_p99_ms),
            *latency(f"{SIZE} events", batch, asked.batch_p99_ms),
            Gate("events judged rightly", rate, asked.events_rate, "{:,.0f}/s", least=True),
            failures(stats.total, asked.error_share),
            *growth_gates(asked.memory_growth),
        ],
    )


class Sender(PacedUser):
    """Sends parcels."""

    abstract = True
    rate = "arrivals"

    def send(self, parcel: Parcel, name: str) -> None:
        """Under a key, and then perhaps again, or without one."""
        keyed = self.chance.random() < KEYED
        own = {"idempotency-key": os.urandom(8).hex()} if keyed else {}
        if self._post(parcel, name, own) and keyed and self.chance.random() < TWICE:
            self._post(parcel.again(), name, own)

    def _post(self, parcel: Parcel, name: str, own: dict[str, str]) -> bool:
        """Whether the answer was the right one."""
        headers = {**keys(self.asked), **own}
        with self.client.post(PATH, json=parcel.body, headers=headers, name=name, catch_response=True) as answer:
            if answer.status_code == 429 and answer.headers.get("retry-after"):
                answer.request_meta["name"] = REFUSED
                answer.success()
                return False
            if answer.status_code == 0:
                answer.failure(answer.error)
                return False
            try:
                fault = wrong(parcel, answer.status_code, json.loads(answer.text or "{}"))
            except (ValueError, AttributeError) as error:
                fault = f"not an answer: {error}"
            if fault:
                answer.failure(fault)
                return False
            answer.success()
            return True


class Browser(Sender):
    """What a shopper does, as it happens."""

    weight = 5

    @task  # type: ignore[untyped-decorator]
    def one(self) -> None:
        """A bad one now and then, as browsers send them."""
        self.send(self.source.one(bad=self.chance.random() < BAD), ONE)


class Server(Sender):
    """What several shoppers did, collected."""

    weight = 1

    @task  # type: ignore[untyped-decorator]
    def several(self) -> None:
        """One record of a batch is bad now and then."""
        self.send(self.source.several(SIZE, bad=self.chance.random() < BAD), BATCH)
