import io
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from rich.console import Console

from merx_pipelines.embedded.announce import announce, request_line
from merx_pipelines.embedded.processes import ServedProcess


class Handler(BaseHTTPRequestHandler):
    asked = 0

    def do_GET(self) -> None:
        self.send_response(200 if self.path in {"/readyz", "/late"} else 404)
        self.end_headers()
        if self.path == "/late":
            Handler.asked += 1
            self.wfile.write(b'{"status":"ready","degraded":[]}' if Handler.asked > 2 else b'{"status":"degraded"}')

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"answer to " + body)

    def log_message(self, *_: object) -> None:
        return


@pytest.fixture
def address() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def process(address: str) -> ServedProcess:
    return ServedProcess("shop", [], address=address, try_path="/v1/ask", try_body={"size": 3})


class TestAnnounce:
    def test_the_table_shows_the_real_answer(self, address: str) -> None:
        shown = io.StringIO()
        console = Console(file=shown, width=200)
        answers = announce([process(address)], threading.Event(), timeout_s=10, console=console)
        assert [(answer.status, answer.body) for answer in answers] == [(200, 'answer to {"size":3}')]
        assert 'answer to {"size":3}' in shown.getvalue()
        assert address in shown.getvalue()

    def test_a_service_that_still_waits_for_its_model_is_given_time(self, address: str) -> None:
        late = replace(process(address), ready_path="/late")
        (answer,) = announce([late], threading.Event(), timeout_s=10, console=Console(file=io.StringIO()))
        assert answer.status == 200
        assert Handler.asked == 3

    def test_a_process_that_never_listens_is_named(self) -> None:
        shown = io.StringIO()
        nobody = process("http://127.0.0.1:9")
        answers = announce([nobody], threading.Event(), timeout_s=0.2, console=Console(file=shown, width=200))
        assert answers[0].status == 0
        assert "not ready in time" in shown.getvalue()

    def test_nothing_is_shown_once_the_processes_were_stopped(self) -> None:
        shown, stopped = io.StringIO(), threading.Event()
        stopped.set()
        announce([process("http://127.0.0.1:9")], stopped, timeout_s=5, console=Console(file=shown))
        assert shown.getvalue() == ""

    def test_the_request_can_be_copied_into_a_shell(self) -> None:
        line = request_line(process("http://127.0.0.1:1"))
        assert line == """curl http://127.0.0.1:1/v1/ask -H 'Content-Type: application/json' -d '{"size": 3}'"""
