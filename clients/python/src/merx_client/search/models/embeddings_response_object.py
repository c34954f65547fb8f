from typing import Literal, cast

EmbeddingsResponseObject = Literal["list"]


def check_embeddings_response_object(value: str) -> EmbeddingsResponseObject:
    """Any value: one that is not named here comes from a newer service, and is passed on as it is."""
    return cast(EmbeddingsResponseObject, value)
