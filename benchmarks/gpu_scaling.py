"""goals.md `gpu-scaling`: a day of three to one with bursts, ten GPUs, a cold start of a minute; under the policies of
the field, ours, and one that knows the day.

Thirty generated days, none of which any setting was chosen on (those were chosen on the days of seeds 101 to 140; the
shape of the days was chosen on the peers' figures alone). `DATA=<trace.csv>` replays a recorded day in place of them,
scaled to the same mean. A page with plots of the day on which ours was overloaded most goes to MERX_HOME/reports.
"""

import os
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Literal

from rich.progress import Progress

from benchmarks.report import Machine, Row, command_line, data_path, median_spread, write
from benchmarks.scaling_backfill import Backfilled, backfill, fleet_utilisation, free_gpus
from benchmarks.scaling_policies import Clairvoyant, Hpa, Merx, MerxByKeda, Static, static_size
from benchmarks.scaling_replay import Cluster, Model, Replay, replay
from benchmarks.scaling_report import page
from benchmarks.scaling_trace import Trace, generated_day, read_trace
from merx_kit.scaling import ScalingSettings

SEEDS = tuple(range(1, 31))
MEAN_GPUS = 3.5
"""Of ten: what a fleet sized for its peaks is used at, 35 %."""
WARM = 3
"""Replicas at the beginning of the day; more where a recorded day begins with more load."""
WHOLE = Cluster()
EVICTING = Cluster(cold_start_s=WHOLE.cold_start_s + 5)
"""With backfill on every free GPU a replica waits until a job there was stopped."""
STANDBY = Cluster(standby=2)
"""With backfill on every free GPU and two replicas loaded beside it, idle, in the memory of two of them."""
HALVES = Cluster(replicas_per_gpu=2, model=Model(largest_batch=8))
"""Two replicas take turns on a GPU, so that a batch takes twice as long, and must be half as large for the same p99."""

MERX, KEDA, CLAIRVOYANT = "Merx", "Merx by KEDA", "clairvoyant"
STATIC, HPA_70, HPA_85, HPA_FLAG = "static 35 %", "HPA 70 %", "HPA 85 %", "HPA 70 % on the busy flag"
SHARED, MERX_BACKFILL, STATIC_BACKFILL = "Merx, half GPUs", "Merx with backfill", "static with backfill"
MERX_STANDBY = "Merx, two on standby, with backfill"
BACKFILLED = (MERX_BACKFILL, MERX_STANDBY, STATIC_BACKFILL)
PEERS = (STATIC, HPA_70, HPA_85, HPA_FLAG, KEDA, CLAIRVOYANT)


@dataclass(frozen=True)
class Figures:
    """One day under one policy."""

    utilisation: float
    overloaded: float
    gpu_hours: float
    gpu_hours_per_million: float
    within_slo: float
    kilowatt_hours: float
    fleet_utilisation: float
    jobs_stopped: int

    @classmethod
    def of(cls, day: Replay, filled: Backfilled | None) -> "Figures":
        return cls(
            utilisation=100 * day.utilisation,
            overloaded=100 * day.overloaded_share,
            gpu_hours=day.gpu_hours,
            gpu_hours_per_million=day.gpu_hours_per_million,
            within_slo=100 * day.within_slo / float(day.requests.sum()),
            kilowatt_hours=float(day.watts.sum()) / 3.6e6,
            fleet_utilisation=100 * fleet_utilisation(day, filled),
            jobs_stopped=filled.stopped if filled else 0,
        )


def settings(cluster: Cluster) -> ScalingSettings:
    """The defaults; with replicas on standby, which are there in seconds, the fleet may be fuller."""
    known = ScalingSettings(maximum=cluster.most_replicas, slo_ms=cluster.slo_ms, cold_start_s=cluster.cold_start_s)
    if not cluster.standby:
        return known
    return replace(known, cold_start_s=cluster.wake_s, target_utilisation=0.9, fullest=0.95)


def runs(trace: Trace) -> dict[str, Callable[[], Replay]]:
    """Every policy on its cluster, ready to be replayed."""
    static, seer = static_size(trace, WHOLE, MEAN_GPUS / WHOLE.gpus), Clairvoyant(trace, WHOLE)
    warm = max(WARM, seer.at_first)
    whole = partial(replay, trace, cluster=WHOLE, warm=warm)
    return {
        STATIC: partial(replay, trace, Static(static), WHOLE, warm=static),
        HPA_70: partial(whole, Hpa(0.70, WHOLE)),
        HPA_85: partial(whole, Hpa(0.85, WHOLE)),
        HPA_FLAG: partial(whole, Hpa(0.70, WHOLE, busy_flag=True)),
        KEDA: partial(whole, MerxByKeda(settings(WHOLE))),
        MERX: partial(whole, Merx(settings(WHOLE))),
        CLAIRVOYANT: partial(replay, trace, seer, WHOLE, warm=seer.at_first),
        SHARED: partial(replay, trace, Merx(settings(HALVES)), HALVES, warm=warm * HALVES.replicas_per_gpu),
        MERX_BACKFILL: partial(replay, trace, Merx(settings(EVICTING)), EVICTING, warm=warm),
        MERX_STANDBY: partial(replay, trace, Merx(settings(STANDBY)), STANDBY, warm=warm),
        STATIC_BACKFILL: partial(replay, trace, Static(static), WHOLE, warm=static),
    }


def measure(trace: Trace, step: Callable[[], object]) -> tuple[dict[str, Figures], dict[str, Replay]]:
    figures, days = {}, {}
    for name, run in runs(trace).items():
        day = days[name] = run()
        filled = backfill(free_gpus(day)) if name in BACKFILLED else None
        figures[name] = Figures.of(day, filled)
        step()
    return figures, days


Day = Mapping[str, Figures]


@dataclass(frozen=True, kw_only=True)
class Claim:
    """A row before it is measured: `figure` of a day under a policy, that of `of` beside those of `peers`."""

    text: str
    unit: str
    figure: Callable[[Day, str], float]
    of: str = MERX
    peers: Sequence[str] = PEERS
    goal: float | None = None
    better: Literal["higher", "lower"] = "lower"

    def row(self, found: Sequence[Day]) -> Row:
        days = f"median of {len(found)} days" if len(found) > 1 else "one recorded day"
        merx, spread = median_spread([self.figure(day, self.of) for day in found])
        peers = {name: statistics.median(self.figure(day, name) for day in found) for name in self.peers}
        return Row(
            claim=f"{self.text} ({days})", unit=self.unit, better=self.better, merx=merx, spread=spread, peers=peers,
            goal=self.goal,
        )  # fmt: skip


def over_clairvoyant(day: Day, name: str) -> float:
    return day[name].gpu_hours_per_million / day[CLAIRVOYANT].gpu_hours_per_million


def utilisation(day: Day, name: str) -> float:
    return day[name].utilisation


def overloaded(day: Day, name: str) -> float:
    return day[name].overloaded


CLAIMS = (
    Claim(text="work-weighted utilisation, backfill left out", unit="%", figure=utilisation, goal=78.0,
          better="higher"),
    Claim(text="time overloaded", unit="%", figure=overloaded, goal=0.1),
    Claim(text="GPU-hours per million requests within SLO, over the clairvoyant's", unit="ratio",
          figure=over_clairvoyant, goal=1.08),
    Claim(text="GPU-hours per million requests within SLO", unit="h",
          figure=lambda day, name: day[name].gpu_hours_per_million),
    Claim(text="requests within SLO", unit="%", figure=lambda day, name: day[name].within_slo, better="higher"),
    Claim(text="energy of the GPUs held, by the power model", unit="kWh",
          figure=lambda day, name: day[name].kilowatt_hours),
    Claim(text="utilisation of all ten GPUs with backfill", unit="%",
          figure=lambda day, name: day[name].fleet_utilisation, of=MERX_BACKFILL,
          peers=(STATIC_BACKFILL, MERX, STATIC), better="higher"),
    Claim(text="time overloaded with backfill (5 s more until a GPU is free)", unit="%", figure=overloaded,
          of=MERX_BACKFILL, peers=(STATIC_BACKFILL, MERX)),
    Claim(text="work-weighted utilisation of serving, two replicas on standby beside backfill", unit="%",
          figure=utilisation, of=MERX_STANDBY, peers=(MERX, CLAIRVOYANT), better="higher"),
    Claim(text="time overloaded, two replicas on standby beside backfill", unit="%", figure=overloaded,
          of=MERX_STANDBY, peers=(MERX, HPA_85)),
    Claim(text="work-weighted utilisation, two replicas a GPU with half the batch each", unit="%", figure=utilisation,
          of=SHARED, peers=(MERX, CLAIRVOYANT), better="higher"),
    Claim(text="time overloaded, two replicas a GPU with half the batch each", unit="%", figure=overloaded, of=SHARED,
          peers=(MERX, CLAIRVOYANT)),
)  # fmt: skip


def traces() -> list[Trace]:
    other, mean = data_path(), MEAN_GPUS * WHOLE.whole.rated_per_s
    if other:
        return [read_trace(other).scaled_to(mean)]
    return [generated_day(seed, mean_per_s=mean) for seed in SEEDS]


def main() -> None:
    machine, found = Machine.now(), []
    worst: tuple[float, str, dict[str, Replay]] | None = None
    days = traces()
    with Progress() as progress:
        task = progress.add_task("days", total=len(days) * len(runs(days[0])))
        for trace in days:
            figures, replays = measure(trace, lambda: progress.advance(task))
            found.append(figures)
            if worst is None or figures[MERX].overloaded > worst[0]:
                worst = (figures[MERX].overloaded, trace.name, replays)
    table = [claim.row(found) for claim in CLAIMS]
    write("gpu-scaling", table, command_line(), machine=machine)
    if worst:
        folder = Path(os.environ.get("MERX_HOME", ".merx")) / "reports"
        print(f"Plots: {page(folder, table, *worst[1:])}")


if __name__ == "__main__":
    main()
