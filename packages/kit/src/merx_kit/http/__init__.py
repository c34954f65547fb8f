"""HTTP as every Merx service speaks it."""

from merx_kit.http.api import Api
from merx_kit.http.context import Principal, RequestContext
from merx_kit.http.endpoint import EndpointOptions, Handler
from merx_kit.http.health import Health
from merx_kit.http.lifespan import ASGIApp
from merx_kit.http.mount import Mounted
from merx_kit.http.reply import Reply
from merx_kit.http.streaming import Streaming
from merx_kit.http.upload import Upload

__all__ = [
    "ASGIApp",
    "Api",
    "EndpointOptions",
    "Handler",
    "Health",
    "Mounted",
    "Principal",
    "Reply",
    "RequestContext",
    "Streaming",
    "Upload",
]
