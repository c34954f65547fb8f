from typing import Literal, cast

ModelEntryObject = Literal["model"]


def check_model_entry_object(value: str) -> ModelEntryObject:
    """Any value: one that is not named here comes from a newer service, and is passed on as it is."""
    return cast(ModelEntryObject, value)
