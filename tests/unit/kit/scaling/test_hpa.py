"""The HorizontalPodAutoscaler of the Kubernetes documentation, case by case."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from merx_kit.scaling.hpa import HpaSettings, HpaState, Trigger, behaved, external_replicas, resource_replicas

SETTINGS = HpaSettings(minimum=1, maximum=10)


class TestResourceMetric:
    def test_the_ratio_of_usage_to_target_multiplies_the_replicas(self) -> None:
        assert resource_replicas([200.0], starting=0, target=100.0) == 2
        assert resource_replicas([50.0, 50.0], starting=0, target=100.0) == 1
        assert resource_replicas([0.9] * 3, starting=0, target=0.7) == 4  # 3.86, rounded up

    @pytest.mark.parametrize("usage", [0.64, 0.70, 0.76])
    def test_within_the_tolerance_nothing_changes(self, usage: float) -> None:
        assert resource_replicas([usage] * 4, starting=0, target=0.7) == 4

    def test_starting_pods_count_as_using_nothing_where_more_would_be_asked_for(self) -> None:
        assert resource_replicas([0.9] * 4, starting=0, target=0.7) == 6
        assert resource_replicas([0.9] * 4, starting=2, target=0.7) == 6  # .9 x 4 / 6 is .6: no more is asked for

    def test_starting_pods_are_left_out_where_fewer_would_do(self) -> None:
        assert resource_replicas([0.2] * 4, starting=1, target=0.7) == 2

    def test_without_a_ready_pod_the_count_is_kept(self) -> None:
        assert resource_replicas([], starting=2, target=0.7) == 2

    @given(st.lists(st.floats(0, 1), min_size=1, max_size=10), st.integers(0, 5), st.floats(0.1, 1))
    def test_full_usage_never_asks_for_fewer(self, usage: list[float], starting: int, target: float) -> None:
        assert resource_replicas([1.0] * len(usage), starting=starting, target=target) >= len(usage)


class TestExternalMetric:
    def test_the_largest_trigger_wins(self) -> None:
        triggers = [Trigger(total=3.1, target=1.0), Trigger(total=10.0, target=2.0)]
        assert external_replicas(triggers, current=3) == 5

    def test_a_whole_total_is_not_rounded_up_for_an_error_in_the_last_digit(self) -> None:
        assert external_replicas([Trigger(total=3.0000000001, target=1.0)], current=1) == 3

    def test_within_the_tolerance_nothing_changes(self) -> None:
        assert external_replicas([Trigger(total=21.0, target=1.0)], current=20) == 20

    def test_a_trigger_without_data_keeps_the_others_from_scaling_down(self) -> None:
        silent = Trigger(total=None, target=1.0)
        assert external_replicas([Trigger(total=2.0, target=1.0), silent], current=5) == 5
        assert external_replicas([Trigger(total=8.0, target=1.0), silent], current=5) == 8
        assert external_replicas([silent], current=5) is None

    def test_from_zero_the_total_alone_decides(self) -> None:
        assert external_replicas([Trigger(total=2.5, target=1.0)], current=0) == 3


class TestBehaviour:
    def test_down_only_to_the_most_recommended_in_the_window(self) -> None:
        state, current = HpaState(), 6
        seen = []
        for turn, wanted in enumerate([6, 3, 3, 4] + [2] * 25):
            current, state = behaved(wanted, current=current, at_s=turn * 15.0, settings=SETTINGS, state=state)
            seen.append(current)
        assert seen[19] == 6  # the 6 of the first second is 285 s old
        assert seen[20] == 4
        assert seen[23] == 2

    def test_up_by_the_larger_of_four_pods_and_a_doubling_in_a_period(self) -> None:
        wide = HpaSettings(minimum=1, maximum=100)
        assert behaved(50, current=2, at_s=0.0, settings=wide, state=HpaState())[0] == 6
        assert behaved(50, current=8, at_s=0.0, settings=wide, state=HpaState())[0] == 16

    def test_what_was_added_in_the_period_counts_against_the_policy(self) -> None:
        wide = HpaSettings(minimum=1, maximum=100)
        count, state = behaved(50, current=2, at_s=0.0, settings=wide, state=HpaState())
        assert behaved(50, current=count, at_s=5.0, settings=wide, state=state)[0] == 6
        assert behaved(50, current=count, at_s=16.0, settings=wide, state=state)[0] == 12

    def test_down_no_faster_than_its_policy(self) -> None:
        slow = HpaSettings(minimum=1, maximum=10, scale_down_window_s=0.0, scale_down_percent=50.0)
        assert behaved(1, current=8, at_s=0.0, settings=slow, state=HpaState())[0] == 4

    @given(st.lists(st.integers(0, 30), min_size=1, max_size=50))
    def test_the_count_stays_within_its_bounds(self, wanted: list[int]) -> None:
        state, current = HpaState(), 3
        for turn, count in enumerate(wanted):
            current, state = behaved(count, current=current, at_s=turn * 15.0, settings=SETTINGS, state=state)
            assert 1 <= current <= 10
