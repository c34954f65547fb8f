"""The load test's shop against the real service: it answers rightly, so that every gate holds."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import httpx
import pytest

from tests.integration.pricing.installed import furnish, quote, until
from tests.unit.pricing.shop import PRODUCTS

ROOT = Path(__file__).parents[3]
LENIENT = ["--p99-ms", "60000", "--batch-p99-ms", "60000", "--office-p99-ms", "60000"]


class Listing(BaseHTTPRequestHandler):
    """Search as far as the scenario needs it: one product a page."""

    pages: ClassVar = {cursor: str(place + 1) for place, cursor in enumerate(("", "1", "2"))}

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        cursor = asked.get("cursor", "")
        body = {"items": [{"product_id": PRODUCTS[int(cursor or 0)]}]}
        if cursor in self.pages:
            body["next_cursor"] = self.pages[cursor]  # type: ignore[assignment]
        written = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(written)))
        self.end_headers()
        self.wfile.write(written)

    def log_message(self, *_: object) -> None:
        """The scenario tells enough."""


@pytest.fixture
def search() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Listing) as listing:
        thread = threading.Thread(target=listing.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{listing.server_address[1]}"
        listing.shutdown()
        thread.join(30)


def test_every_kind_of_request_is_made_and_judged_right(tmp_path: Path, search: str) -> None:
    with furnish(tmp_path / "home").service() as service:
        service.wait_ready()
        with httpx.Client(base_url=service.url) as client:
            assert until(lambda: "degraded" not in quote(client, *PRODUCTS))
        command = [sys.executable, "-m", "loadtests", "pricing", "smoke", "--host", service.url, "--search", search]
        command += ["--stages", "6:3", "--pause-s", "0.05", *LENIENT]
        ran = subprocess.run(command, check=False, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "MISSED" not in ran.stdout
    assert ran.stdout.count("gate held") == 16
