from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from merx_models.demand.forecast_table import ForecastTable

START = datetime(2026, 11, 23, 4, tzinfo=UTC)


def made_forecasts() -> ForecastTable:
    """Tea in two channels, a cup in one; two weeks."""
    point = np.array([[4.0, 6.0], [1.0, 2.0], [0.5, 0.5]])
    return ForecastTable(
        period="week",
        start=START,
        product=np.array(["tea", "tea", "cup"]),
        channel=np.array(["shop", "web", "web"]),
        quantiles=point[:, :, None] * np.linspace(0.2, 1.8, 9),
        point=point,
        members=("boosted", "baselines"),
        member=np.array([1, 0, 0]),
        last_sale_us=np.array([3, 5, 1], np.int64) * 1_000_000,
    )


class TestOf:
    def test_channels_add_up_and_the_largest_names_the_member(self) -> None:
        tea = made_forecasts().of("tea")
        assert tea.point.tolist() == [5.0, 8.0]
        np.testing.assert_allclose(tea.quantiles[1], 8.0 * np.linspace(0.2, 1.8, 9))
        assert tea.member == "baselines"

    def test_one_channel_is_as_it_was_made(self) -> None:
        table = made_forecasts()
        assert table.of("tea", "web").point.tolist() == [1.0, 2.0]
        assert table.channels("tea") == ["shop", "web"]

    def test_weeks_begin_one_after_the_other(self) -> None:
        cup = made_forecasts().of("cup")
        assert cup.begins(1) == START + timedelta(weeks=1)
        assert cup.end == START + timedelta(weeks=2)

    @pytest.mark.parametrize(("product", "channel"), [("pot", None), ("cup", "shop")])
    def test_what_was_not_forecast_is_no_zero(self, product: str, channel: str | None) -> None:
        with pytest.raises(KeyError, match=f"no forecast of product '{product}'"):
            made_forecasts().of(product, channel)

    def test_the_last_sale_is_that_of_any_channel(self) -> None:
        assert made_forecasts().last_sale("tea") == datetime.fromtimestamp(5, UTC)


class TestFiles:
    def test_what_is_loaded_is_what_was_saved(self, tmp_path: Path) -> None:
        made = made_forecasts()
        made.save(tmp_path / "forecast_week.npz")
        loaded = ForecastTable.load(tmp_path / "forecast_week.npz")
        assert (loaded.period, loaded.start, loaded.members) == ("week", START, made.members)
        assert len(loaded) == 3
        assert "cup" in loaded
        assert "pot" not in loaded
        np.testing.assert_allclose(loaded.quantiles, made.quantiles, rtol=1e-6)  # float32 in the file
        assert loaded.last_sale("cup") == made.last_sale("cup")

    def test_another_file_is_refused(self, tmp_path: Path) -> None:
        np.savez(tmp_path / "other.npz", period="week")
        with pytest.raises(KeyError):
            ForecastTable.load(tmp_path / "other.npz")


class TestShapes:
    def test_a_forecast_that_is_not_finite_is_refused(self) -> None:
        with pytest.raises(ValueError, match="finite"):
            replace(made_forecasts(), point=np.full((3, 2), np.nan))

    def test_quantiles_of_other_weeks_are_refused(self) -> None:
        with pytest.raises(ValueError, match="3 series of 2 periods"):
            replace(made_forecasts(), quantiles=np.ones((3, 1, 9)))

    def test_a_series_without_a_channel_is_refused(self) -> None:
        with pytest.raises(ValueError, match="every series has"):
            replace(made_forecasts(), channel=np.array(["shop", "web"]))
