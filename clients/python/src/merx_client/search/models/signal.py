from typing import Literal, cast

Signal = Literal["popularity", "stock", "taste"]


def check_signal(value: str) -> Signal:
    """Any value: one that is not named here comes from a newer service, and is passed on as it is."""
    return cast(Signal, value)
