"""Records one after the other, as a tail delivers them and as a log holds them."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import msgspec

from merx_core.catalogue import Product
from merx_core.events import CloudEvent, RecordType, StockLevel
from merx_kit.eventlog import Columns


class Log:
    def __init__(self) -> None:
        self.columns = Columns([], [], [], [], [])

    def add(self, kind: str, subject: str | None, data: bytes) -> "Log":
        for column, value in zip(self.columns, (len(self.columns.offsets) + 1, kind, subject, None, data), strict=True):
            column.append(value)  # type: ignore[attr-defined]
        return self

    def upsert(self, product_id: str, title: str = "Porcelain teapot", **fields: Any) -> "Log":
        product = Product(product_id=product_id, title=title, **fields)
        return self.add(RecordType.PRODUCT_UPSERTED, product_id, msgspec.json.encode(product))

    def delete(self, product_id: str) -> "Log":
        return self.add(RecordType.PRODUCT_DELETED, product_id, b"null")

    def stock(self, product_id: str, **level: Any) -> "Log":
        data = msgspec.json.encode(StockLevel(product_id=product_id, **level))
        return self.add(RecordType.STOCK_LEVEL, product_id, data)

    def events(self) -> list[CloudEvent]:
        """The same records, to be appended."""
        columns = self.columns
        return [
            CloudEvent(
                id=uuid4().hex,
                source="/test",
                type=RecordType(kind),
                time=datetime.now(UTC),
                subject=subject,
                data=msgspec.Raw(data),
            )
            for kind, subject, data in zip(columns.types, columns.subjects, columns.data, strict=True)
        ]
