"""Days of requests for the scaling benchmark: generated ones, and recorded ones read from a file."""

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
DAY_S = 86_400


@dataclass(frozen=True)
class DayShape:
    """What a generated day is made of; times in seconds, heights relative to the load of the hour."""

    peak_to_trough: float = 3.0
    drift: float = 0.03
    drift_memory_s: float = 600.0
    bursts_a_day: float = 24.0
    burst_height: float = 0.25
    highest_burst: float = 1.0
    burst_rise_s: tuple[float, float] = (60.0, 300.0)
    burst_hold_s: tuple[float, float] = (120.0, 900.0)
    burst_fall_s: tuple[float, float] = (120.0, 600.0)
    highest: float = 2.6
    """No more than so many times the day's mean: the fleet was bought for its highest hour."""


@dataclass(frozen=True)
class Trace:
    """Requests that arrive in each second."""

    name: str
    requests: Floats

    def scaled_to(self, mean_per_s: float) -> "Trace":
        """The same day with another mean; what is Poisson noise in small traffic becomes burstiness in large."""
        return Trace(self.name, self.requests * (mean_per_s / self.requests.mean()))


def generated_day(seed: int, *, mean_per_s: float, shape: DayShape | None = None) -> Trace:
    """A day with its trough at four in the morning and its peak twelve hours later, slow drift, and bursts that come
    as a Poisson process and rise, hold and fall in straight lines; the arrivals of a second are Poisson.
    """
    form, rng = shape or DayShape(), np.random.default_rng(seed)
    second = np.arange(DAY_S, dtype=np.float64)
    swing = (form.peak_to_trough - 1) / (form.peak_to_trough + 1)
    daily = 1 - swing * np.cos(2 * np.pi * (second / DAY_S - 4 / 24))
    intensity = daily * np.exp(_drift(rng, form)) * (1 + _bursts(rng, form, second))
    intensity = np.minimum(intensity / intensity.mean(), form.highest)
    return Trace(f"seed {seed}", rng.poisson(intensity * (mean_per_s / intensity.mean())).astype(np.float64))


def read_trace(path: Path) -> Trace:
    """A recorded trace: CSV with the columns `seconds` (start of the interval, rising) and `requests` (arrivals in it).

    The arrivals of an interval are spread evenly over its seconds; the last interval is as long as the one before it.
    ValueError where the file is not such a trace.
    """
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    try:
        starts = np.array([float(row["seconds"]) for row in rows])
        counts = np.array([float(row["requests"]) for row in rows])
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{path} needs the columns seconds and requests, as numbers") from error
    steps = np.diff(starts)
    if len(rows) < 2 or not np.isfinite(starts).all() or (steps < 1).any():
        raise ValueError(f"{path} needs at least two intervals, a second or longer, in order of time")
    if not np.isfinite(counts).all() or (counts < 0).any() or not counts.any():
        raise ValueError(f"{path} has counts of requests that are negative, not finite or all zero")
    edges = np.append(starts, starts[-1] + steps[-1]) - starts[0]
    arrived = np.concatenate([[0.0], np.cumsum(counts)])
    return Trace(path.stem, np.diff(np.interp(np.arange(int(edges[-1]) + 1), edges, arrived)))


def _drift(rng: np.random.Generator, form: DayShape) -> Floats:
    """A mean-reverting walk by the minute, in straight lines between."""
    minutes = DAY_S // 60 + 1
    keep = np.exp(-60 / form.drift_memory_s)
    shocks = rng.normal(0, form.drift * np.sqrt(1 - keep**2), minutes)
    level = np.empty(minutes)
    value = rng.normal(0, form.drift)
    for minute, shock in enumerate(shocks):
        level[minute] = value = keep * value + shock
    return np.interp(np.arange(DAY_S), np.arange(minutes) * 60, level)


def _bursts(rng: np.random.Generator, form: DayShape, second: Floats) -> Floats:
    extra = np.zeros_like(second)
    for _ in range(rng.poisson(form.bursts_a_day)):
        start = rng.uniform(0, DAY_S)
        rise, hold, fall = (rng.uniform(*span) for span in (form.burst_rise_s, form.burst_hold_s, form.burst_fall_s))
        height = min(rng.exponential(form.burst_height), form.highest_burst)
        corners = start + np.cumsum([0, rise, hold, fall])
        extra += np.interp(second, corners, [0, height, height, 0])
    return extra
