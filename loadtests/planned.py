"""Users whose requests are planned, not answers waited for, and whose answers are judged.

Each request is due at its own moment (exponential gaps), and a late answer counts from when its request was due: a
stall counts against the service that stalls (an open loop). A refusal (429) that says when to come again is an answer.
"""

import json
import random
import time
from argparse import Namespace
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from locust import FastHttpUser

from loadtests.gates import Gate
from loadtests.paced import keys

Body = dict[str, Any]
T = TypeVar("T")
LONGEST_FAULT = 300
_degraded: list[bool] = []
"""Of each answer, whether it lacked something."""


class Wrong(Exception):
    """What is wrong with an answer, in words."""


def degraded_share(asked: Namespace) -> Gate:
    """The share of all JSON answers that said they lacked something."""
    return Gate("degraded", sum(_degraded) / len(_degraded) if _degraded else 0.0, asked.degraded_share, "{:.2%}")


def told(judge: Callable[[Body], str]) -> Callable[[Any], Body]:
    """Reads a JSON object that `judge` finds nothing wrong with ("")."""

    def read(answer: Any) -> Body:
        body: Body = json.loads(answer.text or "null")
        fault = judge(body)
        _degraded.append(bool(body.get("degraded")))
        if fault:
            raise Wrong(fault)
        return body

    return read


class PlannedUser(FastHttpUser):  # type: ignore[misc]
    """One session after another; in the `first` of each user everything happens that can (`does`)."""

    abstract = True

    def on_start(self) -> None:
        """Users draw their own gaps, so that they do not arrive together."""
        self.asked: Namespace = self.environment.parsed_options
        self.chance = random.Random(self.asked.seed + id(self))
        self.due = time.perf_counter()
        self.first = True

    def wait_time(self) -> float:
        """The gaps lie between requests, not between sessions."""
        return 0.0

    def does(self, share: float) -> bool:
        """By chance."""
        return self.chance.random() < share or self.first

    def wait(self, mean_s: float) -> None:
        """Until the next request is due, which does not depend on when the last one was answered."""
        self.due += self.chance.expovariate(1.0 / mean_s)
        time.sleep(max(self.due - time.perf_counter(), 0.0))

    def post(self, path: str, body: Body, name: str, judge: Callable[[Body], str], **options: Any) -> Body | None:
        """As `ask`, for an answer in JSON."""
        return self.ask("POST", path, name, told(judge), json=body, **options)

    def get(self, path: str, name: str, judge: Callable[[Body], str], **options: Any) -> Body | None:
        """As `ask`, for an answer in JSON."""
        return self.ask("GET", path, name, told(judge), **options)

    def ask(
        self,
        method: str,
        path: str,
        name: str,
        read: Callable[[Any], T],
        *,
        known: Mapping[int, tuple[str, str]] | None = None,
        **options: Any,
    ) -> T | None:
        """What `read` makes of a right answer; None where none came, or another one.

        `read` raises Wrong, or ValueError, KeyError or TypeError for what is no answer at all. `known` are refusals
        that are right: by status, the problem's code, and the name under which they are counted.
        """
        headers = keys(self.asked)
        with self.client.request(method, path, headers=headers, name=name, catch_response=True, **options) as answer:
            answer.request_meta["response_time"] = (time.perf_counter() - self.due) * 1_000
            if answer.status_code == 429 and answer.headers.get("retry-after"):
                answer.request_meta["name"] = "refused (429)"
                answer.success()
                return None
            try:
                if known and answer.status_code in known:
                    self._known(answer, *known[answer.status_code])
                    return None
                if answer.status_code != 200:
                    raise Wrong(answer.error or f"status {answer.status_code}: {answer.text or ''}")
                taken = read(answer)
            except Wrong as fault:
                answer.failure(str(fault)[:LONGEST_FAULT])
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                answer.failure(str(answer.error or f"not an answer: {error!r}")[:LONGEST_FAULT])
            else:
                answer.success()
                return taken
        return None

    def _known(self, answer: Any, code: str, name: str) -> None:
        said = json.loads(answer.text)["code"]
        if said != code:
            raise Wrong(f"status {answer.status_code}: {said}")
        answer.request_meta["name"] = name
        answer.success()
