from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from merx_models.elasticity import Elasticity
from merx_models.pricing.fitting import SIZES
from merx_pipelines.price_curves import curve, curves, last_prices
from tests.unit.models.pricing.made_book import made_elasticities, made_forecasts

STEADY = np.full(13, 500.0)
KNOWN = Elasticity(-2.0, -2.98, -1.02, "product")


def test_a_curve_sells_what_is_forecast_at_the_usual_price() -> None:
    made = curve(made_forecasts(40.0).of("tea"), KNOWN, STEADY)
    assert np.exp(made.mean[0]) == pytest.approx(40.0)
    assert made.mean[1] == -2.0
    assert np.sqrt(made.covariance[1, 1]) == pytest.approx(0.5, rel=1e-3)
    assert made.base == 500.0


def test_a_wider_forecast_is_known_less_and_varies_more() -> None:
    told = made_forecasts(40.0).of("tea")
    wider = replace(told, quantiles=told.point[:, None] * np.linspace(0.1, 1.9, 9))
    narrow, wide = curve(told, KNOWN, STEADY), curve(wider, KNOWN, STEADY)
    assert wide.covariance[0, 0] > narrow.covariance[0, 0]
    assert wide.size < narrow.size


def test_a_forecast_no_wider_than_chance_is_poisson() -> None:
    told = made_forecasts(40.0).of("tea")
    sure = replace(told, quantiles=told.point[:, None] * np.linspace(0.9, 1.1, 9))
    assert curve(sure, KNOWN, STEADY).size == SIZES[1]


def test_products_without_a_price_or_sales_have_no_curve_and_new_ones_their_categorys_elasticity() -> None:
    forecasts = replace(made_forecasts(), product=np.array(["new", "pot", "tea"]))
    fitted = made_elasticities()
    made = curves(forecasts, fitted, {"new": STEADY, "tea": STEADY}, {"new": "Tea"})
    assert set(made) == {"new", "tea"}
    assert made["new"].mean[1] == fitted.of_category("Tea").mean
    assert made["tea"].mean[1] == fitted.of("tea").mean
    assert curves(replace(forecasts, point=forecasts.point * 1e-4), fitted, {"tea": STEADY}, {}) == {}


def test_what_a_mix_of_prices_sells_is_not_taken_for_what_the_usual_one_does() -> None:
    prices = np.array([250.0, 500.0, 500.0])
    made = curve(made_forecasts(40.0).of("tea"), KNOWN, prices)
    assert made.base == 500.0
    sold = np.exp(made.mean[0]) * (prices / made.base) ** KNOWN.mean
    assert sold.mean() == pytest.approx(40.0)


def test_prices_are_those_of_the_last_weeks() -> None:
    sales = pd.DataFrame({"product_id": "tea", "week": np.arange(20), "price": [900.0] * 7 + [500.0] * 8 + [400.0] * 5})
    assert last_prices(sales)["tea"].tolist() == [500.0] * 8 + [400.0] * 5
