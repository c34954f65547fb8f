from typing import Literal, cast

Mode = Literal["live", "shadow", "staged"]


def check_mode(value: str) -> Mode:
    """Any value: one that is not named here comes from a newer service, and is passed on as it is."""
    return cast(Mode, value)
