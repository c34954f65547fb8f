"""What callers and generators of clients rely on in every committed document."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from tests.contract.described import DOCUMENTS

SERVICES = sorted(path.stem for path in DOCUMENTS.glob("*.json"))
TIMES = {"time", "timestamp", "created", "started", "ended", "valid_until", "begins"}


def of(service: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((DOCUMENTS / f"{service}.json").read_text())
    return found


def operations(service: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in of(service)["paths"].items():
        for method, operation in methods.items():
            yield method, path, operation


@pytest.mark.parametrize("service", SERVICES)
def test_it_is_a_document_of_its_version(service: str) -> None:
    OpenAPIV31SpecValidator(of(service)).validate()


@pytest.mark.parametrize("service", SERVICES)
def test_operations_can_be_told_apart_by_their_ids(service: str) -> None:
    ids = [operation["operationId"] for _, _, operation in operations(service)]
    assert len(set(ids)) == len(ids) >= 10


@pytest.mark.parametrize("service", SERVICES)
def test_every_call_of_a_shop_says_what_it_answers(service: str) -> None:
    for method, path, operation in operations(service):
        succeeds = {status: answer for status, answer in operation["responses"].items() if status < "400"}
        if path.startswith("/v1/"):
            assert all(answer.get("content") or status == "204" for status, answer in succeeds.items()), (method, path)


@pytest.mark.parametrize("service", ["intake", "pricing"])
def test_times_are_said_to_be_times(service: str) -> None:
    found = []
    for schema in of(service)["components"]["schemas"].values():
        for name in TIMES & set(schema.get("properties", {})):
            field = schema["properties"][name]
            formats = {part.get("format") for part in field.get("anyOf", [field]) if part.get("type") == "string"}
            assert formats == {"date-time"}, (schema["title"], name)
            found.append(name)
    assert len(found) >= 3


@pytest.mark.parametrize(
    ("batch", "field", "record"),
    [
        ("EventBatch", "events", "Event"),
        ("SegmentBatch", "batch", "SegmentCall"),
        ("ProductBatch", "products", "Product"),
        ("StockBatch", "levels", "StockEntry"),
        ("CostBatch", "costs", "CostEntry"),
        ("CompetitorPriceBatch", "prices", "CompetitorPriceEntry"),
    ],
)
def test_a_batch_says_what_its_records_look_like_and_takes_any(batch: str, field: str, record: str) -> None:
    schemas = of("intake")["components"]["schemas"]
    shapes = schemas[batch]["properties"][field]["items"]["anyOf"]
    assert shapes[0] == {"$ref": f"#/components/schemas/{record}"}
    assert shapes[-1] == {"type": "object"}
    assert record in schemas
