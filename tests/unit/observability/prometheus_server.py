"""A real Prometheus over counters that a test has written down."""

import json
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest


def prometheus_binary() -> str:
    """Skips where Prometheus is not installed."""
    found = shutil.which("prometheus")
    if found is None or shutil.which("promtool") is None:
        pytest.skip("prometheus is not on this machine: `make tools-debian` installs it")
    return found


@contextmanager
def prometheus(folder: Path, exposition: str) -> Iterator[str]:
    """The URL of a server that knows the samples of `exposition` (OpenMetrics with timestamps, ending in `# EOF`)."""
    prometheus_binary()
    samples = folder / "samples.txt"
    samples.write_text(exposition)
    blocks = ["promtool", "tsdb", "create-blocks-from", "openmetrics", "--quiet", str(samples), str(folder / "data")]
    subprocess.run(blocks, check=True, capture_output=True)
    with configured(folder, {"scrape_configs": []}) as url:
        yield url


@contextmanager
def configured(folder: Path, configuration: dict[str, Any]) -> Iterator[str]:
    """The URL of a server with this configuration, on what data lie in the folder."""
    binary, config = prometheus_binary(), folder / "prometheus.yml"
    config.write_text(json.dumps(configuration))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [binary, f"--config.file={config}", f"--storage.tsdb.path={folder / 'data'}", "--log.level=error"]
    command += [f"--web.listen-address=127.0.0.1:{port}", "--storage.tsdb.retention.time=100y"]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    try:
        _wait(url, server)
        yield url
    finally:
        server.terminate()
        server.wait(30)


def _wait(url: str, server: "subprocess.Popen[bytes]") -> None:
    for _ in range(600):
        assert server.poll() is None, "prometheus ended"
        try:
            if httpx.get(f"{url}/-/ready").status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.05)
    raise AssertionError("prometheus was not ready within half a minute")
