"""The use cases: events taken in, the catalogue kept up, files imported."""

from merx_intake.service.catalogue import CatalogueDoor
from merx_intake.service.events import EventDoor, EventRules
from merx_intake.service.imports import ImportDesk

__all__ = ["CatalogueDoor", "EventDoor", "EventRules", "ImportDesk"]
