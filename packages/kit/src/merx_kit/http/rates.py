"""How often one caller may ask: each process allows every caller a rate, and a burst above it.

The generic cell rate algorithm (ITU-T I.371): one number for each caller, so that a request pays for one look into a
dictionary. Processes do not tell each other: a caller of n replicas behind a balancer has up to n times the rate.
"""

import math
import time
from collections.abc import Callable

from merx_kit.errors import RateLimited
from merx_kit.http.admission import REFUSED
from merx_kit.http.context import Principal, Rate

ROUNDING_S = 1e-6
"""What sums of fractions may be off by: the last of a burst is not refused for it."""
REMEMBERED = 10_000
"""Callers; beyond, those that have all of their burst again are forgotten, which changes nothing for them."""


class RateLimits:
    """`default` is for callers whose credentials name no rate; None is no limit."""

    def __init__(self, default: Rate | None, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._default = default
        self._clock = clock
        self._due: dict[str, float] = {}
        self._refused = REFUSED.labels("rate")

    def take(self, caller: Principal) -> None:
        """Counts one request. Raises RateLimited, with when the next one is free, where the caller was too fast."""
        rate = caller.rate or self._default
        if rate is None:
            return
        now, each = self._clock(), 1.0 / rate.per_s
        due = max(self._due.get(caller.id, now), now)
        wait = due - now - (rate.burst - 1) * each
        if wait > ROUNDING_S:
            self._refused.inc()
            raise RateLimited(rate.per_s, retry_after_seconds=math.ceil(wait))
        if len(self._due) >= REMEMBERED:
            self._due = {name: then for name, then in self._due.items() if then > now}
        self._due[caller.id] = due + each
