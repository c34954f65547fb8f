from typing import Literal, cast

EmbeddingsRequestEncodingFormat = Literal["base64", "float"]


def check_embeddings_request_encoding_format(value: str) -> EmbeddingsRequestEncodingFormat:
    """Any value: one that is not named here comes from a newer service, and is passed on as it is."""
    return cast(EmbeddingsRequestEncodingFormat, value)
