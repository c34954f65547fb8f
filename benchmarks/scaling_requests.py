"""A service simulated request by request and batch by batch: what the second-by-second replay takes its p99 from."""

import heapq
from collections import deque

import numpy as np

from benchmarks.scaling_replay import Model


class Replicas:
    """GPUs that take all that waits, at most a full batch, as soon as they are free; times in seconds."""

    def __init__(self, count: int, model: Model) -> None:
        self._model = model
        self._waiting: list[deque[float]] = [deque() for _ in range(count)]
        self._batch: list[list[float]] = [[] for _ in range(count)]
        self._ends: list[tuple[float, int]] = []
        self.latencies_ms: list[float] = []

    def load(self, replica: int) -> int:
        return len(self._waiting[replica]) + len(self._batch[replica])

    def arrive(self, at: float, replica: int) -> None:
        self._waiting[replica].append(at)
        if not self._batch[replica]:
            self._start(at, replica)

    def run_until(self, at: float) -> None:
        while self._ends and self._ends[0][0] <= at:
            end, replica = heapq.heappop(self._ends)
            self.latencies_ms += [(end - arrived) * 1_000 for arrived in self._batch[replica]]
            self._batch[replica] = []
            if self._waiting[replica]:
                self._start(end, replica)

    def _start(self, now: float, replica: int) -> None:
        waiting = self._waiting[replica]
        batch = [waiting.popleft() for _ in range(min(len(waiting), self._model.largest_batch))]
        self._batch[replica] = batch
        took_ms = self._model.overhead_ms + len(batch) * self._model.request_ms
        heapq.heappush(self._ends, (now + took_ms / 1_000, replica))


def p99_ms(share: float, model: Model, *, choices: int = 2, replicas: int = 4, requests: int = 100_000) -> float:
    """p99 at a constant share of the capacity, each request sent to the least loaded of `choices` replicas drawn at
    random; the first tenth of the answers is left out.
    """
    rng = np.random.default_rng(1)
    fleet = Replicas(replicas, model)
    arrivals = np.cumsum(rng.exponential(1 / (share * model.rated_per_s * replicas), requests))
    drawn = rng.integers(0, replicas, (requests, choices))
    for at, candidates in zip(arrivals.tolist(), drawn.tolist(), strict=True):
        fleet.run_until(at)
        fleet.arrive(at, min(candidates, key=fleet.load))
    fleet.run_until(float("inf"))
    return float(np.percentile(fleet.latencies_ms[requests // 10 :], 99))
