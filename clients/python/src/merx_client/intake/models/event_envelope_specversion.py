from typing import Literal, cast

EventEnvelopeSpecversion = Literal["1.0"]


def check_event_envelope_specversion(value: str) -> EventEnvelopeSpecversion:
    """Any value: one that is not named here comes from a newer service, and is passed on as it is."""
    return cast(EventEnvelopeSpecversion, value)
