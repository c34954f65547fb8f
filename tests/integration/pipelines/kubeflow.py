"""What of the Kubeflow Pipelines API (v2beta1) a recurring run needs, kept in memory."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlparse

RUNS = "/apis/v2beta1/recurringruns"
EXPERIMENTS = "/apis/v2beta1/experiments"


class Kubeflow(ThreadingHTTPServer):
    """`runs` are the recurring runs that it holds, by id; `refusing` answers every creation with 400."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.runs: dict[str, dict[str, Any]] = {}
        self.tokens: set[str] = set()
        self.refusing = False
        self.made = 0
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def host(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def close(self) -> None:
        self.shutdown()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    server: Kubeflow

    def do_GET(self) -> None:
        path = urlparse(self.path).path
        self.server.tokens.add(self.headers.get("authorization", ""))
        if path == RUNS:
            self._answer({"recurringRuns": list(self.server.runs.values())})
        elif path == EXPERIMENTS:
            self._answer({"experiments": [{"experiment_id": "e1", "display_name": "merx"}]})
        elif path.startswith(EXPERIMENTS):
            self._answer({"experiment_id": "e1", "display_name": "merx"})
        else:
            self._answer({})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        if urlparse(self.path).path != RUNS:
            self._answer({"experiment_id": "e1", "display_name": "merx"})
        elif self.server.refusing:
            self._answer({"error": "cron is wrong"}, status=400)
        else:
            self.server.made += 1
            made = {**body, "recurring_run_id": f"r{self.server.made}"}
            self.server.runs[made["recurring_run_id"]] = made
            self._answer(made)

    def do_DELETE(self) -> None:
        self.server.runs.pop(urlparse(self.path).path.rpartition("/")[2])
        self._answer({})

    def log_message(self, *_: object) -> None:
        """Says nothing."""

    def _answer(self, document: dict[str, Any], status: int = 200) -> None:
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
