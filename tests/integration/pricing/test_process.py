"""The service as it runs: it follows the log and the registry, and loses no price that it gave."""

import shutil
import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from merx_models.pricing.policies import CostPlus
from tests.integration.pricing.installed import Installation, cost, furnish, price, quote, until
from tests.unit.pricing.shop import PRODUCTS


@pytest.fixture(scope="module")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """Treat it as read-only."""
    return furnish(tmp_path_factory.mktemp("pricing") / "home")


@pytest.fixture
def installed(furnished: Installation, tmp_path: Path) -> Installation:
    """A copy that a test may change."""
    return Installation(Path(shutil.copytree(furnished.home, tmp_path / "home")))


def test_it_prices_by_its_book_and_follows_costs_and_books(installed: Installation) -> None:
    with installed.service() as service, httpx.Client(base_url=service.wait_ready().url, timeout=60) as client:
        assert until(lambda: price(client) == 288)
        said = quote(client, *PRODUCTS)
        assert (said["mode"], said["model_version"], said.get("degraded", [])) == ("live", "pricing/1", [])
        installed.append(cost("p00", 187))
        assert until(lambda: price(client) == 299)
        assert price(client, "p01") == 288
        assert installed.promote(CostPlus(0.65), "second") == "pricing/2"
        assert until(lambda: price(client, "p01") == 297)
        assert quote(client, "p01")["model_version"] == "pricing/2"
        installed.registry.rollback("pricing")
        assert until(lambda: price(client, "p01") == 288)
        page = client.get("/v1/prices/audit", params={"product_id": "p01", "limit": 1}).json()
        assert page["quotes"][0]["decision"]["model"] == "pricing/1"
        assert client.get("/v1/products/p00/forecast").json()["steps"]
        assert client.get("/v1/products/p00/elasticity").json()["elasticity"] < 0
        order = {"lines": [{"product_id": "p00", "lead": [{"weeks": 1}]}]}
        assert client.post("/v1/replenishment:plan", json=order).json()["orders"]


def test_every_price_that_left_a_killed_service_is_in_the_audit(installed: Installation) -> None:
    given: dict[str, list[int]] = {}
    for _ in range(3):
        service = installed.service()
        url = service.wait_ready().url

        def ask(number: int, url: str = url, service: object = service) -> None:
            with httpx.Client(base_url=url, timeout=60) as client:
                for _ in range(200):
                    try:
                        said = quote(client, *PRODUCTS)
                    except httpx.TransportError:
                        return
                    given[said["request_id"]] = [one["price"]["amount"] for one in said["quotes"]]

        with ThreadPoolExecutor(4) as askers:
            done = [askers.submit(ask, number) for number in range(4)]
            enough = len(given) + 40
            until(lambda enough=enough: len(given) >= enough)  # type: ignore[misc]  # bound now
            service.stop(signal.SIGKILL)
            for one in done:
                one.result()
    assert len(given) > 100
    with installed.service() as service, httpx.Client(base_url=service.wait_ready().url, timeout=60) as client:
        for request_id, prices in given.items():
            kept = client.get("/v1/prices/audit", params={"request_id": request_id}).json()["quotes"]
            assert sorted(one["price"]["amount"] for one in kept) == sorted(prices)


def test_with_the_registry_away_the_last_good_book_prices(installed: Installation) -> None:
    with installed.service() as service, httpx.Client(base_url=service.wait_ready().url, timeout=60) as client:
        assert until(lambda: price(client) == 288)
    shutil.rmtree(installed.home / "mlflow")
    away = installed.service(MERX_MLFLOW_URL="http://127.0.0.1:9")
    with away as service, httpx.Client(base_url=service.wait_ready().url, timeout=60) as client:
        assert until(lambda: price(client) == 288)
        assert until(lambda: quote(client, "p00").get("degraded") == ["registry_unavailable"])
        assert quote(client, "p00")["model_version"] == "pricing/1"


def test_a_damaged_book_never_prices(installed: Installation) -> None:
    with installed.service() as service, httpx.Client(base_url=service.wait_ready().url, timeout=60) as client:
        assert until(lambda: price(client) == 288)
    installed.promote(CostPlus(0.65), "second")
    parts = (installed.home / "artefacts" / "pricing").glob("*/policy/fits.npz")
    stored = max(parts, key=lambda path: path.stat().st_mtime)
    stored.write_bytes(stored.read_bytes()[:-50])
    with installed.service() as service, httpx.Client(base_url=service.wait_ready().url, timeout=60) as client:
        assert until(lambda: price(client) == 288)
        assert until(lambda: quote(client, "p00").get("degraded") == ["model_damaged"])
        assert quote(client, "p00")["model_version"] == "pricing/1"


def test_rules_that_cannot_be_read_stop_it_with_one_sentence(installed: Installation, tmp_path: Path) -> None:
    rules = tmp_path / "rules.yaml"
    rules.write_text("name: mine\nmargin: {floor_bp: -1}\n")
    service = installed.service(PRICING_RULES_FILE=str(rules))
    assert service.process.wait(120) == 2
    assert "PRICING_RULES_FILE: rules.yaml: floor_bp must lie between 0 and 9999, got -1" in service.log.read_text()


def test_rules_of_a_file_hold(installed: Installation, tmp_path: Path) -> None:
    rules = tmp_path / "rules.yaml"
    rules.write_text("name: mine\nendings: {EUR: {per: 10, tails: [9]}}\nlist_price: {floor_bp: 9000}\n")
    ruled = installed.service(PRICING_RULES_FILE=str(rules))
    with ruled as service, httpx.Client(base_url=service.wait_ready().url, timeout=60) as client:
        assert until(lambda: price(client) == 289)
