from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from merx_models.pricing.book import PriceBook
from merx_models.pricing.policies import Optimiser
from merx_pipelines.price_choice import Told, Trials
from merx_pipelines.price_pages import Shelf, family_pages
from merx_pipelines.price_proposals import known, proposal
from merx_pipelines.pricing_card import pricing_card
from merx_pipelines.steps import judge_policy
from merx_pipelines.steps.judge_policy import PolicyVerdict, judge
from tests.unit.models.pricing.made_book import PRODUCTS, made_book
from tests.unit.pipelines.pricing.made_weeks import ABOUT

CATALOGUE = pd.DataFrame(
    {
        "product_id": ["tea", "cup", "pot"],
        "title": ["Tea, green", "Cup <large>", "Pot"],
        "currency": "EUR",
        "cost": pd.Series([300, None, 0], dtype="Int64"),
        "stock": pd.Series([None, 12, None], dtype="Int64"),
    }
)


def told(*, over_rule: float = 0.05, broken: int = 0) -> Told:
    interval = (over_rule + 0.1, over_rule, over_rule + 0.2)
    return Told(
        profit=100.0, over_fixed=interval, over_rule=interval, worst=0.1, revenue=0.02, broken=broken, prices=500
    )


def trials(**changed: float) -> Trials:
    nothing = replace(told(), over_fixed=(0.0, 0.0, 0.0), worst=0.0)
    policies = {"fixed rule": nothing, "optimiser": told(**changed)}  # type: ignore[arg-type]
    return Trials(chosen="optimiser", products=12, seasons=36, costs_known=1, policies=policies)


@pytest.fixture(scope="module")
def book() -> PriceBook:
    return made_book(Optimiser())


class TestJudge:
    def test_a_book_that_loads_and_proposes_passes(self, book: PriceBook, tmp_path: Path) -> None:
        trials().write(tmp_path / "book")
        book.save(tmp_path / "book")
        verdict = judge_policy.run(tmp_path / "book", tmp_path / "check")
        assert verdict.passed
        assert (verdict.products, verdict.asked, verdict.proposed, verdict.prices) == (3, 3, 3, 1_000)
        assert PolicyVerdict.read(tmp_path / "check") == verdict
        assert Trials.read(tmp_path / "book") == trials()

    def test_a_policy_that_may_fall_behind_the_rule_is_refused(self, book: PriceBook) -> None:
        assert judge(book, trials(over_rule=-0.02)).passed
        assert judge(book, trials(over_rule=-0.03)).reasons == (
            "profit of optimiser may lie 3.0% below that of the elasticity rule; 2% is let pass",
        )

    def test_a_broken_guard_rail_is_refused(self, book: PriceBook) -> None:
        assert judge(book, trials(broken=2)).reasons == ("2 prices broke a guard-rail",)


class TestProposal:
    def test_it_keeps_the_guard_rails_of_the_trials(self, book: PriceBook) -> None:
        usual = book.policy.fits["tea"].base
        assert 0.8 * usual <= proposal(book, "tea", cost=100.0) <= 1.1 * usual

    def test_a_dear_unit_is_not_priced_below_a_cheap_one(self, book: PriceBook) -> None:
        assert proposal(book, "tea", cost=480.0) >= proposal(book, "tea", cost=100.0)

    def test_what_is_known_of_a_catalogue_is_above_zero(self) -> None:
        assert known(CATALOGUE, "cost") == {"tea": 300.0}
        assert known(CATALOGUE, "stock") == {"cup": 12.0}


class TestDocuments:
    def test_a_family_has_a_picture_and_its_place_on_the_page(self, book: PriceBook, tmp_path: Path) -> None:
        weeks = pd.DataFrame(
            {"product_id": PRODUCTS, "week": 39, "units": 5, "price": 500.0, "category": "Tea > Green"}
        )
        costs, titles = known(CATALOGUE, "cost"), dict(zip(CATALOGUE["product_id"], CATALOGUE["title"], strict=True))
        family_pages(Shelf(book, weeks, ABOUT, titles=titles, costs=costs, stocks={}), tmp_path)
        assert {path.name for path in tmp_path.iterdir()} == {"family_1_tea.png", "prices.html"}
        page = (tmp_path / "prices.html").read_text()
        assert "Cup &lt;large&gt; (cup)" in page
        assert "data:image/png;base64," in page

    def test_the_card_says_of_how_many_products_costs_are_known(self, book: PriceBook) -> None:
        card = pricing_card(book, trials(), judge(book, trials()), profile="quick", seed=0)
        assert "Costs are known of 1 of these products" in card
        assert "elasticity 3, demand 2" in card
