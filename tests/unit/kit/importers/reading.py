"""What the tests look at after an import."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from merx_core.catalogue import Product
from merx_core.events import Event, RecordType
from merx_kit.eventlog import EventLog
from merx_kit.importers import FolderOptions

NOW = FolderOptions(now=datetime(2026, 11, 23, 12, 0, tzinfo=UTC))


def write_lines(path: Path, rows: Sequence[Mapping[str, Any] | str]) -> None:
    lines = (row if isinstance(row, str) else json.dumps(row) for row in rows)
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def events(log: EventLog) -> list[Event]:
    stored = log.read(0, 10_000, types=[RecordType.EVENT])
    return [msgspec.json.decode(one.record.data, type=Event) for one in stored]


def products(log: EventLog) -> dict[str, Product]:
    stored = log.read(0, 10_000, types=[RecordType.PRODUCT_UPSERTED])
    decoded = [msgspec.json.decode(one.record.data, type=Product) for one in stored]
    return {product.product_id: product for product in decoded}
