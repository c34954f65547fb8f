import numpy as np
import pytest

from merx_models.elasticity.estimation import Estimate
from merx_models.elasticity.pooling import pool

NO_PERIODS, NOTHING = np.empty(0, np.int64), np.empty(0)


def known(mean: float, se: float) -> Estimate:
    return Estimate(mean, se, 100, 0.1, NO_PERIODS, NOTHING)


def drawn(products: int, se: float, seed: int = 0) -> tuple[list[tuple[str, str, str]], dict[tuple[str, str], float]]:
    rng = np.random.default_rng(seed)
    places = [(f"c{number % 4}", f"p{number}", "") for number in range(products)]
    middle = rng.normal(-2, 0.5, 4)
    return places, {place[1:]: float(rng.normal(middle[number % 4], 0.3)) for number, place in enumerate(places)}


class TestPooling:
    def test_a_thin_estimate_is_pulled_to_its_category_and_a_rich_one_is_not(self) -> None:
        places = [("c", f"p{number}", "") for number in range(12)]
        own = {place[1:]: known(-2 + 0.1 * (-1) ** number, 0.05) for number, place in enumerate(places)}
        own["p0", ""], own["p1", ""] = known(-4.0, 1.5), known(-2.6, 0.03)
        pooled = pool(places, own)
        assert abs(pooled.mean[0] + 2) < 0.3
        assert pooled.mean[1] == pytest.approx(-2.6, abs=0.05)

    def test_it_errs_less_than_the_estimates_and_its_intervals_hold(self) -> None:
        places, truth = drawn(200, 0.4)
        rng = np.random.default_rng(1)
        own = {cell: known(float(rng.normal(value, 0.4)), 0.4) for cell, value in truth.items()}
        pooled = pool(places, own)
        actual = np.array([truth[place[1:]] for place in places])
        raw = np.array([own[place[1:]].mean for place in places])
        assert np.abs(pooled.mean - actual).mean() < 0.8 * np.abs(raw - actual).mean()
        # 200 draws at .95: three standard errors are .046
        assert 0.9 <= np.mean(np.abs(pooled.mean - actual) < 1.96 * pooled.sd) <= 1.0

    def test_a_product_without_estimate_gets_its_category_with_a_wide_interval(self) -> None:
        places, truth = drawn(40, 0.1)
        own = {cell: known(value, 0.1) for cell, value in truth.items() if cell[0] != "p0"}
        pooled = pool(places, own)
        mates = [own[place[1:]].mean for place in places[1:] if place[0] == "c0"]
        assert pooled.mean[0] == pytest.approx(float(np.mean(mates)), abs=0.1)
        assert pooled.sd[0] > 2 * pooled.sd[4]

    def test_one_product_alone_keeps_its_estimate(self) -> None:
        pooled = pool([("c", "p", "")], {("p", ""): known(-1.7, 0.2)})
        assert pooled.mean[0] == pytest.approx(-1.7)
        assert pooled.sd[0] == pytest.approx(0.2)

    def test_segments_have_means_of_their_own(self) -> None:
        rng = np.random.default_rng(2)
        places = [(f"c{number % 3}", f"p{number}", segment) for number in range(30) for segment in ("loyal", "new")]
        truth = {place[1:]: (-1.5 if place[2] == "loyal" else -3.0) for place in places}
        own = {cell: known(float(rng.normal(value, 0.2)), 0.2) for cell, value in truth.items() if cell[0] != "p4"}
        pooled = pool(places, own)
        assert pooled.segment_means["loyal"] == pytest.approx(-1.5, abs=0.2)
        absent = [number for number, place in enumerate(places) if place[1] == "p4"]
        assert pooled.mean[absent].tolist() == pytest.approx([-1.5, -3.0], abs=0.3)

    def test_without_any_estimate_there_is_nothing_to_borrow(self) -> None:
        with pytest.raises(ValueError, match="no product has an elasticity of its own"):
            pool([("c", "p", "")], {})
