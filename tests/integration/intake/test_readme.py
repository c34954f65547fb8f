"""The service's README: every block runs as it is written, and the names that it tells are there."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from benchmarks.service_process import free_port, plain_environment
from merx_intake.settings import Settings, WorkerSettings
from tests.integration.intake.running import ENDED, new_client, until

ROOT = Path(__file__).parents[3]
README = (ROOT / "services" / "intake" / "README.md").read_text()
BLOCK = re.compile(r"^```(sh background|sh|python|json)\n(.*?)^```", re.MULTILINE | re.DOTALL)
METRIC = re.compile(r"`(merx_[a-z_]+)")
SETTING = re.compile(r"`((?:INTAKE|WORKER|MERX)_[A-Z_]+)`")


@dataclass
class Reader:
    """Someone who types what is written: in one window what answers, in windows of their own what goes on running."""

    home: Path
    door: int = field(default_factory=free_port)
    worker: int = field(default_factory=free_port)
    windows: list[subprocess.Popen[bytes]] = field(default_factory=list)
    client: httpx.Client = field(default_factory=new_client)
    shown: str = ""
    """What the block before has printed."""

    def moved(self, text: str) -> str:
        """With this test's own ports and folder in place of the default ones."""
        text = text.replace("/tmp/", f"{self.home.parent}/").replace(".merx ", f"{self.home} ")
        return text.replace(":8007", f":{self.door}")

    def start(self, commands: str) -> None:
        own = {"INTAKE_PORT": str(self.door), "WORKER_PORT": str(self.worker)}
        path = {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "PYTHONWARNINGS": "ignore"}
        with (self.home.parent / "windows.log").open("ab") as output:
            for command in commands.splitlines():
                typed = ["bash", "-c", f"exec env {self.moved(command)}"]
                environment = {**plain_environment(), **own, **path}
                self.windows.append(subprocess.Popen(typed, env=environment, stdout=output, stderr=output))
        until(lambda: self.ready(self.door))

    def ready(self, port: int) -> bool:
        assert all(window.poll() is None for window in self.windows), (self.home.parent / "windows.log").read_text()
        try:
            return self.get(port, "/readyz").status_code == 200
        except httpx.TransportError:
            return False

    def get(self, port: int, path: str) -> httpx.Response:
        return self.client.get(f"http://127.0.0.1:{port}{path}")

    def imported(self) -> dict[str, Any] | None:
        """The newest import, once it has ended."""
        (newest,) = self.get(self.door, "/v1/imports?limit=1").json()["imports"]
        job: dict[str, Any] = self.get(self.door, f"/v1/imports/{newest['id']}").json()
        return job if job["state"] in ENDED else None

    def run(self, *typed: str) -> None:
        done = subprocess.run(typed, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{typed[-1]}\n{done.stdout}\n{done.stderr}"
        self.shown = done.stdout
        for answer in answers_in(done.stdout):
            assert answer.get("rejected", 0) == 0, answer

    def compare(self, told: dict[str, Any]) -> None:
        """The answer that the README shows is the one that came, but for the request's id."""
        (came,) = answers_in(self.shown)
        assert {**came, "request_id": ""} == {**told, "request_id": ""}

    def follow(self, kind: str, text: str) -> None:
        if kind == "sh":
            self.run("bash", "-euo", "pipefail", "-c", self.moved(text))
        elif kind == "python":
            self.run(sys.executable, "-c", self.moved(text))
        else:
            self.compare(json.loads(text))

    def close(self) -> None:
        for window in self.windows:
            window.send_signal(signal.SIGINT)
        for window in self.windows:
            window.wait(timeout=60)
        self.client.close()


def answers_in(printed: str) -> list[dict[str, Any]]:
    """The JSON documents that several calls have printed one after the other."""
    decoder, found = json.JSONDecoder(), []
    while printed := printed.strip():
        document, end = decoder.raw_decode(printed)
        found.append(document)
        printed = printed[end:]
    return found


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    opened = Reader(tmp_path / "home")
    yield opened
    opened.close()


class TestReadme:
    def test_every_block_works_as_written(self, reader: Reader) -> None:
        blocks = BLOCK.findall(README)
        (background,) = (text for kind, text in blocks if kind == "sh background")
        reader.start(background)
        following = [(kind, text) for kind, text in blocks if kind != "sh background"]
        assert len(following) >= 5
        for kind, text in following:
            reader.follow(kind, text)
        job = until(reader.imported)
        assert (job["state"], job["report"]["rows_out"], job["report"]["dropped"]) == ("done", 1, {"bad_price": 1})
        until(lambda: reader.ready(reader.worker))
        measured = "".join(reader.get(port, "/metrics").text for port in (reader.door, reader.worker))
        for name in METRIC.findall(README):
            assert f"\n# HELP {name} " in measured, name

    def test_every_setting_and_default_is_a_real_one(self) -> None:
        own = {"INTAKE": Settings.model_fields, "WORKER": WorkerSettings.model_fields, "MERX": Settings.model_fields}
        told = [name.partition("_") for name in SETTING.findall(README)]
        assert told
        for prefix, _, name in told:
            assert name.lower() in own[prefix], name
        defaults = {name: one.default for name, one in Settings.model_fields.items()}
        assert (defaults["body_limit_bytes"], defaults["import_limit_bytes"]) == (4 * 2**20, 2 * 2**30)
        assert (defaults["port"], WorkerSettings.model_fields["port"].default) == (8007, 8017)
