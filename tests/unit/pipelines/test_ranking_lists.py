"""Weeks in which nobody bought anything."""

from datetime import UTC, datetime, timedelta
from typing import cast

import pytest

from merx_pipelines.ranking_sets import RankingSet
from merx_pipelines.steps.ranking_lists import NobodyBought, Weeks, training_weeks

WEEKS = [datetime(2026, 9, 1, tzinfo=UTC) + timedelta(7) * number for number in range(3)]


class SomeWeeks:
    """Lists of the weeks in which somebody bought; a list here is the name of its cut-off and seed."""

    def __init__(self, *bought: datetime) -> None:
        self.bought = bought

    def lists(self, cutoff: datetime, *, seed: int) -> str:
        if cutoff not in self.bought:
            raise NobodyBought(f"{cutoff}")
        return f"{cutoff:%d}/{seed}"


def made(*bought: datetime) -> list[RankingSet]:
    return training_weeks(cast("Weeks", SomeWeeks(*bought)), WEEKS, seed=300)


class TestTrainingWeeks:
    def test_a_week_without_a_purchase_is_left_out_and_moves_no_other_seed(self) -> None:
        assert [str(week) for week in made(WEEKS[0], WEEKS[2])] == ["01/300", "15/302"]

    def test_without_any_there_is_nothing_to_learn_from(self) -> None:
        with pytest.raises(NobodyBought, match="2026-09-01 to 2026-09-22"):
            made()
