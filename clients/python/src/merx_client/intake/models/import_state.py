from typing import Literal, cast

ImportState = Literal["done", "failed", "queued", "running"]


def check_import_state(value: str) -> ImportState:
    """Any value: one that is not named here comes from a newer service, and is passed on as it is."""
    return cast(ImportState, value)
