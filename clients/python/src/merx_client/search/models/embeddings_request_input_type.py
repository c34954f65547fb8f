from typing import Literal, cast

EmbeddingsRequestInputType = Literal["passage", "query"]


def check_embeddings_request_input_type(value: str) -> EmbeddingsRequestInputType:
    """Any value: one that is not named here comes from a newer service, and is passed on as it is."""
    return cast(EmbeddingsRequestInputType, value)
