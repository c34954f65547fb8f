"""The rules of the door, as pure functions: which shape a record has, what is said of a wrong one."""

from merx_intake.domain.reading import Entry, Reading, Shape, read
from merx_intake.domain.wording import sentence

__all__ = ["Entry", "Reading", "Shape", "read", "sentence"]
