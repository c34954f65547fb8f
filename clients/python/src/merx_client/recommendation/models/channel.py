from typing import Literal, cast

Channel = Literal["app", "mini_program", "shop", "web"]


def check_channel(value: str) -> Channel:
    """Any value: one that is not named here comes from a newer service, and is passed on as it is."""
    return cast(Channel, value)
