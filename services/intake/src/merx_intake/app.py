"""The HTTP face: the door's calls on the kit's app, and pages of FastAPI for browsers on every other path."""

import sys

from merx_core.contracts.intake import EventBatch, Ga4Payload, Records, SegmentBatch, SegmentCall, Verdicts
from merx_core.events import CloudEvent, Event
from merx_intake import __version__, schemas
from merx_intake.bootstrap import build
from merx_intake.errors import IdReused, LogFull, LogUnavailable, RecordRefused, TooManyRecords
from merx_intake.service import EventDoor
from merx_intake.settings import Settings
from merx_kit.http import Api, Health, RequestContext
from merx_kit.logging import configure_logging
from merx_kit.serve import EXIT_CANNOT_START, run
from merx_kit.settings import ServiceSettings, SettingsError

CLOUD_EVENTS = ("application/cloudevents+json", "application/cloudevents-batch+json")
FULL_OR_AWAY = [LogUnavailable, LogFull]


class Endpoints:
    """Translates between the wire and the use cases."""

    def __init__(self, events: EventDoor) -> None:
        self._events = events

    async def events(self, body: bytes, context: RequestContext) -> Verdicts:
        document = schemas.document_of(body)
        verdicts, single = await self._events.take(document, lambda: context.headers.get("idempotency-key", ""))
        if single:
            schemas.refuse_single(verdicts[0])
        return schemas.answer(verdicts, context.request_id)


def api(events: EventDoor, settings: ServiceSettings, health: Health | None = None) -> Api:
    """Every call of the service; `build()` makes it an ASGI app."""
    endpoints = Endpoints(events)
    face = Api(title="Merx intake", version=__version__, settings=settings, health=health)
    face.post(
        "/v1/events",
        endpoints.events,
        shapes=[Event, CloudEvent, Ga4Payload, SegmentCall, EventBatch, SegmentBatch, Records],
        media_types=CLOUD_EVENTS,
        response=Verdicts,
        scope="events:write",
        summary="What shoppers did: one event, or up to 500, in the shape of Merx, CloudEvents, GA4 or Segment",
        errors=[RecordRefused, TooManyRecords, IdReused, *FULL_OR_AWAY],
    )
    return face


def serve(settings: Settings) -> int:
    """Runs until SIGTERM or SIGINT; gives the exit status."""
    house = build(settings)
    face = api(house.events, settings, house.health)
    face.on_startup(house.start)
    face.on_shutdown(house.stop)
    return run(face.build(), settings)


def main() -> int:
    """The process of the service: `python -m merx_intake`."""
    try:
        settings = Settings.load()
        configure_logging(settings.log_level)
        return serve(settings)
    except SettingsError as error:
        print(f"merx: {error}", file=sys.stderr)  # noqa: T201 - for the person who started it
        return EXIT_CANNOT_START
