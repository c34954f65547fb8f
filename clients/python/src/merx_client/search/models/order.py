from typing import Literal, cast

Order = Literal["popularity", "price", "price_descending", "relevance"]


def check_order(value: str) -> Order:
    """Any value: one that is not named here comes from a newer service, and is passed on as it is."""
    return cast(Order, value)
