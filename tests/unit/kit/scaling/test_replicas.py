"""What a decision promises whatever the signals say, and what it does in the cases that went wrong elsewhere."""

import math
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from merx_kit.scaling import Decision, Fleet, ScalingSettings, ScalingState, Signals, desired_replicas

SETTINGS = ScalingSettings(minimum=1, maximum=10, fallback=2)
PERIOD_S = 5.0

loads = st.floats(min_value=0, max_value=20)
anything = st.one_of(st.none(), st.floats(), st.sampled_from([math.nan, math.inf, -math.inf, -1.0]))
lost = st.sampled_from([None, math.nan, math.inf, -math.inf, -0.5])
fleets = st.builds(Fleet, ready=st.integers(0, 12), starting=st.integers(0, 12))


@st.composite
def all_settings(draw: st.DrawFn) -> ScalingSettings:
    minimum, fallback, maximum = sorted(draw(st.tuples(*[st.integers(0, 12)] * 3)))
    return ScalingSettings(
        minimum=minimum,
        maximum=maximum,
        fallback=fallback,
        target_utilisation=draw(st.floats(0.05, 1)),
        fullest=draw(st.floats(0.05, 1)),
        slo_ms=draw(st.floats(1, 1_000)),
        cold_start_s=draw(st.floats(0, 300)),
        scale_down_window_s=draw(st.floats(0, 600)),
    )


def load(amount: float | None, p99_ms: float | None = 50.0) -> Signals:
    return Signals(queue_pressure=amount, utilised=amount, p99_ms=p99_ms)


def after(signals: Iterable[Signals], *, settings: ScalingSettings = SETTINGS, ready: int = 3) -> list[Decision]:
    """Decisions in turn, every replica ready before the next one."""
    decisions, state = [], ScalingState()
    for turn, seen in enumerate(signals):
        decision = desired_replicas(Fleet(ready=ready), seen, at_s=turn * PERIOD_S, settings=settings, state=state)
        ready, state = decision.replicas, decision.state
        decisions.append(decision)
    return decisions


def counts(decisions: Iterable[Decision]) -> list[int]:
    return [decision.replicas for decision in decisions]


class TestWhateverTheSignals:
    @given(all_settings(), st.lists(st.tuples(fleets, anything, anything, anything), max_size=30))
    def test_the_count_stays_within_its_bounds(
        self, settings: ScalingSettings, days: list[tuple[Fleet, float | None, float | None, float | None]]
    ) -> None:
        state = ScalingState()
        for turn, (fleet, pressure, utilised, p99_ms) in enumerate(days):
            signals = Signals(queue_pressure=pressure, utilised=utilised, p99_ms=p99_ms)
            decision = desired_replicas(fleet, signals, at_s=turn * PERIOD_S, settings=settings, state=state)
            assert settings.minimum <= decision.replicas <= settings.maximum
            state = decision.state

    @given(st.lists(loads, max_size=40), loads, st.floats(min_value=0, max_value=5), fleets)
    def test_more_load_never_asks_for_fewer_replicas(
        self, past: list[float], now: float, more: float, fleet: Fleet
    ) -> None:
        decisions = after(load(amount) for amount in past)
        state, at_s = (decisions[-1].state if decisions else ScalingState()), len(past) * PERIOD_S
        less, larger = (
            desired_replicas(fleet, load(amount), at_s=at_s, settings=SETTINGS, state=state).replicas
            for amount in (now, now + more)
        )
        assert larger >= less

    @given(st.lists(loads, max_size=40), fleets, lost, st.one_of(lost, loads), st.booleans())
    def test_a_lost_signal_never_takes_a_replica_away(
        self, past: list[float], fleet: Fleet, gone: float | None, other: float | None, first: bool
    ) -> None:
        decisions = after(load(amount) for amount in past)
        state = decisions[-1].state if decisions else ScalingState()
        pair = (gone, other) if first else (other, gone)
        signals = Signals(queue_pressure=pair[0], utilised=pair[1], p99_ms=None)
        decision = desired_replicas(fleet, signals, at_s=len(past) * PERIOD_S, settings=SETTINGS, state=state)
        assert decision.replicas >= min(fleet.size, SETTINGS.maximum)

    @given(loads, st.integers(1, 10), st.lists(loads, max_size=20))
    def test_constant_load_settles_on_one_count_and_stays_there(
        self, constant: float, ready: int, past: list[float]
    ) -> None:
        settled = int((SETTINGS.scale_down_window_s + SETTINGS.trend_window_s) / PERIOD_S) + 2
        signals = [load(amount) for amount in past] + [load(constant)] * (settled + 200)
        assert len(set(counts(after(signals, ready=ready))[len(past) + settled :])) == 1

    @given(loads, st.integers(1, 10))
    def test_the_same_question_gets_the_same_answer(self, amount: float, ready: int) -> None:
        state = after([load(2.0), load(amount)])[-1].state
        asked = [
            desired_replicas(Fleet(ready=ready), load(amount), at_s=10.0, settings=SETTINGS, state=state)
            for _ in range(2)
        ]
        assert asked[0] == asked[1]


class TestUp:
    def test_a_jump_is_answered_at_once(self) -> None:
        assert counts(after([load(2.0), load(6.0)]))[-1] >= 7

    def test_a_rise_is_carried_on_over_the_cold_start(self) -> None:
        rising = [load(2.0 + 0.1 * turn) for turn in range(6)]
        ready_in_s = SETTINGS.cold_start_s + SETTINGS.reaction_s
        steep = 0.02 - 2.5 * SETTINGS.drift_per_s
        assert counts(after(rising))[-1] >= 2.5 + steep * ready_in_s

    def test_what_is_no_steeper_than_the_unevenness_of_traffic_is_not_carried_on(self) -> None:
        level = 4.0 * (1 + 0.5 * SETTINGS.drift_per_s * PERIOD_S * 6)
        rising = [load(4.0 * (1 + 0.5 * SETTINGS.drift_per_s * PERIOD_S * turn)) for turn in range(7)]
        assert counts(after(rising))[-1] == counts(after([load(level)]))[-1]

    def test_a_step_is_not_taken_for_a_slope_without_end(self) -> None:
        step = counts(after([load(1.0)] * 6 + [load(2.0)] * 6))
        assert max(step) <= math.ceil(2.0 * (1 + SETTINGS.highest_rise) / SETTINGS.target_utilisation)

    def test_no_replica_is_planned_fuller_than_allowed(self) -> None:
        for tenths in range(1, 90):
            steady = counts(after([load(tenths / 10)] * 60))[-1]
            assert tenths / 10 <= steady * SETTINGS.fullest

    def test_the_larger_of_both_loads_counts(self) -> None:
        queue = after([Signals(queue_pressure=5.0, utilised=3.0)])[-1].replicas
        work = after([Signals(queue_pressure=3.0, utilised=5.0)])[-1].replicas
        assert queue == work == after([load(5.0)])[-1].replicas

    def test_a_cold_start_is_not_answered_by_asking_again(self) -> None:
        state, wanted = ScalingState(), 3
        for turn in range(20):
            fleet = Fleet(ready=3, starting=wanted - 3)
            decision = desired_replicas(fleet, load(6.0), at_s=turn * PERIOD_S, settings=SETTINGS, state=state)
            wanted, state = decision.replicas, decision.state
        assert wanted == counts(after([load(6.0)]))[-1]

    def test_the_mean_over_many_loads_meets_the_target(self) -> None:
        settings = ScalingSettings(maximum=40, target_utilisation=0.78, fullest=1.0)
        span = [step / 100 for step in range(200, 3_000)]
        held = sum(
            desired_replicas(Fleet(ready=1), load(amount), at_s=0.0, settings=settings, state=ScalingState()).replicas
            for amount in span
        )
        assert sum(span) / held == pytest.approx(0.78, abs=0.005)  # half a replica at the ends of the span


class TestDown:
    def test_nothing_is_taken_away_before_the_window_has_passed(self) -> None:
        decisions = counts(after([load(6.0)] + [load(2.0)] * 60))
        first_down = next(turn for turn, count in enumerate(decisions) if count < decisions[0])
        assert first_down * PERIOD_S >= SETTINGS.scale_down_window_s

    def test_a_controller_that_starts_anew_takes_nothing_away_at_first(self) -> None:
        assert counts(after([load(1.0)] * 5, ready=8)) == [8] * 5

    def test_after_a_gap_in_the_calls_the_window_begins_anew(self) -> None:
        state = after([load(1.0)] * 60)[-1].state
        late = 60 * PERIOD_S + 10 * SETTINGS.scale_down_window_s
        assert desired_replicas(Fleet(ready=8), load(1.0), at_s=late, settings=SETTINGS, state=state).replicas == 8

    def test_a_clock_that_goes_back_takes_nothing_away(self) -> None:
        state = after([load(1.0)] * 60)[-1].state
        assert desired_replicas(Fleet(ready=8), load(1.0), at_s=1.0, settings=SETTINGS, state=state).replicas == 8

    def test_an_idle_service_keeps_its_warm_minimum(self) -> None:
        settings = ScalingSettings(minimum=2, maximum=10, fallback=2)
        assert counts(after([load(0.0, p99_ms=None)] * 100, settings=settings, ready=5))[-1] == 2

    def test_zero_is_reached_only_where_the_minimum_allows_it(self) -> None:
        settings = ScalingSettings(minimum=0, maximum=10, fallback=1)
        assert counts(after([load(0.0, p99_ms=None)] * 100, settings=settings, ready=2))[-1] == 0


class TestLostSignals:
    def test_with_both_lost_at_least_the_fallback_is_held(self) -> None:
        assert counts(after([load(None)], ready=1)) == [SETTINGS.fallback]
        assert counts(after([load(None)] * 100, ready=7)) == [7] * 100

    def test_one_signal_alone_still_scales_up(self) -> None:
        assert after([Signals(queue_pressure=math.nan, utilised=6.0)])[-1].replicas > 6

    def test_when_signals_come_back_the_window_begins_anew(self) -> None:
        turns = int(SETTINGS.scale_down_window_s / PERIOD_S)
        decisions = counts(after([load(2.0)] * 60 + [load(None)] + [load(0.5)] * turns, ready=3))
        assert decisions[-turns:] == [decisions[59]] * turns

    def test_no_answers_and_so_no_latency_is_no_loss(self) -> None:
        assert counts(after([load(0.5, p99_ms=math.nan)] * 60, ready=5))[-1] == 1


class TestLatency:
    late = load(1.0, p99_ms=SETTINGS.slo_ms * 2)

    def test_beyond_the_slo_nothing_is_taken_away(self) -> None:
        assert min(counts(after([self.late] * 100, ready=4))) == 4

    def test_one_replica_is_added_for_each_cold_start_that_passes(self) -> None:
        turns = int(3 * SETTINGS.cold_start_s / PERIOD_S) + 1
        assert counts(after([self.late] * turns, ready=4))[-1] == 7

    def test_none_is_added_while_one_is_starting(self) -> None:
        state = ScalingState()
        for turn in range(60):
            fleet = Fleet(ready=4, starting=1)
            decision = desired_replicas(fleet, self.late, at_s=turn * PERIOD_S, settings=SETTINGS, state=state)
            assert decision.replicas == 5
            state = decision.state


class TestSettings:
    @pytest.mark.parametrize(
        "wrong",
        [
            {"minimum": -1},
            {"minimum": 5, "maximum": 4},
            {"fallback": 11},
            {"minimum": 3, "fallback": 2},
            {"target_utilisation": 0.0},
            {"target_utilisation": 1.2},
            {"fullest": 0.0},
            {"slo_ms": 0.0},
            {"trend_window_s": 0.0},
            {"cold_start_s": -1.0},
            {"drift_per_s": 0.1},
        ],
    )
    def test_what_cannot_be_meant_is_refused(self, wrong: dict[str, float]) -> None:
        with pytest.raises(ValueError, match=r"replicas|target|slo_ms|times|drift"):
            ScalingSettings(**wrong)  # type: ignore[arg-type]  # integers among them, as their names say
