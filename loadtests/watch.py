"""A shopper's open stream: its frames, the list that is shown, and the click that waits for another one."""

import json
import random
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Frame:
    """A server-sent event (https://html.spec.whatwg.org/multipage/server-sent-events.html); a comment has no field."""

    id: str = ""
    event: str = ""
    data: str = ""
    retry: str = ""


def frame(block: bytes) -> Frame:
    """The fields of the lines up to an empty one."""
    fields: dict[str, list[str]] = {}
    for line in block.decode().splitlines():
        name, _, value = line.partition(":")
        fields.setdefault(name, []).append(value.removeprefix(" "))
    return Frame(**{name: "\n".join(fields.get(name, ())) for name in ("id", "event", "data", "retry")})


def products(data: str) -> tuple[str, ...]:
    """Of a list. Raises ValueError, KeyError or TypeError where it is none."""
    return tuple(item["product_id"] for item in json.loads(data)["items"])


@dataclass(eq=False)
class Watch:
    """Times are in seconds of one clock. One click waits at a time, for whatever list comes next."""

    shopper: str
    given_up_s: float = 5.0
    shown: tuple[str, ...] = ()
    last_id: str = ""
    _clicked: set[str] = field(default_factory=set)
    _sent: float | None = None
    _acknowledged: float | None = None
    _answered: bool = False

    @property
    def waits(self) -> bool:
        return self._sent is not None

    def click(self, chance: random.Random, now: float) -> str:
        """A product of the list, one that was not clicked before where there is one; "" where none can be clicked."""
        if self.waits or not self.shown:
            return ""
        product = chance.choice([each for each in self.shown if each not in self._clicked] or self.shown)
        self._clicked.add(product)
        self._sent, self._acknowledged, self._answered = now, None, False
        return product

    def acknowledged(self, now: float) -> float | None:
        """The click is in the log. 0.0 where its list was faster than the acknowledgement."""
        if self._answered:
            self.forget()
            return 0.0
        self._acknowledged = now
        return None

    def take(self, shown: tuple[str, ...], now: float) -> float | None:
        """Another list is here: the time since the acknowledgement, where a click waits that has one."""
        self.shown = shown
        if self._acknowledged is None:
            self._answered = self.waits
            return None
        took = now - self._acknowledged
        self.forget()
        return took

    def overdue(self, now: float) -> bool:
        """Whether the click has waited for too long: its list was lost, or it changed nothing."""
        return self._sent is not None and now - self._sent > self.given_up_s

    def forget(self) -> None:
        """The click waits no longer."""
        self._sent = self._acknowledged = None
