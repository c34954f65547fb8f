"""How many replicas of a model on GPUs: one pure function, called by the Ray Serve policy, mirrored by KEDA's triggers.

Load is counted in replicas' worth of work: 3.4 is what 3.4 replicas do with full batches. So a total over all replicas
means the same before and after one more became ready, and no decision has to divide by a count that just changed.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

_ROUNDING = 1e-9


@dataclass(frozen=True, kw_only=True)
class Fleet:
    """Replicas that answer, and replicas asked for that do not answer yet; those being taken down are in neither."""

    ready: int
    starting: int = 0

    @property
    def size(self) -> int:
        return max(self.ready, 0) + max(self.starting, 0)


@dataclass(frozen=True, kw_only=True)
class Signals:
    """What monitoring says; None, NaN, infinite or negative means: lost.

    `queue_pressure`: replicas' worth of work that arrives, and that waits, divided by the time to work it off in.
    `utilised`: replicas' worth of work being done, the sum of the work-weighted utilisation over the ready replicas.
    `p99_ms`: latency of answers; no answers have no latency, so that this one alone being lost is no alarm.
    """

    queue_pressure: float | None
    utilised: float | None
    p99_ms: float | None = None


@dataclass(frozen=True, kw_only=True)
class ScalingSettings:
    """What a service asks of its scaling; `minimum` is kept warm, `fallback` is held at least while signals are lost.

    The count is the nearest to load / `target_utilisation`, so that a large fleet is as full as a small one, and never
    one that the load expected would fill beyond `fullest`. The target is one for the moment: over a day the cold
    starts and the scale-down window take some points of it (docs/scaling.md has what remains).
    """

    minimum: int = 1
    maximum: int = 10
    fallback: int = 1
    target_utilisation: float = 0.85
    fullest: float = 0.905
    slo_ms: float = 150.0
    cold_start_s: float = 60.0
    reaction_s: float = 40.0
    """From a rise of the load until it is certain enough to be acted upon."""
    trend_window_s: float = 30.0
    drift_per_s: float = 0.001
    """A rise by this share of the load in a second is the unevenness of traffic; what is steeper is carried on."""
    highest_rise: float = 1.0
    """No rise is carried on beyond so many times the load of now: a step looks like the beginning of a steep slope."""
    scale_down_window_s: float = 45.0

    def __post_init__(self) -> None:
        if not 0 <= self.minimum <= self.maximum or not self.minimum <= self.fallback <= self.maximum:
            raise ValueError("replicas must satisfy 0 <= minimum <= fallback <= maximum")
        if not 0 < self.target_utilisation <= 1 or not 0 < self.fullest <= 1:
            raise ValueError("target_utilisation and fullest lie above 0 and are at most 1")
        if min(self.slo_ms, self.trend_window_s) <= 0:
            raise ValueError("slo_ms and trend_window_s are above 0")
        if min(self.cold_start_s, self.reaction_s, self.highest_rise, self.scale_down_window_s) < 0:
            raise ValueError("times and rises are not negative")
        if not 0 <= self.drift_per_s * (self.cold_start_s + self.reaction_s) <= 1:
            raise ValueError("drift_per_s over the times of a cold start and of the reaction is at most 1")


@dataclass(frozen=True)
class ScalingState:
    """What is remembered from decision to decision: loads and counts as (time in seconds, value), oldest first."""

    loads: tuple[tuple[float, float], ...] = ()
    wanted: tuple[tuple[float, int], ...] = ()
    late_since_s: float | None = None
    """When p99 left the SLO, or when a replica was last added for it."""


@dataclass(frozen=True)
class Decision:
    """Replicas wanted, starting ones included; why; and what to hand to the next call."""

    replicas: int
    reason: str
    state: ScalingState


def desired_replicas(
    fleet: Fleet, signals: Signals, *, at_s: float, settings: ScalingSettings, state: ScalingState
) -> Decision:
    """Replicas for the load expected when a replica asked for now would be ready.

    Up at once; down only to the most that was wanted in the last `scale_down_window_s`, and only once so much is known.
    The count is absolute and starting replicas are part of `fleet`, so that a cold start is never answered by asking
    again. While p99 is beyond the SLO nothing is taken away, and one more is added for each cold start that passes with
    none starting. With a load signal lost nothing is taken away; with both lost at least `fallback` is held.
    A clock that goes back, or a gap longer than the scale-down window, starts the memory anew.
    """
    known = [load for load in (_sound(signals.queue_pressure), _sound(signals.utilised)) if load is not None]
    state = _recent(state, at_s, settings)
    late_since_s, extra = _late(fleet, signals, at_s=at_s, settings=settings, state=state)
    current = _bounded(fleet.size, settings)
    if not known:
        kept = ScalingState(state.loads, (), late_since_s)
        return Decision(_bounded(max(current, settings.fallback) + extra, settings), "signals lost", kept)
    loads = (*state.loads, (at_s, max(known)))
    wanted = _bounded(replicas_for(loads, settings), settings)
    remembered = ScalingState(loads, (*state.wanted, (at_s, wanted)), late_since_s)
    if wanted > current:
        return Decision(max(wanted, _bounded(current + extra, settings)), "load", remembered)
    if extra:
        return Decision(_bounded(current + extra, settings), "latency", remembered)
    if len(known) < 2 or late_since_s is not None:
        return Decision(current, "signal lost" if len(known) < 2 else "latency", remembered)
    return Decision(min(current, _stable(remembered.wanted, at_s, settings, current)), "load", remembered)


def replicas_for(loads: Sequence[tuple[float, float]], settings: ScalingSettings) -> int:
    """Replicas for the load expected after `loads` ((time in seconds, load), oldest first, one at least), without
    bounds or memory: the whole number nearest to the target utilisation that leaves none fuller than `fullest`. The
    recording rules say the same in PromQL.
    """
    load = min(_expected(loads, settings), float(settings.maximum))
    nearest = math.floor(load / settings.target_utilisation + 0.5)
    return max(nearest, math.ceil(load / settings.fullest - _ROUNDING))


def _sound(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) and value >= 0 else None


def _bounded(count: int, settings: ScalingSettings) -> int:
    return min(max(count, settings.minimum), settings.maximum)


def _recent(state: ScalingState, at_s: float, settings: ScalingSettings) -> ScalingState:
    """`state` without what is too old; the last count from before the window stays as proof of its length."""
    if max((moment for moment, _ in (*state.loads, *state.wanted)), default=at_s) > at_s:
        return ScalingState()
    loads = tuple(entry for entry in state.loads if entry[0] > at_s - settings.trend_window_s)
    start = at_s - settings.scale_down_window_s
    if state.wanted and state.wanted[-1][0] < start:
        return ScalingState(loads, (), None)
    before = sum(1 for moment, _ in state.wanted if moment <= start)
    return ScalingState(loads, state.wanted[max(before - 1, 0) :], state.late_since_s)


def _expected(loads: Sequence[tuple[float, float]], settings: ScalingSettings) -> float:
    """The load when a replica asked for now is ready: the last one, carried on along a straight line where it rises."""
    last = loads[-1][1]
    if len(loads) < 3:
        return last
    middle_s = sum(moment for moment, _ in loads) / len(loads)
    mean = sum(load for _, load in loads) / len(loads)
    spread = sum((moment - middle_s) ** 2 for moment, _ in loads)
    slope = sum((moment - middle_s) * (load - mean) for moment, load in loads) / spread if spread else 0.0
    steep = max(slope - settings.drift_per_s * last, 0.0)
    return min(last + steep * (settings.cold_start_s + settings.reaction_s), last * (1 + settings.highest_rise))


def _late(
    fleet: Fleet, signals: Signals, *, at_s: float, settings: ScalingSettings, state: ScalingState
) -> tuple[float | None, int]:
    """Since when p99 has been beyond the SLO with nothing starting, and replicas to add for it."""
    p99_ms = _sound(signals.p99_ms)
    if p99_ms is None or p99_ms <= settings.slo_ms:
        return None, 0
    if state.late_since_s is None or fleet.starting > 0:
        return at_s, 0
    if at_s - state.late_since_s < settings.cold_start_s:
        return state.late_since_s, 0
    return at_s, 1


def _stable(wanted: Sequence[tuple[float, int]], at_s: float, settings: ScalingSettings, current: int) -> int:
    """The most that was wanted within the scale-down window; `current` where not so much is known yet."""
    if wanted[0][0] > at_s - settings.scale_down_window_s:
        return current
    return max(count for _, count in wanted)
