"""A service as its OpenAPI document describes it: the committed document, and its examples sent as they stand."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from merx_kit.http.api_keys import KeyFile, new_key
from merx_kit.http.lifespan import ASGIApp

DOCUMENTS = Path(__file__).parent / "openapi"


def key_in(folder: Path, *scopes: str) -> tuple[str, Path]:
    """An API key with `scopes`, and the file that knows it."""
    key, record = new_key("tests", scopes)
    path = folder / "keys.json"
    path.write_bytes(msgspec.json.encode(KeyFile((record,))))
    return key, path


def client_of(app: ASGIApp, key: str) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=app)
    return httpx.AsyncClient(transport=transport, base_url="http://merx", headers={"x-api-key": key})


async def document_of(app: ASGIApp) -> dict[str, Any]:
    async with client_of(app, "") as client:
        answer = await client.get("/openapi.json")
    answer.raise_for_status()
    document: dict[str, Any] = answer.json()
    return document


def check_committed(document: dict[str, Any], service: str, request: pytest.FixtureRequest) -> None:
    """The committed document is what the service says of itself; `make openapi` writes it anew."""
    committed = DOCUMENTS / f"{service}.json"
    if request.config.getoption("--update-openapi", default=False):
        committed.parent.mkdir(exist_ok=True)
        committed.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n")
    assert json.loads(committed.read_text()) == document, "changed on purpose? `make openapi` writes it anew"


def examples_of(document: dict[str, Any]) -> Iterator[tuple[str, str, str, Any]]:
    """Method, path, media type and body of every example of a request."""
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            for media_type, content in operation.get("requestBody", {}).get("content", {}).items():
                for example in content.get("examples", {}).values():
                    yield method, path, media_type, example["value"]
