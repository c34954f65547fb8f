"""Trees, LSTM and baselines: what is saved answers as what was trained, one seed one model, quantiles in order."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from merx_models.demand.baselines import BaselineDemand
from merx_models.demand.boosted import BoostedDemand, BoostedSettings
from merx_models.demand.features import Panel
from merx_models.demand.quantiles import MEDIAN
from merx_models.demand.recurrent import RecurrentDemand, RecurrentSettings
from merx_models.demand.rows import rows_at, training_rows
from tests.unit.models.demand.shop import shop

LAST = 70
PARITY = 1e-4  # float32 arithmetic in another order
PANEL = Panel(shop())
TRAIN = training_rows(PANEL, range(1, LAST), (1, 2))
AHEAD = rows_at(PANEL, LAST + 1, 2)
TREES = BoostedSettings(rounds=80, spread_rounds=20, rate=0.1, min_rows=10)
NETWORK = RecurrentSettings(hidden=8, epochs=6, rows=2_000, batch=64, rate=1e-2)


def fit(kind: Any, seed: int = 0) -> Any:
    settings = {BoostedDemand: TREES, RecurrentDemand: NETWORK}
    return kind.fit(TRAIN, seed=seed, **({"settings": settings[kind]} if kind in settings else {}))


@pytest.fixture(scope="module", params=[BoostedDemand, RecurrentDemand, BaselineDemand])
def fitted(request: pytest.FixtureRequest) -> Any:
    return fit(request.param)


class TestMembers:
    def test_what_is_saved_answers_as_what_was_trained(self, fitted: Any, tmp_path: Path) -> None:
        fitted.save(tmp_path / "member")
        loaded = type(fitted).load(tmp_path / "member")
        np.testing.assert_allclose(loaded.predict(AHEAD), fitted.predict(AHEAD), atol=PARITY)

    def test_quantiles_do_not_cross(self, fitted: Any) -> None:
        assert (np.diff(fitted.predict(AHEAD), axis=1) >= 0).all()

    def test_one_seed_one_model(self, fitted: Any) -> None:
        np.testing.assert_array_equal(fit(type(fitted)).predict(AHEAD), fitted.predict(AHEAD))

    def test_rows_of_missing_values_get_a_forecast(self, fitted: Any) -> None:
        blank = rows_at(PANEL, 0, 1)
        assert np.isfinite(fitted.predict(blank)).all()

    def test_no_rows_get_no_forecasts(self, fitted: Any) -> None:
        assert fitted.predict(AHEAD.take(np.zeros(len(AHEAD), dtype=bool))).shape == (0, 9)


class TestLearning:
    @pytest.mark.parametrize("kind", [BoostedDemand, RecurrentDemand])
    def test_knowing_prices_beats_not_knowing_them(self, kind: Any) -> None:
        rows = [rows_at(PANEL, period, 1) for period in range(LAST, 80)]
        model, blind = fit(kind), BaselineDemand.fit(TRAIN)

        def error(member: Any) -> float:
            return float(np.mean([np.abs(member.predict(each)[:, MEDIAN] - each.target).mean() for each in rows]))

        assert error(model) < 0.6 * error(blind)

    def test_more_epochs_start_from_what_was_learned(self) -> None:
        first = fit(RecurrentDemand)
        rows = TRAIN.take(TRAIN.period > 60)
        again = RecurrentDemand.fit(rows, seed=0, start=first)
        assert np.abs(again.predict(AHEAD) - first.predict(AHEAD)).mean() < 0.3
