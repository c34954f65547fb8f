"""Proposals are made ahead, anew when something changed, and one product's trouble is not the others'."""

import time
from collections.abc import Callable, Iterator

import pytest

from merx_core.money import Money
from merx_models.pricing.policies import CostPlus
from merx_models.pricing.task import Seller, Task
from merx_pricing.ports import Standing
from merx_pricing.service import Pricer
from tests.unit.pricing.shop import House, book, facts


class Trips:
    """A policy that fails on the product with its cost of 13."""

    name = "trips"

    def begin(self, task: Task) -> Seller:
        if task.terms.cost == 13.0:
            raise ArithmeticError("13")
        return lambda _: task.terms.cost * 2


class Counts:
    """Asks as much for everything, and notes the stock of each season that it was asked with."""

    name = "counts"

    def __init__(self) -> None:
        self.stocks: list[int] = []

    def begin(self, task: Task) -> Seller:
        self.stocks.append(task.terms.stock)
        return lambda _: 250.0


@pytest.fixture
def running() -> Iterator[Callable[[House], Pricer]]:
    started: list[Pricer] = []

    def start(house: House) -> Pricer:
        house.pricer.start()
        started.append(house.pricer)
        return house.pricer

    yield start
    for pricer in started:
        pricer.stop()


def until(holds: Callable[[], bool], timeout_s: float = 20.0) -> bool:
    end = time.monotonic() + timeout_s
    while not holds() and time.monotonic() < end:
        time.sleep(0.01)
    return holds()


def value(pricer: Pricer, product_id: str = "p00") -> float | None:
    return pricer.proposal(product_id).value


def test_all_products_of_the_book_are_priced(running: Callable[[House], Pricer]) -> None:
    pricer = running(House(policy=CostPlus(0.6)))
    assert until(lambda: all(value(pricer, product) == 288.0 for product in ("p00", "p01", "p02", "p03")))


def test_a_changed_cost_makes_another_proposal(running: Callable[[House], Pricer]) -> None:
    house = House(policy=CostPlus(0.6))
    pricer = running(house)
    assert until(lambda: value(pricer) == 288.0)
    house.know(facts(cost=Money(200, "EUR")))
    assert until(lambda: value(pricer) == 320.0)


def test_another_book_prices_everything_anew(running: Callable[[House], Pricer]) -> None:
    house = House(policy=CostPlus(0.6))
    pricer = running(house)
    assert until(lambda: value(pricer) == 288.0)
    house.books.standing = Standing(book(CostPlus(0.7)), "pricing/2")
    assert until(lambda: value(pricer) == pytest.approx(306.0))
    assert pricer.proposal("p00").model == "pricing/2"


def test_before_the_first_book_there_is_none_to_ask(running: Callable[[House], Pricer]) -> None:
    house = House(learned=False)
    pricer = running(house)
    pricer.want(["p00"])
    assert until(lambda: pricer.proposal("p00").reasons == ("model_unavailable",))
    house.books.standing = Standing(book(CostPlus(0.6)), "pricing/1")
    assert until(lambda: value(pricer) == 288.0)


def test_a_product_on_which_the_policy_fails_is_named_and_the_others_are_priced(
    running: Callable[[House], Pricer],
) -> None:
    pricer = running(House(facts("p00", cost=Money(13, "EUR")), facts("p01"), policy=Trips()))
    assert until(lambda: pricer.proposal("p00").reasons == ("policy_failed",))
    assert until(lambda: value(pricer, "p01") == 360.0)


def test_a_product_that_lost_its_price_has_no_proposal_left(running: Callable[[House], Pricer]) -> None:
    house = House(policy=CostPlus(0.6))
    pricer = running(house)
    assert until(lambda: value(pricer) == 288.0)
    house.know(facts(price=None))
    assert until(lambda: pricer.proposal("p00").reasons == ("not_decided_yet",))


def test_products_that_the_book_does_not_know_wait_for_nobody(running: Callable[[House], Pricer]) -> None:
    house = House(policy=CostPlus(0.6))
    house.pricer.want([f"q{number}" for number in range(100_000)])
    pricer = running(house)
    assert until(lambda: value(pricer) == 288.0)
    assert pricer.proposal("q7").reasons == ("demand_unknown",)
    assert pricer.proposal("q7") is pricer.proposal("q8")


def test_the_same_proposal_again_keeps_its_explanation() -> None:
    house = House()
    known = facts()
    explained = house.pricer.explained(known)
    assert explained.explanation is not None
    assert house.pricer.renew(known) is explained


def test_stock_beyond_all_demand_is_planned_as_ample() -> None:
    seasons = []
    for stock in (10**6, None):
        known = facts(stock=stock)
        seasons.append(House(known).pricer.renew(known).season)
    assert seasons[0] is not None
    assert seasons[0] == seasons[1]
    assert 40 < seasons[0].stock < 500


class TestTheSameAgain:
    """Nothing is worked out twice; what was is still there."""

    def test_a_sale_from_ample_stock_asks_the_policy_nothing(self) -> None:
        policy = Counts()
        house = House(facts(stock=100_000), policy=policy)
        house.price_all()
        first = house.pricer.proposal("p00")
        house.know(facts(stock=99_999))
        house.price_all()
        assert len(policy.stocks) == 1
        assert house.pricer.proposal("p00") is first

    def test_a_sale_from_scarce_stock_does(self) -> None:
        policy = Counts()
        house = House(facts(stock=3), policy=policy)
        house.price_all()
        house.know(facts(stock=2))
        house.price_all()
        assert policy.stocks == [3, 2]

    def test_what_the_rules_allow_is_part_of_the_question(self) -> None:
        policy = Counts()
        house = House(facts(stock=100_000), policy=policy)
        house.price_all()
        house.know(facts(stock=100_000, price=Money(181, "EUR")))
        house.price_all()
        assert len(policy.stocks) == 2

    def test_another_book_is_asked_anew(self) -> None:
        policy = Counts()
        house = House(facts(stock=100_000), policy=policy)
        house.price_all()
        house.books.standing = Standing(book(policy), "pricing/2")
        house.price_all()
        assert len(policy.stocks) == 2
        assert house.pricer.proposal("p00").model == "pricing/2"
