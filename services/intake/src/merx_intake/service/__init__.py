"""The use cases: events taken in, the catalogue kept up, files imported."""

from merx_intake.service.catalogue import COMPETITOR_PRICE, COST, STOCK, CatalogueDoor, Change
from merx_intake.service.events import EventDoor, EventRules
from merx_intake.service.imports import ImportDesk

__all__ = ["COMPETITOR_PRICE", "COST", "STOCK", "CatalogueDoor", "Change", "EventDoor", "EventRules", "ImportDesk"]
