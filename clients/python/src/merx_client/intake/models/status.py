from typing import Literal, cast

Status = Literal["accepted", "conflict", "duplicate", "rejected"]


def check_status(value: str) -> Status:
    """Any value: one that is not named here comes from a newer service, and is passed on as it is."""
    return cast(Status, value)
