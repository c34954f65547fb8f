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
_LONGEST_US = SESSION_SECONDS * 1_000_000

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


class Touch(msgspec.Struct, gc=False):
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

    A mutable value that is its own encoding, cheap enough for thousands of events a second. Its moments are when events
    were recorded, or when they happened where a table is made from history.
    """

    first_us: int
    last_us: int
    session_id: str = ""
    """The id that its latest event told; empty where none did."""
    named: tuple[int, int] = (0, 0)
    events: int = 0
    views: int = 0
    carts: int = 0
    purchases: int = 0
    touched: dict[str, tuple[int, int, int]] = {}
    categories: set[str] = set()

    def fold(self, touch: Touch) -> None:
        """Takes one event in."""
        self.events += 1
        if touch.kind == _VIEW:
            self.views += 1
        elif touch.kind == _CART:
            self.carts += 1
        elif touch.kind == _PURCHASE:
            self.purchases += 1
        place = (touch.time_us, touch.offset)
        if touch.session_id and place >= self.named:
            self.session_id, self.named = touch.session_id, place
        if touch.kind in _TOUCHES:
            self._touch(touch)
            if touch.categories:
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


def advance(known: Session | None, touch: Touch, moment_us: int) -> Session | None:
    """The session after `touch` at `moment_us`: the known one goes on, a new one begins, or (None) the event is older
    than both and changes nothing."""
    if known is None or moment_us - known.last_us > _LONGEST_US:
        known = Session(moment_us, moment_us)
    elif known.first_us - moment_us > _LONGEST_US:
        return None
    elif moment_us > known.last_us:
        known.last_us = moment_us
    elif moment_us < known.first_us:
        known.first_us = moment_us
    known.fold(touch)
    return known


def is_live(time_us: int, recorded_us: int) -> bool:
    """Whether an event belongs to what goes on now; one that comes in later than a session lasts is history."""
    return recorded_us - time_us <= _LONGEST_US


def ended(last_us: int, now_us: int) -> bool:
    """Whether the session whose last event was recorded at `last_us` is over."""
    return now_us - last_us > _LONGEST_US


def _latest(touched: dict[str, tuple[int, int, int]]) -> list[str]:
    return sorted(touched, key=touched.__getitem__)[-MAX_SESSION_PRODUCTS:]
