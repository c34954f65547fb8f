"""Merx for callers: a connection to a service, and the calls of each service in a package of its own."""

from merx_client.connection import AsyncConnection, Connection
from merx_client.paging import pages, pages_async
from merx_client.refusal import FieldError, Refusal
from merx_client.streams import Streamed

__all__ = ("AsyncConnection", "Connection", "FieldError", "Refusal", "Streamed", "pages", "pages_async")
