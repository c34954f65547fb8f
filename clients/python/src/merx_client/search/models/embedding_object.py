from typing import Literal, cast

EmbeddingObject = Literal["embedding"]


def check_embedding_object(value: str) -> EmbeddingObject:
    """Any value: one that is not named here comes from a newer service, and is passed on as it is."""
    return cast(EmbeddingObject, value)
