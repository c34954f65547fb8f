from typing import Literal, cast

Placement = Literal["cart", "email", "home", "product"]


def check_placement(value: str) -> Placement:
    """Any value: one that is not named here comes from a newer service, and is passed on as it is."""
    return cast(Placement, value)
