"""Refusals of this service, each with its status and code."""

from merx_kit.errors import MerxError, Overloaded


class UnknownProduct(MerxError):
    status = 404
    code = "unknown_product"
    title = "The catalogue has no such product"


class ModelNotReady(MerxError):
    status = 503
    code = "model_not_ready"
    title = "No model is in service yet"


class TooManyStreams(Overloaded):
    code = "too_many_streams"
    title = "Too many open streams"
