"""A circuit breaker: after a few failures in a row nobody waits any more, and one caller now and then looks again."""

import time
from collections.abc import Callable


class Breaker:
    """Closed while calls succeed; open after `threshold` failures in a row; one probe every `retry_s` while open.

    Not locked: in a race a probe more is made, which does no harm.
    """

    def __init__(
        self, *, threshold: int = 3, retry_s: float = 0.25, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._threshold = threshold
        self._retry_s = retry_s
        self._monotonic = monotonic
        self._failures = 0
        self._next_probe = 0.0

    @property
    def open(self) -> bool:
        return self._failures >= self._threshold

    def allows(self) -> bool:
        """Whether to make this call; while open, the caller that is told yes is the probe."""
        if not self.open:
            return True
        now = self._monotonic()
        if now < self._next_probe:
            return False
        self._next_probe = now + self._retry_s
        return True

    def succeeded(self) -> None:
        self._failures = 0

    def failed(self) -> None:
        self._failures += 1
        if self.open:
            self._next_probe = self._monotonic() + self._retry_s
