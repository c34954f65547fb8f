"""Refusals of this service, each with its status and code."""

from merx_core.contracts.problem import FieldError
from merx_kit.errors import MerxError, NotFound, ValidationFailed


class IndexNotReady(MerxError):
    status = 503
    code = "index_not_ready"
    title = "No index is in service yet"


class PicturesUnavailable(MerxError):
    status = 503
    code = "pictures_unavailable"
    title = "The index in service reads no pictures"


class EncoderUnavailable(MerxError):
    """Of calls that mean nothing without vectors; words are found without."""

    status = 503
    code = "encoder_unavailable"
    title = "Nothing can be encoded now"


class PictureRefused(ValidationFailed):
    """`errors` say where the picture stood, and why it is not read."""

    code = "picture_refused"
    title = "The picture cannot be read"


class UnknownColumn(ValidationFailed):
    code = "unknown_column"
    title = "The catalogue has no such column"

    def __init__(self, column: str, pointer: str) -> None:
        detail = f"No product has {column[:100]!r}."
        super().__init__(detail, errors=(FieldError(pointer=pointer, detail=detail),))


class EmptyPriceRange(ValidationFailed):
    code = "empty_price_range"
    title = "No price is in this range"

    def __init__(self, pointer: str) -> None:
        detail = "`price_max` is below `price_min`."
        super().__init__(detail, errors=(FieldError(pointer=pointer, detail=detail),))


class BadCursor(ValidationFailed):
    code = "bad_cursor"
    title = "Not a cursor of this call"

    def __init__(self, pointer: str) -> None:
        detail = "Send `next_cursor` of an answer as it was, or nothing."
        super().__init__(detail, errors=(FieldError(pointer=pointer, detail=detail),))


class UnknownProduct(NotFound):
    code = "unknown_product"
    title = "The catalogue has no such product"


class NoPicture(NotFound):
    code = "no_picture"
    title = "The index holds no picture of this product"


class UnknownModel(NotFound):
    code = "model_not_found"
    title = "There is no such model"


class DimensionsRefused(ValidationFailed):
    code = "dimensions_refused"
    title = "The model gives vectors of one length"
