"""The journey against a shop that answers as it should, and against one that does not."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[3]
LENIENT = ["--p99-ms", "60000"]
PRODUCTS = ("green tea", "black tea", "white tea")


def listed(_: dict[str, Any]) -> dict[str, Any]:
    return {"items": [{"product_id": product} for product in PRODUCTS]}


def found(_: dict[str, Any]) -> dict[str, Any]:
    return {"items": [{"product_id": product, "title": product} for product in PRODUCTS]}


def quoted(asked: dict[str, Any]) -> dict[str, Any]:
    price = {"amount": 100, "currency": "EUR"}
    ids = [line["product_id"] for line in asked["lines"]]
    return {"quotes": [{"product_id": one, "price": price, "current": price, "applied": False} for one in ids]}


def taken(_: dict[str, Any]) -> dict[str, Any]:
    return {"verdicts": [{"status": "accepted"}]}


RIGHT = {"/v1/recommendations": listed, "/v1/search": found, "/v1/prices:quote": quoted, "/v1/events": taken}


@contextmanager
def shop(answers: dict[str, Any], told: list[dict[str, Any]]) -> Iterator[str]:
    class Answers(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
            if self.path == "/v1/events":
                told.append(asked)
            written = json.dumps(answers[self.path](asked)).encode()
            self.send_response(200)
            self.send_header("content-length", str(len(written)))
            self.end_headers()
            self.wfile.write(written)

        def log_message(self, *_: object) -> None:
            """The scenario tells enough."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join(30)


def journey(url: str, into: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "loadtests", "journey", "smoke", "--into", str(into)]
    command += ["--host", url, "--search", url, "--pricing", url, "--intake", url]
    command += ["--stages", "5:2", "--pause-s", "0.02", *LENIENT]
    return subprocess.run(command, check=False, cwd=ROOT, capture_output=True, text=True, timeout=120)


def test_a_shopper_comes_from_home_to_the_purchase(tmp_path: Path) -> None:
    told: list[dict[str, Any]] = []
    with shop(RIGHT, told) as url:
        ran = journey(url, tmp_path)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert ran.stdout.count("gate held") == 11
    assert {event["type"] for event in told} == {"view_item", "add_to_cart", "purchase"}
    assert len({event["message_id"] for event in told}) == len(told)
    assert all("order_id" in event for event in told if event["type"] == "purchase")
    assert (tmp_path / "journey-smoke.html").is_file()


def test_a_step_that_is_answered_wrongly_ends_the_journey_and_misses_its_gates(tmp_path: Path) -> None:
    told: list[dict[str, Any]] = []
    with shop({**RIGHT, "/v1/prices:quote": lambda _: {"quotes": []}}, told) as url:
        ran = journey(url, tmp_path)
    assert ran.returncode == 1
    assert "MISSED: journeys that came to their end 0.00%" in ran.stdout
    assert "MISSED: failed" in ran.stdout
    assert told == []
