from typing import Literal, cast

EventEnvelopeType = Literal["merx.shop.event.v1"]


def check_event_envelope_type(value: str) -> EventEnvelopeType:
    """Any value: one that is not named here comes from a newer service, and is passed on as it is."""
    return cast(EventEnvelopeType, value)
