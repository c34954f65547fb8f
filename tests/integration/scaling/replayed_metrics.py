"""An exporter that replays what dcgm-exporter and the pods of a service show of a fleet, and a Prometheus on it."""

import json
import socket
import subprocess
import threading
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

SERVICE, NAMESPACE = "search", "shop"
MOST_PODS = 4
BOUNDS_S = (0.025, 0.05, 0.1, 0.25, 0.5)


@dataclass
class Fleet:
    """What the exporter shows from now on; counters go on from where they are."""

    ready: int = 3
    per_s: float = 0.0
    queued: float = 0.0
    busy: float = 0.0
    batch: float = 16.0
    latency_s: float = 0.04
    profiled: bool = True
    """Whether DCGM has the profiling metrics; without them the coarse flag is all there is."""
    lost: bool = False
    requests: float = 0.0
    by_bound: list[float] = field(default_factory=lambda: [0.0] * (len(BOUNDS_S) + 1))
    _since: float = field(default_factory=time.monotonic)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def change(self, **to: float) -> None:
        with self._lock:
            self._advance()
            for name, value in to.items():
                setattr(self, name, value)

    def _advance(self) -> None:
        now = time.monotonic()
        came, self._since = self.per_s * (now - self._since), now
        self.requests += came
        for place, bound in enumerate((*BOUNDS_S, float("inf"))):
            self.by_bound[place] += came if self.latency_s <= bound else 0.0

    def page(self, path: str) -> str | None:
        """What is answered at `/dcgm`, and at `/pods/<number>` of those that are ready."""
        with self._lock:
            self._advance()
            if self.lost:
                return None
            if path == "/dcgm":
                return "\n".join(line for pod in range(self.ready) for line in self._gpu(pod)) + "\n"
            pod = int(path.removeprefix("/pods/"))
            return "\n".join(self._service()) + "\n" if pod < self.ready else None

    def _gpu(self, pod: int) -> Iterator[str]:
        labels = (
            f'gpu="{pod}",UUID="GPU-5fd4f087-86f3-7a43-b711-4771313afc5{pod}",pci_bus_id="00000000:0{pod}:00.0",'
            f'device="nvidia{pod}",modelName="NVIDIA H100 80GB HBM3",Hostname="node-{pod // 8}",'
            f'DCGM_FI_DRIVER_VERSION="570.86.15",container="{SERVICE}",namespace="{NAMESPACE}",pod="{SERVICE}-{pod}"'
        )
        yield f"DCGM_FI_DEV_GPU_UTIL{{{labels}}} {100 if self.busy > 0 else 0}"
        yield f"DCGM_FI_DEV_POWER_USAGE{{{labels}}} {70 + 330 * self.busy}"
        if self.profiled:
            yield f"DCGM_FI_PROF_GR_ENGINE_ACTIVE{{{labels}}} {self.busy}"

    def _service(self) -> Iterator[str]:
        route = 'method="POST",route="/v1/search"'
        share = self.requests / self.ready
        yield f'merx_http_requests_total{{{route},status="200"}} {share}'
        yield f"merx_http_requests_queued {self.queued / self.ready}"
        yield f'merx_search_encoder_batch_sum{{kind="text"}} {share}'
        yield f'merx_search_encoder_batch_count{{kind="text"}} {share / self.batch}'
        for bound, count in zip((*BOUNDS_S, "+Inf"), self.by_bound, strict=True):
            yield f'merx_http_request_duration_seconds_bucket{{{route},le="{bound}"}} {count / self.ready}'


@contextmanager
def exported(fleet: Fleet) -> Iterator[int]:
    """The port of an exporter on this machine; it refuses to answer while `fleet.lost`."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            page = fleet.page(self.path)
            self.send_response(503 if page is None else 200)
            self.send_header("content-type", "text/plain; version=0.0.4")
            self.end_headers()
            self.wfile.write((page or "").encode())

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


@dataclass(frozen=True)
class Prometheus:
    """A running server, asked as KEDA asks it."""

    address: str

    def value(self, query: str) -> float | None:
        """The only sample of an instant query; None where there is none."""
        asked = urllib.parse.urlencode({"query": query})
        with urllib.request.urlopen(f"{self.address}/api/v1/query?{asked}", timeout=10) as answer:
            result = json.load(answer)["data"]["result"]
        assert len(result) <= 1, f"{query} has {len(result)} series"
        return float(result[0]["value"][1]) if result else None

    def until(self, met: Callable[[], bool], what: str, *, within_s: float = 60.0) -> None:
        """Waits for it; fails with `what` where it does not come."""
        end = time.monotonic() + within_s
        while not met():
            assert time.monotonic() < end, what
            time.sleep(0.2)


@contextmanager
def prometheus(folder: Path, exporter: int, rules: dict[str, object]) -> Iterator[Prometheus]:
    """A Prometheus that scrapes pods, with the labels that Kubernetes gives them, and DCGM's exporter once a second."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (folder / "rules.yml").write_text(json.dumps(rules))
    targets = [f"127.0.0.1:{exporter}"]
    pods = [
        {
            "targets": targets,
            "labels": {"namespace": NAMESPACE, "pod": f"{SERVICE}-{pod}", "__metrics_path__": f"/pods/{pod}"},
        }
        for pod in range(MOST_PODS)
    ]
    scrape = [
        {"job_name": SERVICE, "static_configs": pods},
        {
            "job_name": "dcgm-exporter", "honor_labels": True, "metrics_path": "/dcgm",
            "static_configs": [{"targets": targets}],
        },
    ]  # fmt: skip
    every = {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"}
    config = folder / "prometheus.yml"
    config.write_text(json.dumps({"global": every, "rule_files": ["rules.yml"], "scrape_configs": scrape}))
    command = [
        "prometheus", f"--config.file={config}", f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}", "--log.level=error",
    ]  # fmt: skip
    with subprocess.Popen(command) as process:
        server = Prometheus(f"http://127.0.0.1:{port}")
        try:
            server.until(lambda: _ready(server.address), "Prometheus did not start")
            yield server
        finally:
            process.terminate()


def _ready(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/-/ready", timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False
