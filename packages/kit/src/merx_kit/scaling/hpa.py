"""The Kubernetes HorizontalPodAutoscaler as it decides, so that KEDA's decisions can be foretold and replayed.

Follows the published algorithm (Kubernetes documentation, "Horizontal Pod Autoscaling": algorithm details, scaling
behaviour, stabilisation) with its defaults. KEDA hands its triggers to the HPA as external metrics.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class HpaSettings:
    """Bounds, and the behaviour of a HorizontalPodAutoscaler; the defaults are those of Kubernetes."""

    minimum: int
    maximum: int
    tolerance: float = 0.1
    scale_down_window_s: float = 300.0
    scale_up_pods: int = 4
    scale_up_percent: float = 100.0
    scale_down_percent: float = 100.0
    policy_period_s: float = 15.0


@dataclass(frozen=True)
class HpaState:
    """What the controller remembers: recommendations as (time, replicas), and changes as (time, difference)."""

    recommended: tuple[tuple[float, int], ...] = ()
    changed: tuple[tuple[float, int], ...] = ()


@dataclass(frozen=True)
class Trigger:
    """An external metric with an AverageValue target: `total` over all replicas (None: no data), `target` for each."""

    total: float | None
    target: float


def resource_replicas(usage: Sequence[float], *, starting: int, target: float, tolerance: float = 0.1) -> int:
    """Replicas by a metric of each pod, as the HPA computes them for resource and pods metrics.

    `usage` holds the metric of each ready pod; `starting` pods are not ready yet: they count as using nothing where
    the ratio asks for more, and are left out where it does not.
    """
    current = len(usage) + starting
    if not usage:
        return current
    ratio = sum(usage) / len(usage) / target
    if starting and ratio > 1:
        counted, with_starting = current, sum(usage) / current / target
    elif starting or abs(ratio - 1) > tolerance:
        counted, with_starting = len(usage), ratio
    else:
        return current
    if abs(with_starting - 1) <= tolerance or (ratio - 1) * (with_starting - 1) < 0:
        return current
    wanted = _ceil(with_starting * counted)
    return current if (wanted - current) * (with_starting - 1) < 0 else wanted


def external_replicas(triggers: Sequence[Trigger], *, current: int, tolerance: float = 0.1) -> int | None:
    """Replicas by external metrics: the largest of ceil(total / target); None where no trigger has data.

    A trigger without data keeps the others from scaling down.
    """
    wanted = [_by_trigger(trigger, current, tolerance) for trigger in triggers if trigger.total is not None]
    if not wanted:
        return None
    largest = max(wanted)
    return max(largest, current) if len(wanted) < len(triggers) else largest


def behaved(wanted: int, *, current: int, at_s: float, settings: HpaSettings, state: HpaState) -> tuple[int, HpaState]:
    """`wanted` after stabilisation, scaling policies and bounds, and what to remember."""
    window = at_s - settings.scale_down_window_s
    recommended = (*((at, count) for at, count in state.recommended if at > window), (at_s, wanted))
    stable = wanted if wanted > current else min(current, max(count for _, count in recommended))
    changed = tuple((at, change) for at, change in state.changed if at > at_s - settings.policy_period_s)
    added = sum(change for _, change in changed if change > 0)
    removed = -sum(change for _, change in changed if change < 0)
    base = current - added
    most = max(base + settings.scale_up_pods, math.ceil(base * (1 + settings.scale_up_percent / 100)))
    base = current + removed
    least = math.floor(base * (1 - settings.scale_down_percent / 100))
    final = min(max(stable, least), max(most, current))
    final = min(max(final, settings.minimum), settings.maximum)
    if final != current:
        changed = (*changed, (at_s, final - current))
    return final, HpaState(recommended, changed)


def _by_trigger(trigger: Trigger, current: int, tolerance: float) -> int:
    total = trigger.total or 0.0
    if current and abs(total / (trigger.target * current) - 1) <= tolerance:
        return current
    return _ceil(total / trigger.target)


def _ceil(value: float) -> int:
    """Up to the next whole number, but not for an error of rounding."""
    return math.ceil(value - 1e-9)
