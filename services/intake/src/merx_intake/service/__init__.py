"""The use cases: events taken in, the catalogue kept up, files imported."""

from merx_intake.service.events import EventDoor, EventRules

__all__ = ["EventDoor", "EventRules"]
