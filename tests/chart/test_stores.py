"""Without a cluster, with the stores of one: the Job `bootstrap` as it is rendered, on PostgreSQL, Valkey, and an
object store that has no bucket, as a trial's begins.
"""

from pathlib import Path
from typing import Any

import pytest

from merx_kit.artefacts import ArtefactStore
from merx_kit.registry import CHAMPION, MlflowRegistry
from tests.chart.charts import ROOT, Charts, pods
from tests.chart.test_environment import environment
from tests.chart.test_scripts import run


@pytest.fixture
def stores(tmp_path: Path, postgres_url: str, valkey_url: str, s3_options: dict[str, Any]) -> dict[str, str]:
    """Variables of this machine's stores, in the place of those of the Secret."""
    return {
        "HOME": str(tmp_path),
        "MERX_HOME": str(tmp_path),
        "MERX_DATABASE_URL": postgres_url,
        "MERX_FEAST_REGISTRY": postgres_url,
        "MERX_FEAST_ONLINE": valkey_url,
        "MERX_ARTEFACTS_URL": f"s3://bucket-of-{tmp_path.name.replace('_', '-').lower()[-40:]}/artefacts",
        "AWS_ENDPOINT_URL": s3_options["client_kwargs"]["endpoint_url"],
        "AWS_ACCESS_KEY_ID": s3_options["key"],
        "AWS_SECRET_ACCESS_KEY": s3_options["secret"],
        "MERX_MLFLOW_URL": f"sqlite:///{tmp_path}/mlflow.db",
        "MERX_MLFLOW_ARTIFACTS_URL": f"file://{tmp_path}/mlflow",
    }


def bootstrap(charts: Charts, stores: dict[str, str], *words: str, timeout_s: float = 120.0) -> str:
    found = [pod for name, pod in pods(charts.render(profile="minimal")) if "-pipelines-bootstrap-" in name]
    container = found[0]["spec"]["containers"][0]
    told = {name: stores.get(name, value) for name, value in environment(container).items()}
    status, said = run(container, told, "--make-bucket", *words, folder=ROOT, timeout_s=timeout_s)
    assert status == 0, said
    return said


@pytest.mark.slow
def test_an_empty_installation_is_made_whole_and_left_alone(
    charts: Charts, tmp_path: Path, stores: dict[str, str], s3_options: dict[str, Any]
) -> None:
    for _ in range(2):
        assert "the log is empty" in bootstrap(charts, stores)
    store = ArtefactStore(stores["MERX_ARTEFACTS_URL"], s3_options)
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "a.txt").write_text("a")
    store.publish(tmp_path / "out", "products", "1")
    assert store.current("products") == "1"


@pytest.mark.slow
def test_log_features_and_registry_share_one_database(
    charts: Charts, tmp_path: Path, stores: dict[str, str], s3_options: dict[str, Any]
) -> None:
    """As the trial's PostgreSQL has them: each keeps its tables, and its version, to itself."""
    bootstrap(charts, stores)
    registry = MlflowRegistry(stores["MERX_DATABASE_URL"], ArtefactStore(stores["MERX_ARTEFACTS_URL"], s3_options))
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "a.txt").write_text("a")
    registry.register("pricing", tmp_path / "model")
    assert registry.promote("pricing").version == "1"
    bootstrap(charts, stores)
    assert registry.resolve("pricing", CHAMPION).version == "1"


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_the_demonstration_gets_its_first_models(charts: Charts, stores: dict[str, str]) -> None:
    said = bootstrap(charts, stores, "--demo", "--profile", "quick", timeout_s=3000.0)
    assert [line for line in said.splitlines() if line.startswith("merx ")] == [
        "merx import --demo",
        "merx train --profile quick",
        "merx index --profile quick",
        "merx prices --profile quick",
    ]
    registry = MlflowRegistry(stores["MERX_MLFLOW_URL"], ArtefactStore(stores["MERX_ARTEFACTS_URL"]))
    for name in ("recommendation", "search"):
        assert registry.resolve(name, CHAMPION).version == "1", said


def test_the_bucket_is_made_where_the_store_is_the_trials(charts: Charts) -> None:
    for profile, made in (("minimal", True), ("ingress", False)):
        found = [pod for name, pod in pods(charts.render(profile=profile)) if "-pipelines-bootstrap-" in name]
        assert ("--make-bucket" in found[0]["spec"]["containers"][0]["args"]) is made
