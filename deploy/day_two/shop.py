"""The calls of the day, by the typed client: a catalogue, what shoppers did, lists before and after."""

import json
import ssl
from collections import Counter
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Self

import httpx

from deploy.day_two.patience import Calls, StepFailed
from deploy.day_two.place import Door
from docs.tutorials.send_events import batches
from merx_client import Connection, intake, recommendation
from merx_client.intake.models import (
    Event,
    EventEnvelope,
    ImportJob,
    Line,
    PostEventsBodyType6ItemType3,
    SegmentCall,
    Verdicts,
)
from merx_client.recommendation.models import RecommendRequest, RecommendResponse
from merx_core.events import RecordType
from merx_kit.importers import CleaningReport, FileFormat, FolderOptions, ImportFailed, detect, read_file
from merx_kit.importers.folder import data_files

EVENTS = frozenset({FileFormat.GA4, FileFormat.SEGMENT, FileFormat.CANONICAL})
SIZE = 10

Records = list[Event | EventEnvelope | PostEventsBodyType6ItemType3 | SegmentCall]


@dataclass(frozen=True)
class ShopFiles:
    """A shop's folder: what is imported, what is sent as events, and whom and what they are about."""

    catalogue: tuple[Path, ...]
    events: tuple[Path, ...]
    products: frozenset[str]
    shopper: str
    """The customer who did most."""

    @classmethod
    def of(cls, folder: Path) -> Self:
        """Raises StepFailed where there is no product or no customer's event in it."""
        subjects: dict[str, Counter[str]] = {"products": Counter(), "customers": Counter()}
        try:
            formats = {path: detect(path) for path in data_files(folder)}
            for path in formats:
                _count(path, subjects)
        except ImportFailed as error:
            raise StepFailed(str(error)) from error
        products, customers = subjects["products"], subjects["customers"]
        if not products or not customers:
            raise StepFailed(f"{folder} needs a catalogue feed and events of customers; docs/tutorials/shop is one")
        events = tuple(path for path, found in formats.items() if found in EVENTS)
        catalogue = tuple(path for path in formats if path not in events)
        shopper = max(customers, key=lambda name: (customers[name], name))
        return cls(catalogue, events, frozenset(products), shopper)


def _count(path: Path, subjects: Mapping[str, Counter[str]]) -> None:
    for records in read_file(path, CleaningReport(source=str(path)), FolderOptions()):
        for record in records:
            if record.type == RecordType.PRODUCT_UPSERTED:
                subjects["products"][record.subject or ""] += 1
            elif customer := json.loads(bytes(record.data)).get("customer_id"):
                subjects["customers"][customer] += 1


@dataclass(frozen=True)
class Shop:
    """The shop's own system, which calls Merx at `doors`."""

    doors: Mapping[str, Door]
    calls: Calls

    def reach(self, service: str) -> AbstractContextManager[Connection]:
        """A connection of its own for each call: one that a pod took with it is not met twice."""
        door = self.doors[service]
        return Connection(door.url, door.key, timeout_s=30.0, transport=httpx.HTTPTransport(verify=certificates()))

    def ready(self, service: str) -> bool:
        with self.reach(service) as connection:
            return connection.http.get("/readyz").is_success

    def bring_in(self, path: Path) -> int:
        """Uploads a file and waits for its import; the records in it. Raises StepFailed where it fails."""
        job = self.calls.until(f"{path.name} is taken", lambda: self._upload(path))
        ended = self.calls.until(f"{path.name} is imported", lambda: self._ended(job.id))
        if ended.state == "failed":
            raise StepFailed(f"{path.name} is not imported: {ended.error}")
        return ended.records or 0

    def send_events(self, path: Path) -> Counter[str]:
        """Sends every event of a file; how many got which verdict. The events' own ids make it harmless to repeat."""
        counts: Counter[str] = Counter()
        for batch in batches(path):
            told = self._send([PostEventsBodyType6ItemType3.from_dict(row) for row in batch])
            each = {"accepted": told.accepted, "duplicate": told.duplicates, "rejected": told.rejected}
            counts.update({**each, "conflicting": told.conflicts})
        return counts

    def look_at(self, anonymous_id: str, product_id: str) -> None:
        """A shopper looks at a product, now. Raises StepFailed where intake does not take that."""
        now = datetime.now(UTC)
        seen = Event(
            message_id=f"{anonymous_id}-{now.timestamp()}",
            type_="view_item",
            time=now,
            anonymous_id=anonymous_id,
            lines=[Line(product_id=product_id)],
        )
        told = self._send([seen])
        if not told.accepted + told.duplicates:
            raise StepFailed(f"intake refused an event: {told.verdicts[0].code}")

    def list_of(self, *, customer_id: str = "", anonymous_id: str = "") -> RecommendResponse:
        """The home page's list, without products that are there to be tried out."""
        who = RecommendRequest(placement="home", size=SIZE, explore=False)
        who.customer_id, who.anonymous_id = customer_id or None, anonymous_id or None
        with self.reach("recommendation") as door:
            return recommendation.post_recommendations(door, body=who)

    def _upload(self, path: Path) -> ImportJob:
        with path.open("rb") as content, self.reach("intake") as door:
            file, key = intake.File(content), f"day-two-{path.name}"
            return intake.post_imports(door, body=file, name=path.name, idempotency_key=key)

    def _ended(self, job: str) -> ImportJob | None:
        with self.reach("intake") as door:
            now = intake.get_imports_id(door, id=job)
        return now if now.state in {"done", "failed"} else None

    def _send(self, body: Records) -> Verdicts:
        def send() -> Verdicts:
            with self.reach("intake") as door:
                return intake.post_events(door, body=body)

        return self.calls.until("events are taken", send)


@cache
def certificates() -> ssl.SSLContext:
    """Read once: that takes longer than most calls."""
    return httpx.create_ssl_context()


def products(answer: RecommendResponse) -> list[str]:
    """What a list shows."""
    return [item.product_id for item in answer.items]


def lacks(answer: RecommendResponse) -> list[str]:
    """The reasons that a list gives for being less than it could be."""
    return answer.degraded or []
