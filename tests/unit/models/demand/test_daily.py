"""Days of weeks that were forecast."""

import numpy as np
import pytest

from merx_models.demand.daily import (
    BY_WEEK,
    FLAT,
    METHODS,
    WEEK,
    daily_means,
    daily_quantiles,
    dispersion,
    told_by,
    weekday_shares,
)

SHARES = np.array([0.05, 0.05, 0.1, 0.1, 0.15, 0.35, 0.2])
FAMILY = np.array([0, 0, 1])


def sold(weeks: int, level: float = 70.0, seed: int = 0) -> np.ndarray:
    """Three series that sell `level` a week, by weekday."""
    rng = np.random.default_rng(seed)
    return rng.poisson(level * np.tile(SHARES, weeks), (3, 7 * weeks)).astype(float)


def test_weekdays_have_their_shares_and_add_up() -> None:
    found = weekday_shares(sold(26), FAMILY)
    np.testing.assert_allclose(found.sum(axis=1), 1.0)
    np.testing.assert_allclose(found, np.tile(SHARES, (3, 1)), atol=0.02)


def test_a_series_that_sold_nothing_has_its_familys_weekdays() -> None:
    units = sold(26)
    units[1] = 0.0
    np.testing.assert_allclose(weekday_shares(units, FAMILY)[1], SHARES, atol=0.02)
    np.testing.assert_allclose(weekday_shares(np.zeros((3, 14)), FAMILY), np.full((3, WEEK), 1 / WEEK))


def test_days_of_a_week_add_up_to_its_forecast() -> None:
    means = daily_means(np.array([[70.0, 140.0]] * 3), sold(26), FAMILY)
    assert set(means) == set(METHODS)
    np.testing.assert_allclose(means[BY_WEEK].reshape(3, 2, 7).sum(axis=2), [[70.0, 140.0]] * 3)
    assert (means[FLAT] == means[FLAT][:, :1]).all()


def test_quantiles_ascend_and_are_counts() -> None:
    found = daily_quantiles(np.array([[0.0, 0.3, 20.0]]), np.array([2.0]))
    assert found.shape == (1, 3, 9)
    assert (np.diff(found, axis=2) >= 0).all()
    assert (found == found.round()).all()
    assert (found[0, 0] == 0).all()


def test_a_family_that_strays_more_has_wider_days() -> None:
    mean = np.full((3, 70), 10.0)
    rng = np.random.default_rng(0)
    actual = np.stack([rng.poisson(10, 70), rng.poisson(10, 70), rng.negative_binomial(1, 1 / 11, 70)]).astype(float)
    steady, wild = dispersion(actual, mean, FAMILY)
    assert steady > 50
    assert 0.5 < wild < 2.0


def test_the_forecast_of_the_week_serves_where_it_is_right() -> None:
    known, actual = sold(26), 2.0 * sold(4, seed=1)  # demand doubled, and the forecast knew
    told = told_by(actual, np.full((3, 4), 140.0), known, family=FAMILY, families=("tea", "cups"))
    assert told.chosen == BY_WEEK
    assert told.error[BY_WEEK] < told.error[FLAT]
    assert set(told.sizes) == {"tea", "cups"}
    assert 0.75 < told.covered <= 1.0
    assert told.days == 28


def test_where_nothing_was_sold_nothing_is_told() -> None:
    with pytest.raises(ValueError, match="nothing was sold"):
        told_by(np.zeros((3, 28)), np.ones((3, 4)), sold(26), family=FAMILY, families=("tea", "cups"))
