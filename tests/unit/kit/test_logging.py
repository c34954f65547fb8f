import io
import logging
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
import structlog

from merx_kit.http.api_keys import new_key
from merx_kit.logging import configure_logging
from tests.unit.kit.shop_api import Shop, client, shop_api

Lines = Any


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    text = io.StringIO()
    configure_logging("INFO", stream=text)
    yield text
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [msgspec.json.decode(line) for line in stream.getvalue().splitlines()]


class TestEvents:
    def test_an_event_is_one_line_of_json_with_its_fields(self, stream: io.StringIO) -> None:
        structlog.get_logger().info("model_loaded", name="recommendation", version=3)
        (line,) = lines(stream)
        assert line.pop("timestamp").endswith("Z")
        assert line == {"event": "model_loaded", "level": "info", "name": "recommendation", "version": 3}

    def test_other_libraries_and_uvicorn_go_the_same_way(self, stream: io.StringIO) -> None:
        logging.getLogger("uvicorn.error").warning("port %d", 8000)
        logging.getLogger("some.library").error("lost", extra={"attempt": 2})
        first, second = lines(stream)
        assert (first["event"], first["logger"], first["level"]) == ("port 8000", "uvicorn.error", "warning")
        assert (second["event"], second["attempt"]) == ("lost", 2)

    def test_below_the_level_nothing_is_written(self, stream: io.StringIO) -> None:
        structlog.get_logger().debug("noise")
        logging.getLogger("some.library").debug("noise")
        logging.getLogger("httpx").info("noise")
        assert lines(stream) == []

    def test_what_json_does_not_know_is_written_as_text(self, stream: io.StringIO) -> None:
        structlog.get_logger().info("odd", value=ValueError("x"), number=float("nan"))
        assert lines(stream)[0]["value"] == "x"


class TestRequests:
    async def test_a_line_within_a_request_has_its_ids(self, stream: io.StringIO) -> None:
        trace = "0af7651916cd43dd8448eb211c80319c"
        headers = {"x-request-id": "web-7", "traceparent": f"00-{trace}-b7ad6b7169203331-00"}
        async with client(shop_api(Shop()).build()) as web:
            await web.get("/v1/broken", headers=headers)
        (line,) = [line for line in lines(stream) if line["event"] == "request_failed"]
        assert (line["request_id"], line["trace_id"], line["route"]) == ("web-7", trace, "/v1/broken")
        assert "RuntimeError" in line["exception"]

    async def test_a_service_without_auth_says_so_once(self, stream: io.StringIO) -> None:
        async with client(shop_api(Shop()).build()) as web:
            for _ in range(3):
                await web.get("/v1/whoami")
        assert [line["level"] for line in lines(stream) if line["event"] == "auth_off"] == ["warning"]


class TestSecrets:
    @pytest.mark.parametrize(
        "fields",
        [
            {"password": "hunter2"},
            {"api_key": "hunter2"},
            {"headers": {"Authorization": "hunter2", "accept": "x"}},
            {"url": "postgresql://merx:hunter2@db/merx"},
            {"urls": ["redis://:hunter2@cache:6379"]},
            {"detail": "sent Authorization: Bearer hunter2hunter2"},
        ],
    )
    def test_are_hidden_by_name_and_by_shape(self, stream: io.StringIO, fields: dict[str, Any]) -> None:
        structlog.get_logger().info("event", **fields)
        assert "hunter2" not in stream.getvalue()
        assert "***" in stream.getvalue()

    def test_are_hidden_in_tracebacks_and_in_others_lines(self, stream: io.StringIO) -> None:
        key, _ = new_key("shop", ())
        try:
            raise ValueError(f"refused {key}")
        except ValueError:
            structlog.get_logger().exception("failed")
        logging.getLogger("sqlalchemy").warning("cannot connect to %s", "postgresql://merx:hunter2@db/merx")
        assert key not in stream.getvalue()
        assert "hunter2" not in stream.getvalue()
