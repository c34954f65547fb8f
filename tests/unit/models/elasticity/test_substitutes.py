import numpy as np
import pytest

from merx_models.elasticity import Cross, PriceHistory, cross_elasticities
from merx_models.elasticity.estimation import Estimate
from merx_models.elasticity.substitutes import discovered, honest, nearest
from tests.unit.models.elasticity.sales import Shop, shop

SHOP = shop(4, 1, weeks=100, seed=5)
PULL = 1.2
NO_PERIODS, NOTHING = np.empty(0, np.int64), np.empty(0)


def pulled(told: Shop) -> PriceHistory:
    """p00 sells more when p01 is dear: `PULL` % for 1 % price."""
    product, price = told.columns["product"], told.columns["price"].astype(float)
    units = told.columns["units"].astype(float).copy()
    units[product == "p00"] *= (price[product == "p01"] / 10) ** PULL
    return told.history(units=units)


@pytest.fixture(scope="module")
def found() -> dict[tuple[str, str], Cross]:
    return {(cross.product, cross.other): cross for cross in cross_elasticities(pulled(SHOP))}


class TestCrossElasticities:
    def test_a_close_substitute_is_found_with_its_size(self, found: dict[tuple[str, str], Cross]) -> None:
        cross = found["p00", "p01"]
        assert cross.substitute
        assert 0.5 < cross.low < PULL < cross.high + 0.3

    def test_the_pull_has_a_direction(self, found: dict[tuple[str, str], Cross]) -> None:
        assert not found["p01", "p00"].substitute

    def test_others_are_near_zero(self, found: dict[tuple[str, str], Cross]) -> None:
        others = [cross for pair, cross in found.items() if pair != ("p00", "p01")]
        assert len(others) == 11
        assert sum(cross.substitute for cross in others) <= 1
        assert max(abs(cross.mean) for cross in others) < 0.4

    def test_intervals_hold_the_truth_about_as_often_as_they_say(self) -> None:
        crosses = cross_elasticities(shop(30, 3, seed=11).history())
        held = [cross.low < 0 < cross.high for cross in crosses]
        assert len(held) == 30 * 6
        # 180 draws at .95, pairs not independent; pooled to a common zero the intervals hold more
        assert np.mean(held) > 0.9
        assert sum(cross.substitute for cross in crosses) <= 3


class TestWhichPairs:
    def test_named_substitutes_must_exist(self) -> None:
        with pytest.raises(ValueError, match=r"no rows of \['p77'\]"):
            cross_elasticities(SHOP.history(), substitutes={"p00": ["p77"]})

    def test_named_ones_alone_are_estimated(self) -> None:
        crosses = cross_elasticities(SHOP.history(), substitutes={"p00": ["p02", "p03"]})
        assert [(cross.product, cross.other) for cross in crosses] == [("p00", "p02"), ("p00", "p03")]

    def test_a_price_that_never_moved_tells_nothing(self) -> None:
        price = np.where(SHOP.columns["product"] == "p02", 7.0, SHOP.columns["price"].astype(float))
        crosses = cross_elasticities(SHOP.history(price=price), substitutes={"p00": ["p02", "p03"]})
        assert [cross.other for cross in crosses] == ["p03"]

    def test_products_never_sold_together_tell_nothing(self) -> None:
        time, product = SHOP.columns["time"].astype(int), SHOP.columns["product"]
        rows = np.flatnonzero(((product == "p00") & (time < 50)) | ((product == "p01") & (time >= 50)))
        assert cross_elasticities(SHOP.history(rows)) == []

    def test_few_weeks_tell_nothing(self) -> None:
        assert cross_elasticities(SHOP.history(np.flatnonzero(SHOP.columns["time"].astype(int) < 10))) == []

    def test_the_nearest_in_price_within_the_category_are_taken(self) -> None:
        rows = {"a": ("x", 1.0), "b": ("x", 5.0), "c": ("x", 1.1), "d": ("y", 1.0), "e": ("x", 1.5)}
        history = PriceHistory.of(
            product=list(rows),
            category=[category for category, _ in rows.values()],
            time=[0] * len(rows),
            price=[price for _, price in rows.values()],
            units=[3] * len(rows),
        )
        assert nearest(history, 2) == {"a": ["c", "e"], "b": ["e", "c"], "c": ["a", "e"], "d": [], "e": ["c", "a"]}


class TestDiscoveries:
    def test_the_rate_of_false_ones_is_held(self) -> None:
        # thresholds .01, .02, .03, .04, .05: .025 comes with .029, which is under its own
        assert discovered(np.array([0.9, 0.001, 0.025, 0.029, 0.3])).tolist() == [False, True, True, True, False]

    def test_nothing_found_is_nothing(self) -> None:
        assert not discovered(np.array([0.2, 0.06])).any()


class TestErrors:
    def test_noise_below_zero_tells_how_large_errors_are(self) -> None:
        rng = np.random.default_rng(3)
        scattered = [Estimate(float(mean), 0.1, 100, 0.1, NO_PERIODS, NOTHING) for mean in rng.normal(0, 0.15, 400)]
        # the spread of 200 half-normal scores is known to a twentieth
        assert honest(scattered)[0].se == pytest.approx(0.15, abs=0.02)

    def test_they_are_never_made_smaller(self) -> None:
        close = [Estimate(0.01 * (-1) ** number, 0.1, 100, 0.1, NO_PERIODS, NOTHING) for number in range(100)]
        assert honest(close) == close

    def test_a_few_pairs_tell_nothing_of_noise(self) -> None:
        few = [Estimate(-0.9, 0.1, 100, 0.1, NO_PERIODS, NOTHING)] * 5
        assert honest(few) == few
