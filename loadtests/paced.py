"""Users that send at even distances, each from a source of its own."""

import os
import random
import time
from argparse import Namespace

from locust import FastHttpUser, constant_throughput

from loadtests.records import Source


def keys(asked: Namespace) -> dict[str, str]:
    """The header of `--api-key`."""
    return {"x-api-key": asked.api_key} if asked.api_key else {}


class PacedUser(FastHttpUser):  # type: ignore[misc]
    """`rate` names the option that says how often a second."""

    abstract = True
    rate = ""

    def on_start(self) -> None:
        """Waits for a part of its distance, so that users do not send together."""
        self.asked: Namespace = self.environment.parsed_options
        self.chance = random.Random(self.asked.seed + id(self))
        self.source = Source(os.urandom(6).hex(), self.chance)
        rate: float = getattr(self.asked, self.rate)
        self.pace = constant_throughput(rate)
        time.sleep(self.chance.random() / rate)

    def wait_time(self) -> float:
        """What is left of the distance."""
        left: float = self.pace(self)
        return left
