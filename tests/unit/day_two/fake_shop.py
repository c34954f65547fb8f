"""A Merx of a few lines behind a real socket, for the day's calls; it follows what the fake cluster did."""

import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

Body = dict[str, Any]
CREATED = "2026-11-26T00:00:00+00:00"
PRODUCTS = ["TC-001", "TC-002", "TC-003"]


class FakeShop:
    """`cluster` is the folder in which the fake programs write down their calls. The other fields are told by tests."""

    def __init__(self, cluster: Path) -> None:
        self.cluster = cluster
        self.asked: Counter[str] = Counter()
        self.known: set[str] = set()
        self.catalogue = False
        self.moved: set[str] = set()
        self.foreign = False
        """Shows a product that no shop pushed."""
        self.still = False
        """Lists follow nobody."""
        self.url = ""

    def given(self) -> list[str]:
        calls = self.cluster / "calls"
        return calls.read_text().splitlines() if calls.exists() else []

    @property
    def trained(self) -> bool:
        return any(call.startswith("kubectl create job") for call in self.given())

    @property
    def store_away(self) -> bool:
        scales = [call for call in self.given() if call.startswith("kubectl scale")]
        return bool(scales) and "--replicas=0" in scales[-1]

    def answer(self, path: str, body: Any) -> tuple[int, Body]:
        path = path.partition("?")[0]
        self.asked[path] += 1
        if path == "/readyz":
            return 200, {"status": "ok"}
        if path.startswith("/v1/imports"):
            self.catalogue = True
            job = {"id": "1", "file_name": "a.tsv", "bytes": 1, "created": CREATED, "records": 3}
            return (202, {**job, "state": "queued"}) if path == "/v1/imports" else (200, {**job, "state": "done"})
        makers: dict[str, Callable[[Any], Body]] = {
            "/v1/events": self.events,
            "/v1/recommendations": self.lists,
            "/v1/search": lambda _: {"model_version": "1", "method": "rrf", "items": [], "total": 0},
            "/v1/prices:quote": lambda _: {"model_version": "1", "rules_version": "1", "mode": "shadow", "quotes": []},
        }
        return 200, {"request_id": "1", **makers[path](body)}

    def events(self, body: Any) -> Body:
        rows = body if isinstance(body, list) else [body]
        names = [str(row.get("message_id") or row.get("messageId") or json.dumps(row)) for row in rows]
        known = [name for name in names if name in self.known]
        self.known.update(names)
        self.moved |= {row.get("anonymous_id", "") for row in rows if row.get("type") == "view_item"}
        counts = {"accepted": len(names) - len(known), "duplicates": len(known), "conflicts": 0, "rejected": 0}
        return {**counts, "verdicts": []}

    def lists(self, body: Body) -> Body:
        who, shown = body.get("customer_id"), list(PRODUCTS) if self.catalogue else []
        strategy = "personal" if who and self.trained else "popular"
        if not who and body["anonymous_id"] in self.moved:
            strategy = "session"
        if strategy != "popular" and not self.still:
            shown.reverse()
        if self.foreign and shown:
            shown[0] = "somebody-else-s"
        lacks = [] if self.trained else ["model_unavailable"]
        lacks += ["features_unavailable"] if who and self.store_away else []
        items = [{"product_id": product, "score": 1.0, "source": "popular"} for product in shown]
        return {"model_version": "1", "strategy": strategy, "items": items, "degraded": lacks}


@contextmanager
def served(shop: FakeShop) -> Iterator[FakeShop]:
    """Behind `shop.url`; every connection is used once."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.reply(None)

        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers.get("content-length", 0)))
            self.reply(json.loads(content) if self.headers["content-type"] == "application/json" else None)

        def reply(self, body: Any) -> None:
            status, answer = shop.answer(self.path, body)
            text = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_: Any) -> None:
            """Says nothing."""

    class Server(ThreadingHTTPServer):
        request_queue_size = 128

    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    shop.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield shop
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
