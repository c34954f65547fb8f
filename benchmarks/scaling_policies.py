"""The policies of the scaling benchmark: those of the field, ours, and the one that knows the day."""

import math

import numpy as np

from benchmarks.scaling_replay import Cluster, Counts, Seen
from benchmarks.scaling_trace import Trace
from merx_kit.scaling import Fleet, ScalingSettings, ScalingState, Signals, desired_replicas
from merx_kit.scaling.hpa import HpaSettings, HpaState, Trigger, behaved, external_replicas, resource_replicas
from merx_kit.scaling.replicas import replicas_for

HPA_SYNC_S = 15
WORK_OFF_S = 30.0
CLAIRVOYANT_OVER_S = 3
"""The clairvoyant lets requests wait for two seconds' unevenness, as the SLO allows, and not longer."""


class Static:
    """A fixed number of replicas."""

    period_s = 3_600

    def __init__(self, replicas: int) -> None:
        self._replicas = replicas

    def decide(self, seen: Seen) -> int:  # noqa: ARG002  # it does not look
        return self._replicas


class Hpa:
    """The HorizontalPodAutoscaler on the utilisation of each pod, with the defaults of Kubernetes."""

    period_s = HPA_SYNC_S

    def __init__(self, target: float, cluster: Cluster, *, busy_flag: bool = False) -> None:
        """`busy_flag`: by the share of time in which a kernel runs, in place of work-weighted utilisation."""
        self._target, self._busy_flag = target, busy_flag
        self._settings, self._state = HpaSettings(minimum=1, maximum=cluster.most_replicas), HpaState()

    def decide(self, seen: Seen) -> int:
        usage = [seen.busy if self._busy_flag else seen.utilisation] * seen.ready
        current = seen.ready + seen.starting
        wanted = resource_replicas(usage, starting=seen.starting, target=self._target)
        count, self._state = behaved(
            wanted, current=current, at_s=seen.at_s, settings=self._settings, state=self._state
        )
        return count


def load(seen: Seen) -> Signals:
    """The signals as the recording rules make them."""
    pressure = seen.offered + seen.backlog_s / WORK_OFF_S
    return Signals(queue_pressure=pressure, utilised=seen.utilised, p99_ms=seen.p99_ms)


class Merx:
    """`desired_replicas`, every five seconds, as the Ray Serve policy calls it."""

    period_s = 5

    def __init__(self, settings: ScalingSettings) -> None:
        self._settings, self._state = settings, ScalingState()

    def decide(self, seen: Seen) -> int:
        fleet = Fleet(ready=seen.ready, starting=seen.starting)
        decision = desired_replicas(fleet, load(seen), at_s=seen.at_s, settings=self._settings, state=self._state)
        self._state = decision.state
        return decision.replicas


class MerxByKeda:
    """The same by recording rules, KEDA and the HPA: rules every 5 s, decisions every 15 s, the HPA's tolerance."""

    period_s = 5

    def __init__(self, settings: ScalingSettings) -> None:
        self._settings, self._state = settings, HpaState()
        self._behaviour = HpaSettings(
            minimum=settings.minimum,
            maximum=settings.maximum,
            scale_down_window_s=settings.scale_down_window_s,
        )
        self._loads: dict[str, list[tuple[float, float]]] = {"queue": [], "gpu": []}

    def decide(self, seen: Seen) -> int:
        signals, current = load(seen), seen.ready + seen.starting
        oldest = seen.at_s - self._settings.trend_window_s
        for name, value in (("queue", signals.queue_pressure), ("gpu", signals.utilised)):
            self._loads[name] = [entry for entry in self._loads[name] if entry[0] > oldest]
            self._loads[name].append((seen.at_s, value or 0.0))
        if seen.at_s % HPA_SYNC_S:
            return current
        late = (signals.p99_ms or 0.0) > self._settings.slo_ms
        totals = [float(replicas_for(loads, self._settings)) for loads in self._loads.values()]
        totals.append(float(seen.ready + 1) if late else 0.0)
        wanted = external_replicas([Trigger(total, 1.0) for total in totals], current=current)
        count, self._state = behaved(
            current if wanted is None else wanted,
            current=current, at_s=seen.at_s, settings=self._behaviour, state=self._state,
        )  # fmt: skip
        return count


class Clairvoyant:
    """Knows every second of the day, and holds the fewest GPU-hours with which the SLO is kept.

    The n-th replica is needed in each second whose work is above n - 1 replicas. It costs a cold start and a draining
    each time, so that it is kept where the next need is nearer than these take: the least possible, because the
    replicas' needs are nested and each can be decided by itself.
    """

    period_s = 1

    def __init__(self, trace: Trace, cluster: Cluster) -> None:
        evened = np.convolve(trace.requests, np.ones(CLAIRVOYANT_OVER_S) / CLAIRVOYANT_OVER_S, "same")
        needed = np.maximum(np.ceil(evened / (cluster.replica_per_s * cluster.usable)), 1).astype(int)
        ahead = cluster.cold_start_s
        self._wanted: Counts = np.zeros(needed.size, np.int64)
        for level in range(1, min(int(needed.max()), cluster.most_replicas) + 1):
            seconds = np.flatnonzero(needed >= level)
            breaks = np.flatnonzero(np.diff(seconds) - 1 > ahead + cluster.drain_s)
            for first, last in zip(
                np.append(seconds[0], seconds[breaks + 1]), np.append(seconds[breaks], seconds[-1]), strict=True
            ):
                self._wanted[max(first - ahead, 0) : last + 1] += 1

    @property
    def at_first(self) -> int:
        """Replicas to begin the day with."""
        return int(self._wanted[0])

    def decide(self, seen: Seen) -> int:
        return int(self._wanted[seen.at_s])


def static_size(trace: Trace, cluster: Cluster, share: float) -> int:
    """Replicas of which the day's mean load is the given share."""
    mean = float(trace.requests.mean()) / cluster.replica_per_s
    return min(math.floor(mean / share + 0.5), cluster.most_replicas)
