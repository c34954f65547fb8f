"""The pipelines of pricing on a shop whose elasticities are known: run by Kubeflow here, and again by their steps."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from merx_core.catalogue import Product
from merx_core.events import Channel, CloudEvent, Event, EventType, Line
from merx_core.money import Money
from merx_kit.eventlog import EventLog, migrate
from merx_kit.registry import ModelVersion
from merx_kit.settings import MerxSettings
from merx_models.demand.forecast_table import ForecastTable
from merx_models.elasticity import Elasticities
from merx_models.pricing.book import PriceBook
from merx_pipelines.cli import app
from merx_pipelines.folders import Folders
from merx_pipelines.price_proposals import proposal
from merx_pipelines.registry_access import model_registry
from merx_pipelines.steps import (
    clean,
    extract,
    fit_demand,
    fit_elasticity,
    judge_demand,
    judge_elasticity,
    register_elasticity,
    weekly_sales,
)
from tests.integration.pipelines.made_shop import END

pytestmark = [
    pytest.mark.timeout(900),  # more than twenty steps in processes of their own, each with its imports
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # kfp's, many and changing
    pytest.mark.filterwarnings("ignore::FutureWarning"),
    pytest.mark.filterwarnings("ignore::UserWarning"),
]
ELASTICITY, PRODUCTS, WEEKS = -2.0, 24, 70


def records(seed: int = 0) -> list[CloudEvent]:
    """Weekly orders for everything at that week's prices, which somebody sets without looking at demand."""
    rng = np.random.default_rng(seed)
    made = [
        Product(
            product_id=f"p{number:02}",
            title=f"Tea {number}",
            category=("Tea", f"Kind {number % 3}"),
            cost=Money(600, "EUR") if number % 2 else None,
        )
        for number in range(PRODUCTS)
    ]
    told = [CloudEvent.upsert(product, "made", END - timedelta(weeks=WEEKS)) for product in made]
    prices = np.round(1_000 * np.exp(rng.normal(0, 0.15, (WEEKS, PRODUCTS)))).astype(int)
    units = rng.poisson(80 * (prices / 1_000) ** ELASTICITY) + 1
    for week in range(WEEKS):
        lines = tuple(
            Line(product.product_id, int(units[week, number]), Money(int(prices[week, number]), "EUR"))
            for number, product in enumerate(made)
        )
        event = Event(
            message_id=f"week-{week}",
            type=EventType.PURCHASE,
            time=END - timedelta(weeks=WEEKS - week, hours=-5),
            customer_id="everybody",
            channel=Channel.WEB,
            order_id=f"week-{week}",
            lines=lines,
        )
        told.append(CloudEvent.wrap(event, "made"))
    return told


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MerxSettings]:
    """A shop whose steps, in processes of their own, find it by the environment."""
    home = tmp_path_factory.mktemp("shop")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MERX_HOME", str(home))
        made = MerxSettings.load()
        migrate(made.database_url)
        with EventLog(made.database_url) as log:
            log.append(records())
        yield made


@pytest.fixture(scope="module")
def shown(settings: MerxSettings) -> str:
    """What the command says, of elasticities, demand and the policy; each step runs in a process of its own."""
    answer = CliRunner().invoke(app, ["prices"], env={"COLUMNS": "200"})
    assert answer.exit_code == 0, answer.output
    return answer.output


@pytest.fixture(scope="module")
def champion(shown: str, settings: MerxSettings) -> ModelVersion:
    return model_registry(settings).resolve("elasticity", "champion")


@pytest.fixture(scope="module")
def book(shown: str, settings: MerxSettings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The price book of the champion, as a service fetches it."""
    registry = model_registry(settings)
    return registry.fetch(registry.resolve("pricing", "champion"), tmp_path_factory.mktemp("pricing") / "book")


def documents_of(name: str, settings: MerxSettings, folder: Path) -> Path:
    registry = model_registry(settings)
    run_id = registry.resolve(name, "champion").run_id
    return Path(registry.client.download_artifacts(run_id, ".", str(folder)))


def test_the_champion_knows_how_much_is_sold_at_another_price(
    champion: ModelVersion, settings: MerxSettings, tmp_path: Path
) -> None:
    fitted = Elasticities.load(model_registry(settings).fetch(champion, tmp_path / "model"))
    found = np.array([fitted.of(f"p{number:02}").mean for number in range(PRODUCTS)])
    assert np.abs(found - ELASTICITY).mean() < 0.25
    assert fitted.of_category("Tea > Kind 1").mean == pytest.approx(ELASTICITY, abs=0.25)
    assert champion.tags["feature_service_hash"] == fit_elasticity.CONTRACT
    assert champion.tags["estimated"] == str(PRODUCTS)


def test_the_command_prints_them_by_category(shown: str, champion: ModelVersion) -> None:
    assert "Tea > Kind 1" in shown
    assert f"{PRODUCTS} products, {PRODUCTS} with an estimate of their own" in shown


def test_the_run_keeps_figures_pictures_and_a_card(
    champion: ModelVersion, settings: MerxSettings, tmp_path: Path
) -> None:
    client = model_registry(settings).client
    figures = client.get_run(champion.run_id).data.metrics
    assert figures["products"] == PRODUCTS
    assert figures["placebo_mean"] < 0.3
    documents = Path(client.download_artifacts(champion.run_id, ".", str(tmp_path)))
    assert {path.name for path in documents.iterdir()} == {
        "categories.png",
        "demand_curves.png",
        "elasticity_check.json",
        "model_card.md",
    }
    card = (documents / "model_card.md").read_text()
    assert f"| products | {PRODUCTS} |" in card
    assert "EUR" in card


def test_the_same_log_gives_the_same_elasticities(
    champion: ModelVersion, settings: MerxSettings, tmp_path: Path
) -> None:
    made = Folders(clean=tmp_path / "clean", sales=tmp_path / "sales", model=tmp_path / "m", check=tmp_path / "check")
    extract.run(tmp_path / "tables", settings=settings)
    clean.run_folder(tmp_path / "tables", made.clean)
    weekly_sales.run(made.clean, made.sales)
    fit_elasticity.run(made.sales, made.model)
    assert judge_elasticity.run(made.model, made.check).passed
    first = model_registry(settings).fetch(champion, tmp_path / "first")
    assert (first / "elasticities.json").read_text() == (made.model / "elasticities.json").read_text()
    second = register_elasticity.run(made, tmp_path / "registered", settings=settings)
    assert "challenger" in second.aliases
    assert json.loads((tmp_path / "registered" / "version.json").read_text())["version"] == second.version


class TestDemand:
    def test_the_champion_forecasts_every_product(self, shown: str, settings: MerxSettings, tmp_path: Path) -> None:
        registry = model_registry(settings)
        version = registry.resolve("demand", "champion")
        forecasts = ForecastTable.load(registry.fetch(version, tmp_path / "model") / fit_demand.FORECAST)
        assert len(forecasts) == PRODUCTS
        assert forecasts.point.mean() == pytest.approx(80.0, rel=0.15)
        assert version.tags["feature_service_hash"] == fit_demand.CONTRACT
        assert float(version.tags["error"]) <= judge_demand.MOST_ERROR * float(version.tags["naive_error"])

    def test_the_command_prints_how_far_off_it_was(self, shown: str) -> None:
        assert "in the last 8 weeks, which were held out" in shown
        assert f"{PRODUCTS} series (product and channel) are forecast 8 weeks ahead" in shown

    def test_the_run_keeps_figures_pictures_and_a_card(
        self, shown: str, settings: MerxSettings, tmp_path: Path
    ) -> None:
        documents = documents_of("demand", settings, tmp_path)
        assert {path.name for path in documents.iterdir()} == {
            "demand_check.json",
            "forecasts.png",
            "held_out.json",
            "model_card.md",
        }
        assert f"forecast are {PRODUCTS} series" in (documents / "model_card.md").read_text()


class TestPricePolicy:
    def test_the_champion_is_a_price_book_that_proposes(self, book: Path) -> None:
        loaded = PriceBook.load(book)
        assert set(loaded.policy.fits) == {f"p{number:02}" for number in range(PRODUCTS)}
        assert loaded.terms.currency == "EUR"
        assert loaded.terms.parts == {"elasticity": "1", "demand": "1"}
        assert loaded.category["p01"] == "Tea > Kind 1"
        assert 800 <= proposal(loaded, "p01", cost=600.0) <= 1_100
        new = loaded.forecast("new", "week", None, category="Tea > Kind 1")
        assert new.member == "category"
        assert new.point == pytest.approx(loaded.forecast("p01", "week", None, category="").point.mean(), rel=0.5)

    def test_the_command_prints_what_each_policy_earned(self, shown: str) -> None:
        assert all(name in shown for name in ("fixed rule", "elasticity rule", "optimiser", "DDPG"))
        assert f"prices {PRODUCTS} products; 0 of" in shown

    def test_the_run_keeps_a_page_of_prices_and_a_card(
        self, book: Path, settings: MerxSettings, tmp_path: Path
    ) -> None:
        documents = documents_of("pricing", settings, tmp_path)
        assert {path.name for path in documents.iterdir()} == {
            "family_1_tea.png",
            "model_card.md",
            "policy_check.json",
            "prices.html",
            "trials.json",
        }
        assert "Costs are known of 6 of these products" in (documents / "model_card.md").read_text()
