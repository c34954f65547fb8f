"""Work that may be stopped at any second on GPUs that serving does not hold: training, index builds, batch scoring."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle

import numpy as np

from benchmarks.scaling_replay import Counts, Replay
from benchmarks.scaling_trace import Floats

SECONDS = 1


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A kind of job on one GPU. What was done since the last checkpoint is lost when it is stopped; `start_s` passes at
    each start before work begins; `utilisation` is what its work takes of a GPU.
    """

    name: str
    work_s: int
    checkpoint_s: int
    start_s: int
    utilisation: float


KINDS = (
    Kind(name="training", work_s=4 * 3_600, checkpoint_s=600, start_s=60, utilisation=0.9),
    Kind(name="index build", work_s=1_200, checkpoint_s=1_200, start_s=30, utilisation=0.8),
    Kind(name="batch scoring", work_s=180, checkpoint_s=180, start_s=20, utilisation=0.95),
)


@dataclass
class Job:
    kind: Kind
    kept_s: int = 0
    """Work that is safe."""
    ran_s: int = 0
    """Since its start, the start included."""

    @property
    def new_s(self) -> int:
        return max(self.ran_s - self.kind.start_s, 0)

    @property
    def finished(self) -> bool:
        return self.kept_s + self.new_s >= self.kind.work_s

    def stop(self) -> int:
        """Falls back to the last checkpoint; the seconds lost, those of the start included."""
        safe = self.new_s // self.kind.checkpoint_s * self.kind.checkpoint_s
        lost, self.kept_s, self.ran_s = self.ran_s - safe, self.kept_s + safe, 0
        return lost


@dataclass(frozen=True)
class Backfilled:
    """GPUs at backfill work in each second, GPU-hours of its work that stayed and that were lost, and jobs finished."""

    running: Counts
    kept_hours: float
    kept_work: float
    """`kept_hours`, each weighted by what its kind takes of a GPU."""
    lost_hours: float
    finished: int
    stopped: int


def backfill(free: Counts) -> Backfilled:
    """Run jobs of all kinds in turn on the free GPUs of each second; the one started last is stopped first.

    There is always another job, so that this is what the valleys can take; a stopped job goes to the head of the queue.
    """
    running: list[Job] = []
    stopped: deque[Job] = deque()
    fresh: Iterator[Job] = (Job(kind) for kind in cycle(KINDS))
    lost, stops, finished = 0, 0, 0
    kept: dict[str, int] = {kind.name: 0 for kind in KINDS}
    for gpus in free.tolist():
        while len(running) > gpus:
            job = running.pop()
            lost, stops = lost + job.stop(), stops + 1
            stopped.appendleft(job)
        while len(running) < gpus:
            running.append(stopped.popleft() if stopped else next(fresh))
        for job in running:
            job.ran_s += SECONDS
        done = [job for job in running if job.finished]
        for job in done:
            kept[job.kind.name] += job.kind.work_s
        finished += len(done)
        running = [job for job in running if not job.finished]
    for job in (*running, *stopped):
        kept[job.kind.name] += job.kept_s + job.new_s
    work = sum(kept[kind.name] * kind.utilisation for kind in KINDS)
    return Backfilled(free, sum(kept.values()) / 3_600, work / 3_600, lost / 3_600, finished, stops)


def free_gpus(replay: Replay) -> Counts:
    """Whole GPUs that serving does not hold."""
    return np.asarray(replay.cluster.gpus - np.ceil(replay.gpus_held), dtype=np.int64)


def fleet_utilisation(replay: Replay, filled: Backfilled | None) -> float:
    """Work-weighted, of all GPUs over the day: requests answered, and backfill work that stayed."""
    hours = replay.cluster.gpus * replay.requests.size / 3_600
    served = float(replay.done.sum()) / replay.cluster.whole.rated_per_s / 3_600
    return (served + (filled.kept_work if filled else 0.0)) / hours


def fleet_watts(replay: Replay, filled: Backfilled) -> Floats:
    """Power of the whole fleet with backfill, at the mean utilisation of its kinds."""
    cluster, mean = replay.cluster, float(np.mean([kind.utilisation for kind in KINDS]))
    return np.asarray(
        replay.watts + filled.running * (cluster.idle_watts + (cluster.full_watts - cluster.idle_watts) * mean)
    )
