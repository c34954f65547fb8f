import numpy as np
import pytest

from merx_models.pricing.demand import FAMILIES, Curves, Family, mixed
from tests.unit.models.pricing.seasons import belief, curve

PRICES = np.linspace(120.0, 260.0, 15)


class TestCurves:
    @pytest.mark.parametrize("family", FAMILIES)
    def test_every_family_has_the_level_and_the_elasticity_at_the_base_price(self, family: Family) -> None:
        one = curve(-2.0, family=family)
        assert one.mean(np.float64(199.0), 199.0)[0] == pytest.approx(8.0)
        up, down = one.mean(np.array([199.1, 198.9]), 199.0)[0]
        slope = (np.log(up) - np.log(down)) / (np.log(199.1) - np.log(198.9))
        assert slope == pytest.approx(-2.0, rel=1e-4)  # a central difference is off by the square of the step

    @pytest.mark.parametrize("family", FAMILIES)
    def test_dearer_never_sells_more(self, family: Family) -> None:
        assert (np.diff(belief().seen_as(family).mean(PRICES, 199.0), axis=1) <= 0).all()

    def test_a_rise_costs_more_than_a_cut_brings(self) -> None:
        referring = curve().referring(0.5, 1.0)
        plain = curve()
        price = np.float64(199.0)
        rise = referring.mean(price, 180.0) / plain.mean(price, 180.0)
        cut = referring.mean(price, 220.0) / plain.mean(price, 220.0)
        assert rise < 1.0 < cut
        assert 1.0 - rise[0] > cut[0] - 1.0

    def test_the_same_price_as_before_refers_to_nothing(self) -> None:
        np.testing.assert_allclose(curve().referring(0.5, 1.0).mean(PRICES, PRICES), curve().mean(PRICES, 1.0))

    def test_curves_of_one_product_mix(self) -> None:
        both = mixed([belief(3), belief(2).seen_as("logit")])
        assert len(both) == 5
        np.testing.assert_allclose(both[4].mean(PRICES, 1.0), belief(2)[1].seen_as("logit").mean(PRICES, 1.0))

    @pytest.mark.parametrize("wrong", [{"level": 0.0}, {"elasticity": 0.5}])
    def test_what_is_no_demand_curve_is_refused(self, wrong: dict[str, float]) -> None:
        with pytest.raises(ValueError, match="above zero"):
            curve(**{"elasticity": -1.0, **wrong})  # type: ignore[arg-type]


class TestChances:
    def test_they_add_up_and_have_the_mean_and_the_variance(self) -> None:
        mean = np.array([8.0])
        chances = curve().chances(mean, 200)[0]
        count = np.arange(201)
        assert chances.sum() == pytest.approx(1.0)
        assert chances @ count == pytest.approx(8.0)
        assert chances @ (count - 8.0) ** 2 == pytest.approx(8.0 + 64.0 / 20.0)

    def test_the_last_holds_all_that_is_more(self) -> None:
        full, cut = curve().chances(np.array([8.0]), 200)[0], curve().chances(np.array([8.0]), 5)[0]
        assert cut[5] == pytest.approx(full[5:].sum())

    def test_an_empty_shelf_says_that_many_or_more(self) -> None:
        known = curve().likelihood(5, np.array([8.0]), sold_out=False)
        censored = curve().likelihood(5, np.array([8.0]), sold_out=True)
        full = curve().chances(np.array([8.0]), 200)[0]
        assert known[0] == pytest.approx(full[5])
        assert censored[0] == pytest.approx(full[5:].sum())

    def test_base_prices_must_agree(self) -> None:
        with pytest.raises(ValueError, match="base price"):
            mixed([belief(2), Curves.of("log-log", 1.0, np.ones(1), -np.ones(1))])
