"""The programs that pods are given as text run as they are rendered: migration, first models, the test's call."""

import json
import os
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest

from tests.chart.charts import RELEASE, ROOT, Charts, named, pods


def run(
    container: dict[str, Any], variables: dict[str, str], *arguments: str, folder: Path, timeout_s: float = 120.0
) -> tuple[int, str]:
    """The container's own command, with another Python; `arguments` in place of those after the program."""
    assert container["command"] == ["python", "-c"]
    words = list(arguments) or container["args"][1:]
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("MERX_", "AWS_"))}
    done = subprocess.run(
        [sys.executable, "-c", container["args"][0], *words],
        check=False,
        capture_output=True,
        text=True,
        cwd=folder,
        env={**clean, **variables},
        timeout=timeout_s,
    )
    return done.returncode, done.stdout + done.stderr


class TestMigration:
    def container(self, charts: Charts) -> dict[str, Any]:
        pod = named(charts.render(profile="minimal"), "StatefulSet", f"{RELEASE}-pricing")["spec"]["template"]
        found: dict[str, Any] = pod["spec"]["initContainers"][0]
        return found

    def test_brings_a_database_to_this_versions_schema(self, charts: Charts, tmp_path: Path) -> None:
        place = {"MERX_HOME": str(tmp_path), "MERX_DATABASE_URL": f"sqlite:///{tmp_path}/events.db"}
        status, words = run(self.container(charts), place, folder=tmp_path)
        assert status == 0, words
        with sqlite3.connect(tmp_path / "events.db") as database:
            tables = {name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        database.close()
        assert {"event_log", "event_log_version", "price_quotes"} <= tables

    def test_lets_the_service_start_without_a_database(self, charts: Charts, tmp_path: Path) -> None:
        place = {"MERX_HOME": str(tmp_path), "MERX_DATABASE_URL": "postgresql://merx@127.0.0.1:1/merx"}
        status, words = run(self.container(charts), place, "0", folder=tmp_path)
        assert status == 0, words
        assert "starting without it" in words


class TestFirstModels:
    def container(self, charts: Charts) -> dict[str, Any]:
        found = [
            pod
            for name, pod in pods(charts.render(profile="gpu"))
            if name.startswith(f"Job/{RELEASE}-pipelines-bootstrap")
        ]
        assert len(found) == 1
        container: dict[str, Any] = found[0]["spec"]["containers"][0]
        return container

    @pytest.mark.slow  # Feast, MLflow and the pipelines are imported
    def test_wait_for_records_and_leave_schema_and_declarations(self, charts: Charts, tmp_path: Path) -> None:
        place = {"MERX_HOME": str(tmp_path), "MERX_EMBEDDED": "false"}
        status, words = run(self.container(charts), place, folder=ROOT)
        assert status == 0, words
        assert "the log is empty" in words
        assert (tmp_path / "events.db").exists()
        assert (tmp_path / "feast" / "registry.db").stat().st_size > 1000


class Service(BaseHTTPRequestHandler):
    """Ready at once; takes the key `right` alone."""

    asked: ClassVar[list[tuple[str, str, str, str]]] = []

    def do_GET(self) -> None:
        self._answer(200, b'{"status": "ready"}')

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        key = self.headers.get("authorization", "")
        self.asked.append((self.command, self.path, key, body))
        self._answer(200 if key == "Bearer right" else 401, b"{}")

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def address() -> Iterator[str]:
    Service.asked.clear()
    server = HTTPServer(("127.0.0.1", 0), Service)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


class TestTheCall:
    def container(self, charts: Charts, name: str) -> dict[str, Any]:
        pod = named(charts.render(profile="minimal"), "Pod", f"{RELEASE}-{name}-test")
        found: dict[str, Any] = pod["spec"]["containers"][0]
        return found

    @pytest.mark.parametrize("name", ["intake", "recommendation", "search", "pricing"])
    def test_asks_readiness_and_one_real_question(
        self, charts: Charts, tmp_path: Path, address: str, name: str
    ) -> None:
        container = self.container(charts, name)
        words = container["args"][2:]
        status, told = run(container, {"MERX_TEST_KEY": "right"}, address, *words, folder=tmp_path)
        assert status == 0, told
        method, path, key, body = Service.asked[0]
        assert (method, path, key) == ("POST", container["args"][4], "Bearer right")
        assert "@" not in json.dumps(json.loads(body))

    def test_fails_where_the_answer_is_wrong(
        self, charts: Charts, tmp_path: Path, address: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        container = self.container(charts, "pricing")
        container = {**container, "args": [container["args"][0].replace("PATIENCE_S = 60", "PATIENCE_S = 0")]}
        words = self.container(charts, "pricing")["args"][2:]
        status, told = run(container, {"MERX_TEST_KEY": "wrong"}, address, *words, folder=tmp_path)
        assert status == 1
        assert "401" in told

    def test_without_a_key_asks_for_readiness_alone(self, charts: Charts, tmp_path: Path, address: str) -> None:
        container = self.container(charts, "pricing")
        status, told = run(container, {}, address, *container["args"][2:], folder=tmp_path)
        assert status == 0
        assert "no API key" in told
        assert not Service.asked

    def test_is_a_call_that_the_service_knows(self, charts: Charts) -> None:
        documents = ROOT / "tests" / "contract" / "openapi"
        for name in ("intake", "recommendation", "search", "pricing"):
            _, _, _, method, path, *_ = self.container(charts, name)["args"]
            known = json.loads((documents / f"{name}.json").read_text())["paths"]
            assert method.lower() in known[path]
