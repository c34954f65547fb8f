"""A day of requests replayed against a fleet of GPUs and a scaling policy, second by second.

Requests are a fluid within a second (at hundreds a second on each GPU a second holds enough of them), replicas are
whole and start, serve and drain as events. What is measured of a second is defined in `Replay`.
"""

from bisect import insort
from collections import deque
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
import numpy.typing as npt

from benchmarks.scaling_trace import Floats, Trace

Counts = npt.NDArray[np.int64]
OFFERED_OVER_S = 10
"""Work offered is compared with capacity over so many seconds; shorter excesses show up as waiting, if they matter."""
LOAD_OVER_S, UTILISATION_OVER_S = 10, 30
"""Windows of what monitoring shows, before the last scrape."""
LOADS = (0.0, 0.1, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.97, 0.99, 1.0)
P99_IN_FULL_BATCHES = (0.20, 0.39, 0.50, 0.69, 1.00, 1.28, 1.76, 2.27, 2.70, 4.93, 12.0)
"""p99 at a constant share of the capacity, in times of a full batch: from a simulation of every request on four GPUs
with Poisson arrivals, each sent to the shorter of two queues drawn at random, as Ray Serve's router does it
(`scaling_requests`). At full capacity there is no constant p99; the last figure only has to be beyond any SLO.
"""


@dataclass(frozen=True, kw_only=True)
class Model:
    """A network on one GPU: a batch of b requests takes `overhead_ms` + b x `request_ms`."""

    overhead_ms: float = 6.0
    request_ms: float = 2.2
    largest_batch: int = 16

    @property
    def rated_per_s(self) -> float:
        """Requests a second with full batches: the capacity of a GPU."""
        return self.largest_batch / (self.overhead_ms + self.largest_batch * self.request_ms) * 1_000

    def batch_ms(self, per_s: Floats) -> Floats:
        """Time of a batch where a GPU takes all that waits as soon as it is free: as many as arrive in that time."""
        return np.asarray(self.overhead_ms + self._batch(per_s) * self.request_ms)

    def busy(self, per_s: Floats) -> Floats:
        """Share of time in which a kernel runs: what DCGM_FI_DEV_GPU_UTIL shows."""
        return np.asarray(np.minimum(per_s / self._batch(per_s) * self.batch_ms(per_s) / 1_000, 1.0))

    def _batch(self, per_s: Floats) -> Floats:
        worked = np.minimum(per_s * self.request_ms / 1_000, 0.999_999)
        return np.asarray(np.clip(per_s * self.overhead_ms / 1_000 / (1 - worked), 1.0, self.largest_batch))


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """GPUs, and what is asked of the service; `replicas_per_gpu` above 1 shares each among so many replicas."""

    gpus: int = 10
    replicas_per_gpu: int = 1
    model: Model = Model()
    whole: Model = Model()
    """As it runs on a GPU that is not shared: what utilisation is measured by."""
    cold_start_s: int = 60
    drain_s: int = 10
    standby: int = 0
    """Replicas loaded in the memory of GPUs on which backfill computes; they serve `wake_s` after it was stopped."""
    wake_s: int = 5
    slo_ms: float = 200.0
    deadline_s: float = 1.0
    scrape_s: int = 5
    idle_watts: float = 70.0
    full_watts: float = 400.0

    @property
    def most_replicas(self) -> int:
        return self.gpus * self.replicas_per_gpu

    @property
    def replica_per_s(self) -> float:
        """Requests a second that one replica answers with full batches."""
        return self.model.rated_per_s / self.replicas_per_gpu

    @property
    def full_batch_ms(self) -> float:
        """Time of a full batch, the replicas on the same GPU being at work too."""
        return self.model.largest_batch / self.replica_per_s * 1_000

    @property
    def usable(self) -> float:
        """Share of the capacity at which p99 meets the SLO."""
        return float(np.interp(self.slo_ms / self.full_batch_ms, P99_IN_FULL_BATCHES, LOADS))


@dataclass(frozen=True)
class Replay:
    """What happened in each second. Replicas held are those starting, ready and draining."""

    cluster: Cluster
    requests: Floats
    ready: Counts
    held: Counts
    backlog: Floats
    done: Floats
    refused: Floats

    def part(self, of: slice) -> "Replay":
        return Replay(
            self.cluster, self.requests[of], self.ready[of], self.held[of], self.backlog[of], self.done[of],
            self.refused[of],
        )  # fmt: skip

    @property
    def capacity(self) -> Floats:
        """Requests that the ready replicas answer in each second with full batches."""
        return np.asarray(self.ready * self.cluster.replica_per_s)

    @property
    def per_gpu(self) -> Floats:
        """Requests in each second of a ready replica, as if it had its GPU to itself."""
        return np.asarray(self.done / np.maximum(self.ready, 1) * self.cluster.replicas_per_gpu)

    @property
    def latency_ms(self) -> Floats:
        """p99 of a second: that of the share of capacity used over the last 10 s, and the time the backlog takes."""
        could = np.maximum(self.capacity, self.cluster.replica_per_s)
        used = _over(self.done) / _over(could)
        steady = np.interp(used, LOADS, P99_IN_FULL_BATCHES) * self.cluster.full_batch_ms
        return np.asarray(steady + self.backlog / could * 1_000)

    @property
    def overloaded(self) -> npt.NDArray[np.bool_]:
        """Seconds in which the work offered over the last 10 s is above the ready capacity over them, or in which the
        p99 is beyond the SLO, or in which requests are refused.
        """
        return (
            (_over(self.requests) > _over(self.capacity)) | (self.latency_ms > self.cluster.slo_ms) | (self.refused > 0)
        )

    @property
    def overloaded_share(self) -> float:
        return float(self.overloaded.mean())

    @property
    def gpus_held(self) -> Floats:
        return np.asarray(self.held / self.cluster.replicas_per_gpu)

    @property
    def gpu_hours(self) -> float:
        """Held, from the start of a replica to the end of its draining; a share of a GPU counts as that share."""
        return float(self.gpus_held.sum()) / 3_600

    @property
    def utilisation(self) -> float:
        """Work-weighted: requests answered over those that the GPUs held could have answered with full batches."""
        return float(self.done.sum() / (self.gpu_hours * 3_600 * self.cluster.whole.rated_per_s))

    @property
    def within_slo(self) -> float:
        """Requests answered within the SLO."""
        return float(self.done[self.latency_ms <= self.cluster.slo_ms].sum())

    @property
    def gpu_hours_per_million(self) -> float:
        """GPU-hours per million requests within the SLO."""
        return self.gpu_hours / (self.within_slo / 1e6)

    @property
    def watts(self) -> Floats:
        """Power of the GPUs held: idle, and in proportion to the work up to full."""
        work = self.done / self.cluster.whole.rated_per_s
        spread = self.cluster.full_watts - self.cluster.idle_watts
        return np.asarray(self.cluster.idle_watts * self.gpus_held + spread * work)


def _over(values: npt.ArrayLike) -> Floats:
    """Sums over the last 10 s, up to and with each second."""
    total = np.concatenate([[0.0], np.cumsum(values)])
    ends = np.arange(1, total.size)
    return np.asarray(total[ends] - total[np.maximum(ends - OFFERED_OVER_S, 0)])


class Seen:
    """What monitoring shows at a decision, as of the last scrape; worked out when asked for."""

    def __init__(self, at_s: int, fleet: "Fleet", past: Replay) -> None:
        self.at_s, self.ready, self.starting = at_s, fleet.ready, fleet.starting
        self._past, self._per_s = past, past.cluster.replica_per_s
        self._end = max(at_s - at_s % past.cluster.scrape_s, 1)

    @cached_property
    def _recent(self) -> Replay:
        return self._past.part(slice(max(self._end - UTILISATION_OVER_S, 0), self._end))

    @property
    def offered(self) -> float:
        """Arrivals in units of what one replica answers."""
        arrived = self._past.requests[max(self._end - LOAD_OVER_S, 0) : self._end]
        return float(arrived.mean()) / self._per_s

    @property
    def backlog_s(self) -> float:
        """Waiting requests, in seconds of one replica's work."""
        return float(self._past.backlog[self._end - 1]) / self._per_s

    @property
    def utilised(self) -> float:
        """Replicas' worth of work done."""
        return float(self._recent.done.mean()) / self._per_s

    @property
    def utilisation(self) -> float:
        """Work done over the capacity of the ready replicas."""
        return float((self._recent.done / np.maximum(self._recent.capacity, self._per_s)).mean())

    @property
    def busy(self) -> float:
        """Share of time with a kernel running, the raw flag."""
        return float(self._past.cluster.whole.busy(self._recent.per_gpu).mean())

    @property
    def p99_ms(self) -> float:
        return float(self._recent.latency_ms[-LOAD_OVER_S:].max())


class Policy(Protocol):
    period_s: int

    def decide(self, seen: Seen) -> int:
        """Replicas wanted, starting ones included."""
        ...


class Fleet:
    """Replicas, and the seconds at which they become ready, are gone, or stand by loaded."""

    def __init__(self, ready: int, cluster: Cluster) -> None:
        self.ready, self._cluster = ready, cluster
        self._starts: list[int] = []
        self._drains: deque[int] = deque()
        self._standby, self._loads = cluster.standby, deque[int]()

    @property
    def starting(self) -> int:
        return len(self._starts)

    @property
    def held(self) -> int:
        return self.ready + len(self._starts) + len(self._drains)

    def tick(self, second: int) -> None:
        while self._starts and self._starts[0] <= second:
            self._starts.pop(0)
            self.ready += 1
        while self._drains and self._drains[0] <= second:
            self._drains.popleft()
        while self._loads and self._loads[0] <= second:
            self._loads.popleft()
            self._standby += 1

    def scale_to(self, wanted: int, second: int) -> None:
        """Start what is missing, as far as GPUs are free; take down starting replicas before ready ones."""
        free = self._cluster.most_replicas - self.held
        for _ in range(min(wanted - self.ready - self.starting, free)):
            insort(self._starts, second + self._start_s(second))
        for _ in range(self.ready + self.starting - max(wanted, 0)):
            if self._starts:
                self._starts.pop()
            else:
                self.ready -= 1
                self._drains.append(second + self._cluster.drain_s)

    def _start_s(self, second: int) -> int:
        """Seconds until one more serves: from standby, for which another is then loaded, or cold."""
        if not self._standby:
            return self._cluster.cold_start_s
        self._standby -= 1
        self._loads.append(second + self._cluster.cold_start_s)
        return self._cluster.wake_s


def replay(trace: Trace, policy: Policy, cluster: Cluster, *, warm: int) -> Replay:
    """The day of `trace` under `policy`, with `warm` replicas ready at its beginning."""
    size = trace.requests.size
    ready, held = np.zeros(size, np.int64), np.zeros(size, np.int64)
    result = Replay(cluster, trace.requests, ready, held, np.zeros(size), np.zeros(size), np.zeros(size))
    fleet, backlog, per_s = Fleet(warm, cluster), 0.0, cluster.replica_per_s
    for second, arrived in enumerate(trace.requests.tolist()):
        fleet.tick(second)
        if second and second % policy.period_s == 0:
            fleet.scale_to(policy.decide(Seen(second, fleet, result)), second)
        capacity = fleet.ready * per_s
        done = min(backlog + arrived, capacity)
        waiting = backlog + arrived - done
        backlog = min(waiting, capacity * cluster.deadline_s)
        ready[second], held[second] = fleet.ready, fleet.held
        result.backlog[second], result.done[second], result.refused[second] = backlog, done, waiting - backlog
    return result
