"""HTTP as every Merx service speaks it."""

from merx_kit.http.api import Api, ASGIApp, EndpointOptions, Handler
from merx_kit.http.context import Principal, RequestContext
from merx_kit.http.health import Health

__all__ = ["ASGIApp", "Api", "EndpointOptions", "Handler", "Health", "Principal", "RequestContext"]
