from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from merx_pipelines.plan import Plan, cutoffs_of, plan_of, profile_named
from merx_pipelines.profiles import QUICK

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


class TestPlanOfData:
    @staticmethod
    def tables(folder: Path, *events: tuple[str, datetime]) -> Path:
        kinds, times = zip(*events, strict=True)
        columns = {"event_type": pa.array(kinds), "time": pa.array(times, pa.timestamp("us", tz="UTC"))}
        pq.write_table(pa.table(columns), folder / "interactions.parquet")
        return folder

    def test_it_ends_just_after_the_last_purchase_whatever_was_looked_at_since(self, tmp_path: Path) -> None:
        clean = self.tables(
            tmp_path, ("purchase", END - timedelta(3)), ("purchase", END), ("view_item", END + timedelta(30))
        )
        assert plan_of(clean, QUICK).end == END + timedelta(seconds=1)

    def test_without_a_purchase_there_is_none(self, tmp_path: Path) -> None:
        with pytest.raises(ValueError, match="holds no purchase"):
            plan_of(self.tables(tmp_path, ("view_item", END)), QUICK)
