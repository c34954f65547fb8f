"""Refusals of this service, each with its status and code."""

from merx_kit.errors import Conflict, MerxError, ValidationFailed


class RecordRefused(ValidationFailed):
    """The one record of a request broke a rule; `errors` name the field."""

    code = "record_refused"
    title = "The record was refused"


class IdReused(Conflict):
    code = "id_reused"
    title = "The id was used before, with another body"


class TooManyRecords(ValidationFailed):
    code = "too_many_records"
    title = "Too many records in one request"


class LogUnavailable(MerxError):
    """Nothing was committed; the same request may be sent again."""

    status = 503
    code = "log_unavailable"
    title = "The records cannot be stored now"


class SpoolFull(MerxError):
    """The file was not kept; there is room again when imports have ended."""

    status = 507
    code = "spool_full"
    title = "There is no room for the file"


class UnknownImport(MerxError):
    status = 404
    code = "unknown_import"
    title = "There is no such import"


class LogFull(MerxError):
    """Nothing was committed, and nothing can be until there is room again."""

    status = 507
    code = "log_full"
    title = "There is no room to store the records"
