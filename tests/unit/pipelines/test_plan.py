from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from merx_pipelines.plan import Plan, cutoffs_of, profile_named

END = datetime(2026, 11, 1, tzinfo=UTC)


class TestPlan:
    def test_weeks_follow_one_another_and_the_last_ends_now(self) -> None:
        plan = Plan.ending(END, 4)
        moments = cutoffs_of(plan)
        assert moments[-1] == END
        assert {later - earlier for earlier, later in pairwise(moments)} == {timedelta(7)}
        assert len(plan.training) == 3
        assert plan.held_out == END - timedelta(7)

    def test_no_week_of_labels_reaches_into_the_held_out_week(self) -> None:
        plan = Plan.ending(END, 4)
        assert all(cutoff + timedelta(7) <= plan.held_out for cutoff in (*plan.training, plan.validation))
        assert plan.first == min(plan.training)

    def test_fewer_than_two_weeks_are_refused(self) -> None:
        with pytest.raises(ValueError, match="at least one week"):
            Plan.ending(END, 1)

    def test_an_unknown_profile_is_answered_with_those_there_are(self) -> None:
        with pytest.raises(ValueError, match="full, quick"):
            profile_named("huge")
