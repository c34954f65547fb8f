"""What a session is, folded event by event: for the rows that are pushed live, and for the tables of pipelines alike.

Within a session the fold does not depend on the order in which events arrive: counters add up, and a product keeps the
latest of its touches. So late events, and batches cut anywhere, give the same row.
"""

from collections.abc import Sequence

import msgspec

from merx_core.events import EventType

SESSION_SECONDS = 1_800
"""A shopper's session ends after half an hour in which nothing was recorded of them, whatever devices or session ids
they used: a new campaign's id, or a second device, is the same person with the same things in mind."""
MAX_SESSION_PRODUCTS = 20
_ROOM = 2 * MAX_SESSION_PRODUCTS
_LIVE_US = SESSION_SECONDS * 1_000_000

TOUCHES = frozenset(
    {
        EventType.SELECT,
        EventType.VIEW,
        EventType.ADD_TO_WISHLIST,
        EventType.ADD_TO_CART,
        EventType.BEGIN_CHECKOUT,
        EventType.PURCHASE,
    }
)
"""Events with which a shopper takes up a product; to be shown it in a list, or to bring it back, is none."""

_TOUCHES = frozenset(map(str, TOUCHES))
_VIEW, _CART, _PURCHASE = str(EventType.VIEW), str(EventType.ADD_TO_CART), str(EventType.PURCHASE)


class Touch(msgspec.Struct, frozen=True, gc=False):
    """One event with products, as the fold sees it; `(time_us, offset)` orders the events of one session."""

    kind: str
    time_us: int
    offset: int
    products: Sequence[str]
    session_id: str | None = None
    categories: Sequence[str] = ()
    """Leaf categories of the products, where they are known and wanted."""


class Session(msgspec.Struct, array_like=True):
    """What is known of one session; `touched` maps a product to its last touch: time_us, offset and place in the event.

    A mutable value that is its own encoding, cheap enough for thousands of events a second.
    """

    last_us: int = 0
    """When its last event was recorded, or happened where a table is made from history."""
    session_id: str = ""
    """The id that its latest event told; empty where none did."""
    named: tuple[int, int] = (0, 0)
    events: int = 0
    views: int = 0
    carts: int = 0
    purchases: int = 0
    touched: dict[str, tuple[int, int, int]] = {}
    categories: set[str] = set()

    def fold(self, touch: Touch, moment_us: int) -> None:
        """Takes one event in; `moment_us` moves the session's last moment forward, never back."""
        place = (touch.time_us, touch.offset)
        self.last_us = max(self.last_us, moment_us)
        self.events += 1
        if touch.kind == _VIEW:
            self.views += 1
        elif touch.kind == _CART:
            self.carts += 1
        elif touch.kind == _PURCHASE:
            self.purchases += 1
        if touch.session_id and place >= self.named:
            self.session_id, self.named = touch.session_id, place
        if touch.kind in _TOUCHES:
            self._touch(touch)
            self.categories.update(touch.categories)

    def products(self) -> list[str]:
        """The products touched last, the one touched longest ago first; at most MAX_SESSION_PRODUCTS."""
        return _latest(self.touched)

    def _touch(self, touch: Touch) -> None:
        touched = self.touched
        for place, product_id in enumerate(touch.products):
            at = (touch.time_us, touch.offset, place)
            known = touched.get(product_id)
            if known is None or known < at:
                touched[product_id] = at
        if len(touched) > _ROOM:
            # Whatever falls out here has twenty later products before it for ever, unless it is touched anew.
            self.touched = {product_id: touched[product_id] for product_id in _latest(touched)}


def _latest(touched: dict[str, tuple[int, int, int]]) -> list[str]:
    return sorted(touched, key=touched.__getitem__)[-MAX_SESSION_PRODUCTS:]


def is_live(time_us: int, recorded_us: int) -> bool:
    """Whether an event belongs to what goes on now; one that comes in later than a session lasts is history."""
    return recorded_us - time_us <= _LIVE_US


def goes_on(last_us: int, recorded_us: int) -> bool:
    """Whether a record continues the session whose last one was recorded at `last_us`."""
    return recorded_us - last_us <= _LIVE_US
