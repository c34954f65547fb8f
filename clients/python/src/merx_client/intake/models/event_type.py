from typing import Literal, cast

EventType = Literal[
    "add_to_cart",
    "add_to_wishlist",
    "begin_checkout",
    "purchase",
    "refund",
    "remove_from_cart",
    "search",
    "select_item",
    "view_item",
    "view_item_list",
]


def check_event_type(value: str) -> EventType:
    """Any value: one that is not named here comes from a newer service, and is passed on as it is."""
    return cast(EventType, value)
