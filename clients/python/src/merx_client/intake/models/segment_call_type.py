from typing import Literal, cast

SegmentCallType = Literal["track"]


def check_segment_call_type(value: str) -> SegmentCallType:
    """Any value: one that is not named here comes from a newer service, and is passed on as it is."""
    return cast(SegmentCallType, value)
