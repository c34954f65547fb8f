"""The simulator on days whose outcome is known without it, and against a simulation of every single request."""

import math
from pathlib import Path

import numpy as np
import pytest

from benchmarks.scaling_backfill import KINDS, Job, backfill
from benchmarks.scaling_policies import Clairvoyant, Hpa, Merx, MerxByKeda, Static, static_size
from benchmarks.scaling_replay import Cluster, Model, Replay, replay
from benchmarks.scaling_requests import p99_ms
from benchmarks.scaling_trace import DAY_S, DayShape, Trace, generated_day, read_trace
from merx_kit.scaling import ScalingSettings

CLUSTER = Cluster()
RATED = CLUSTER.model.rated_per_s


def day(*spans: tuple[int, float]) -> Trace:
    """Seconds of a constant load in GPUs' worth, one span after the other."""
    return Trace("made", np.concatenate([np.full(seconds, gpus * RATED) for seconds, gpus in spans]))


class TestReplay:
    def test_a_constant_load_on_a_fixed_fleet_is_used_at_its_share(self) -> None:
        result = replay(day((600, 3.5)), Static(10), CLUSTER, warm=10)
        assert result.utilisation == pytest.approx(0.35)
        assert result.gpu_hours == pytest.approx(10 * 600 / 3_600)
        assert result.overloaded_share == 0.0
        assert result.within_slo == pytest.approx(result.requests.sum())

    def test_more_work_than_the_ready_replicas_do_is_overload_and_refusals_after_the_deadline(self) -> None:
        result = replay(day((100, 2.5)), Static(2), CLUSTER, warm=2)
        assert result.overloaded.all()
        assert result.done.sum() == pytest.approx(100 * 2 * RATED)
        accounted = result.done.sum() + result.refused.sum() + result.backlog[-1]
        assert accounted == pytest.approx(result.requests.sum())
        assert result.backlog[-1] == pytest.approx(2 * RATED * CLUSTER.deadline_s)

    def test_a_replica_is_held_from_its_start_and_serves_after_the_cold_start(self) -> None:
        class Adds:
            period_s = 10

            def decide(self, seen: object) -> int:
                return 2

        result = replay(day((100, 0.5)), Adds(), CLUSTER, warm=1)
        assert result.held[9] == 1
        assert result.held[10] == 2
        assert result.ready[69] == 1
        assert result.ready[70] == 2

    def test_a_replica_on_standby_serves_at_once_and_the_next_one_only_once_it_is_loaded(self) -> None:
        class Rises:
            period_s = 10

            def decide(self, seen: object) -> int:
                self.wanted = min(getattr(self, "wanted", 1) + 1, 3)
                return self.wanted

        result = replay(day((100, 0.5)), Rises(), Cluster(standby=1), warm=1)
        assert result.ready[15] == 2
        assert result.ready[79] == 2
        assert result.ready[80] == 3
        assert result.held[15] == 2

    def test_a_replica_taken_down_is_held_until_it_has_drained(self) -> None:
        result = replay(day((7_200, 0.5)), Static(1), CLUSTER, warm=2)
        assert result.ready[3_600] == 1
        assert result.held[3_609] == 2
        assert result.held[3_610] == 1

    def test_starting_replicas_are_taken_down_first(self) -> None:
        class Changes:
            period_s = 10

            def decide(self, seen: object) -> int:
                self.period_s = 10
                self.asked = getattr(self, "asked", 0) + 1
                return 4 if self.asked == 1 else 2

        result = replay(day((100, 0.5)), Changes(), CLUSTER, warm=2)
        assert result.held[15] == 4
        assert result.held[20] == 2
        assert (result.ready == 2).all()

    def test_the_fleet_never_holds_more_than_its_gpus(self) -> None:
        result = replay(day((400, 9.0), (400, 30.0), (400, 2.0)), Hpa(0.5, CLUSTER), CLUSTER, warm=3)
        assert result.held.max() <= CLUSTER.gpus

    def test_power_lies_between_idle_and_full(self) -> None:
        result = replay(day((10, 2.0)), Static(2), CLUSTER, warm=4)
        assert result.watts[5] == pytest.approx(4 * 70 + 2 * 330)


class TestModel:
    def test_single_requests_keep_a_gpu_busy_that_does_little(self) -> None:
        model, light = Model(), np.array([0.35 * RATED])
        assert model.busy(light)[0] > 0.95

    @pytest.mark.parametrize("share", [0.3, 0.7, 0.9, 0.95])
    def test_the_latency_of_a_second_is_that_of_a_simulation_of_every_request(self, share: float) -> None:
        """Within 12 %: near full capacity 50,000 requests leave the p99 that uncertain."""
        result = replay(day((60, 4 * share)), Static(4), CLUSTER, warm=4)
        assert result.latency_ms[-1] == pytest.approx(p99_ms(share, CLUSTER.model, requests=50_000), rel=0.12)

    def test_routing_at_random_costs_latency(self) -> None:
        two, random = (p99_ms(0.9, CLUSTER.model, choices=choices, requests=20_000) for choices in (2, 1))
        assert random > 1.2 * two


class TestPolicies:
    def test_the_clairvoyant_is_never_overloaded_and_cheapest(self) -> None:
        trace = generated_day(5, mean_per_s=3.5 * RATED)
        trace = Trace("hours", trace.requests[30_000:40_800])
        seer = Clairvoyant(trace, CLUSTER)
        known = replay(trace, seer, CLUSTER, warm=seer.at_first)
        ours = replay(trace, Merx(ScalingSettings()), CLUSTER, warm=5)
        assert known.overloaded_share < 0.001
        assert known.gpu_hours < ours.gpu_hours
        assert known.gpu_hours >= trace.requests.sum() / RATED / 3_600

    def test_the_clairvoyant_starts_a_cold_start_ahead_and_bridges_short_gaps(self) -> None:
        short = CLUSTER.cold_start_s - 10
        trace = day((300, 0.8), (100, 1.8), (short, 0.8), (100, 1.8), (300, 0.8))
        seer = Clairvoyant(trace, CLUSTER)
        result = replay(trace, seer, CLUSTER, warm=seer.at_first)
        assert result.overloaded_share == 0.0
        assert (result.ready[300 : 500 + short] == 2).all()
        assert result.held[230] == 1

    def test_both_ways_of_ours_settle_alike_under_a_constant_load(self) -> None:
        trace, settings = day((1_200, 3.0)), ScalingSettings(maximum=9)
        ours, keda = (
            replay(trace, policy, CLUSTER, warm=6).ready[-1] for policy in (Merx(settings), MerxByKeda(settings))
        )
        assert ours == keda == math.floor(3.0 / settings.target_utilisation + 0.5)

    def test_the_hpa_by_the_busy_flag_holds_what_it_does_not_need(self) -> None:
        trace = day((2_400, 1.0))
        flag, work = (
            replay(trace, Hpa(0.7, CLUSTER, busy_flag=by_flag), CLUSTER, warm=3).ready[-1] for by_flag in (True, False)
        )
        assert flag > work

    def test_a_static_fleet_is_sized_to_the_share(self) -> None:
        assert static_size(day((100, 3.5)), CLUSTER, 0.35) == 10


class TestBackfill:
    def test_what_was_done_since_the_checkpoint_is_lost_when_a_job_is_stopped(self) -> None:
        training = KINDS[0]
        job = Job(training, ran_s=training.start_s + training.checkpoint_s + 100)
        assert job.stop() == training.start_s + 100
        assert job.kept_s == training.checkpoint_s

    def test_every_second_of_a_free_gpu_is_kept_lost_or_a_start(self) -> None:
        free = np.array([3] * 5_000 + [1] * 2_000 + [4] * 5_000)
        filled = backfill(free)
        assert filled.stopped == 2
        starts = (filled.finished + filled.stopped + 4) * max(kind.start_s for kind in KINDS) / 3_600
        used = filled.kept_hours + filled.lost_hours
        assert used <= free.sum() / 3_600 <= used + starts

    def test_without_a_free_gpu_nothing_is_done(self) -> None:
        filled = backfill(np.zeros(1_000, np.int64))
        assert (filled.kept_hours, filled.lost_hours, filled.finished) == (0.0, 0.0, 0)


class TestTrace:
    def test_a_generated_day_has_its_mean_and_its_swing(self) -> None:
        quiet = DayShape(bursts_a_day=0, drift=0)
        trace = generated_day(1, mean_per_s=1_000.0, shape=quiet)
        assert trace.requests.mean() == pytest.approx(1_000, rel=0.01)
        hours = trace.requests.reshape(24, -1).mean(axis=1)
        assert hours.max() / hours.min() == pytest.approx(3.0, rel=0.03)
        assert trace.requests.size == DAY_S

    def test_seeds_differ_and_repeat(self) -> None:
        first, again, other = (generated_day(seed, mean_per_s=100.0).requests for seed in (1, 1, 2))
        assert (first == again).all()
        assert (first != other).any()

    def test_a_recorded_trace_is_spread_over_its_seconds(self, tmp_path: Path) -> None:
        file = tmp_path / "day.csv"
        file.write_text("seconds,requests\n100,50\n110,20\n")
        trace = read_trace(file)
        assert trace.name == "day"
        assert trace.requests.tolist() == pytest.approx([5.0] * 10 + [2.0] * 10)

    @pytest.mark.parametrize(
        "text",
        [
            "time,requests\n0,1\n1,2\n",
            "seconds,requests\n0,1\n",
            "seconds,requests\n0,1\n1,many\n",
            "seconds,requests\n5,1\n1,2\n",
            "seconds,requests\n0,1\n1,-2\n",
            "seconds,requests\n0,0\n1,0\n",
            "seconds,requests\n0,1\n1,nan\n",
        ],
        ids=["other columns", "one row", "no number", "backwards", "negative", "all zero", "not a number"],
    )
    def test_what_is_no_trace_is_refused_with_the_reason(self, tmp_path: Path, text: str) -> None:
        file = tmp_path / "day.csv"
        file.write_text(text)
        with pytest.raises(ValueError, match=r"day\.csv"):
            read_trace(file)


def test_a_replay_is_the_same_twice() -> None:
    trace = Trace("hour", generated_day(3, mean_per_s=3.5 * RATED).requests[40_000:43_600])

    def once() -> Replay:
        return replay(trace, Merx(ScalingSettings()), CLUSTER, warm=5)

    assert (once().held == once().held).all()
