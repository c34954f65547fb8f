from typing import Literal, cast

ModelListObject = Literal["list"]


def check_model_list_object(value: str) -> ModelListObject:
    """Any value: one that is not named here comes from a newer service, and is passed on as it is."""
    return cast(ModelListObject, value)
