"""RFC 9457 problem details, the one shape of every error on Merx's own paths."""

import msgspec


class FieldError(msgspec.Struct, frozen=True):
    """What is wrong with one field; `pointer` is a JSON Pointer (RFC 6901) into the body, or a parameter's name."""

    pointer: str
    detail: str


class Problem(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """`code` is Merx's stable word for the problem, fit to branch on; `type` is its documentation."""

    type: str
    title: str
    status: int
    code: str
    detail: str = ""
    instance: str = ""
    request_id: str = ""
    errors: tuple[FieldError, ...] = ()
