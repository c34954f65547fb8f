from typing import Any

import httpx

from merx_client.connection import AsyncConnection, Connection

from ...models.event import Event
from ...models.event_batch import EventBatch
from ...models.event_envelope import EventEnvelope
from ...models.ga_4_payload import Ga4Payload
from ...models.post_events_body_type_6_item_type_3 import PostEventsBodyType6ItemType3
from ...models.segment_batch import SegmentBatch
from ...models.segment_call import SegmentCall
from ...models.verdicts import Verdicts


def post_events(
    connection: Connection,
    *,
    body: Event
    | EventBatch
    | EventEnvelope
    | Ga4Payload
    | list[Event | EventEnvelope | PostEventsBodyType6ItemType3 | SegmentCall]
    | SegmentBatch
    | SegmentCall,
) -> Verdicts:
    """What shoppers did: one event, or up to 500, in the shape of Merx, CloudEvents, GA4 or Segment

    Raises Refusal, or httpx.TransportError where no answer came.
    """
    request = _request(
        body=body,
    )
    return _answer(connection.send(request))


async def post_events_async(
    connection: AsyncConnection,
    *,
    body: Event
    | EventBatch
    | EventEnvelope
    | Ga4Payload
    | list[Event | EventEnvelope | PostEventsBodyType6ItemType3 | SegmentCall]
    | SegmentBatch
    | SegmentCall,
) -> Verdicts:
    """What shoppers did: one event, or up to 500, in the shape of Merx, CloudEvents, GA4 or Segment

    Raises Refusal, or httpx.TransportError where no answer came.
    """
    request = _request(
        body=body,
    )
    return _answer(await connection.send(request))


def _request(
    *,
    body: Event
    | EventBatch
    | EventEnvelope
    | Ga4Payload
    | list[Event | EventEnvelope | PostEventsBodyType6ItemType3 | SegmentCall]
    | SegmentBatch
    | SegmentCall,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/v1/events",
    }

    if isinstance(body, Event):
        _kwargs["json"] = body.to_dict()
    elif isinstance(body, EventEnvelope):
        _kwargs["json"] = body.to_dict()
    elif isinstance(body, Ga4Payload):
        _kwargs["json"] = body.to_dict()
    elif isinstance(body, SegmentCall):
        _kwargs["json"] = body.to_dict()
    elif isinstance(body, EventBatch):
        _kwargs["json"] = body.to_dict()
    elif isinstance(body, SegmentBatch):
        _kwargs["json"] = body.to_dict()
    else:
        _kwargs["json"] = []
        for body_type_6_item_data in body:
            body_type_6_item: dict[str, Any]
            if isinstance(body_type_6_item_data, Event):
                body_type_6_item = body_type_6_item_data.to_dict()
            elif isinstance(body_type_6_item_data, EventEnvelope):
                body_type_6_item = body_type_6_item_data.to_dict()
            elif isinstance(body_type_6_item_data, SegmentCall):
                body_type_6_item = body_type_6_item_data.to_dict()
            else:
                body_type_6_item = body_type_6_item_data.to_dict()

            _kwargs["json"].append(body_type_6_item)

    headers["Content-Type"] = "application/json"
    _kwargs["headers"] = headers
    return _kwargs


def _answer(response: httpx.Response) -> Verdicts:
    response_200 = Verdicts.from_dict(response.json())

    return response_200
