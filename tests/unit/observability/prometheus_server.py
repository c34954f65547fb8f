"""A real Prometheus over counters that a test has written down."""

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

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
    binary = prometheus_binary()
    samples, data, config = folder / "samples.txt", folder / "data", folder / "prometheus.yml"
    samples.write_text(exposition)
    config.write_text("scrape_configs: []\n")
    blocks = ["promtool", "tsdb", "create-blocks-from", "openmetrics", "--quiet", str(samples), str(data)]
    subprocess.run(blocks, check=True, capture_output=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    command = [
        binary,
        f"--config.file={config}",
        f"--storage.tsdb.path={data}",
        f"--web.listen-address=127.0.0.1:{port}",
    ]
    command += ["--storage.tsdb.retention.time=100y", "--log.level=error"]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
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
