"""The page of the scaling benchmark: its table, and one day drawn policy by policy."""

import base64
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path

import matplotlib as mpl
import numpy as np

mpl.use("Agg")

from matplotlib import pyplot as plt
from matplotlib.axes import Axes

from benchmarks.report import Row
from benchmarks.scaling_backfill import backfill, fleet_watts, free_gpus
from benchmarks.scaling_replay import Replay
from benchmarks.scaling_trace import Floats

BIN_S = 300
COLOURS = ("#8c8c8c", "#e69f00", "#d55e00", "#cc79a7", "#56b4e9", "#0072b2", "#009e73")
DEFINITIONS = (
    ("Work-weighted utilisation", "requests answered, over those that the GPUs held could have answered with full "
     "batches; held is from the start of a replica to the end of its draining."),
    ("Overloaded", "seconds in which the work offered over the last 10 s is above the ready capacity over them, or the "
     "p99 is beyond the SLO, or requests are refused."),
    ("Energy", "a model, not a measurement: idle power for each GPU held, and in proportion to the work up to full."),
)  # fmt: skip


def page(folder: Path, rows: Sequence[Row], name: str, days: Mapping[str, Replay]) -> Path:
    """Write `gpu-scaling.html` with the pictures within it, and the pictures beside it; gives the page's path."""
    folder.mkdir(parents=True, exist_ok=True)
    compared = {policy: day for policy, day in days.items() if day.cluster == days["Merx"].cluster}
    compared.pop("static with backfill", None)
    pictures = {
        "day": _compared(folder / "gpu-scaling-day.png", name, compared),
        "fleet": _filled(folder / "gpu-scaling-backfill.png", name, days["Merx with backfill"]),
    }
    images = "".join(
        f'<img alt="{label}" src="data:image/png;base64,{base64.b64encode(path.read_bytes()).decode()}">'
        for label, path in pictures.items()
    )
    terms = "".join(f"<dt>{term}</dt><dd>{meaning}</dd>" for term, meaning in DEFINITIONS)
    result = folder / "gpu-scaling.html"
    result.write_text(
        "<!doctype html><html lang=en><meta charset=utf-8><title>GPU scaling</title>"
        "<style>body{font:15px/1.5 system-ui;max-width:1100px;margin:2em auto}img{max-width:100%}"
        "td,th{padding:.3em .6em;text-align:left;vertical-align:top;border-bottom:1px solid #ddd}</style>"
        f"<h1>GPU scaling</h1>{_table(rows)}<dl>{terms}</dl>{images}</html>\n"
    )
    return result


def _table(rows: Sequence[Row]) -> str:
    lines = ["<table><tr><th>claim<th>unit<th>Merx<th>lowest to highest<th>peers<th>goal<th>met"]
    for row in rows:
        peers = "<br>".join(f"{escape(name)}: {value:.4g}" for name, value in row.peers.items())
        goal = "" if row.goal is None else f"{row.goal:g}"
        met = {None: "", True: "yes", False: "no"}[row.met]
        lines.append(
            f"<tr><td>{escape(row.claim)}<td>{row.unit}<td>{row.merx:.4g}<td>{row.spread[0]:.4g} to {row.spread[1]:.4g}"
            f"<td>{peers}<td>{goal}<td>{met}"
        )
    return "".join(lines) + "</table>"


def _binned(values: Floats, how: str = "mean") -> Floats:
    """Five-minute means or highest values."""
    whole = values[: values.size // BIN_S * BIN_S].reshape(-1, BIN_S)
    return np.asarray(whole.mean(axis=1) if how == "mean" else whole.max(axis=1))


def _hours(count: int) -> Floats:
    return (np.arange(count) + 0.5) * BIN_S / 3_600


def _compared(path: Path, name: str, days: Mapping[str, Replay]) -> Path:
    figure, axes = plt.subplots(6, 1, figsize=(12, 19), sharex=True, layout="constrained")
    figure.suptitle(f"One day ({name}), five minutes a point")
    first = next(iter(days.values()))
    offered = _binned(first.requests / first.cluster.whole.rated_per_s)
    axes[0].fill_between(_hours(offered.size), offered, color="#dddddd", label="work offered")
    for (policy, day), colour in zip(days.items(), COLOURS, strict=False):
        held = _binned(day.gpus_held)
        parts = (
            held,
            100 * _binned(day.done / day.cluster.whole.rated_per_s) / held,
            _binned(day.latency_ms, "max"),
            np.cumsum(day.overloaded)[BIN_S - 1 :: BIN_S][: held.size],
            np.cumsum(held) * BIN_S / 3_600,
            np.cumsum(_binned(day.watts)) * BIN_S / 3.6e6,
        )
        width = 2.0 if policy == "Merx" else 1.0
        for axis, part in zip(axes, parts, strict=True):
            axis.plot(_hours(held.size), part, color=colour, linewidth=width, label=policy)
    slo = first.cluster.slo_ms
    axes[2].axhline(slo, color="black", linewidth=0.8, linestyle=":")
    _label(axes[0], "GPUs held")
    _label(axes[1], "work-weighted utilisation, %")
    _label(axes[2], f"highest p99, ms (SLO {slo:g})", log=True)
    _label(axes[3], "seconds overloaded, so far")
    _label(axes[4], "GPU-hours, so far")
    _label(axes[5], "energy by the model, kWh, so far")
    axes[5].set_xlabel("hour of the day")
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=4)
    return _saved(path)


def _filled(path: Path, name: str, day: Replay) -> Path:
    figure, (stack, power) = plt.subplots(2, 1, figsize=(12, 7), sharex=True, layout="constrained")
    filled = backfill(free_gpus(day))
    held, running = _binned(day.gpus_held), _binned(filled.running.astype(np.float64))
    work = _binned(day.done / day.cluster.whole.rated_per_s)
    hours = _hours(held.size)
    figure.suptitle(f"One day ({name}) under Merx with backfill")
    stack.stackplot(
        hours, work, held - work, running, colors=("#0072b2", "#a6cee3", "#b2df8a"),
        labels=("serving, at work", "serving, held and idle", "backfill"),
    )  # fmt: skip
    power.plot(hours, _binned(fleet_watts(day, filled)) / 1_000, color="#0072b2", label="with backfill")
    power.plot(hours, _binned(day.watts) / 1_000, color="#8c8c8c", label="serving alone")
    for axis, label in ((stack, "GPUs"), (power, "power by the model, kW")):
        _label(axis, label)
        axis.legend(loc="lower center", ncols=3, fontsize="small")
    power.set_xlabel("hour of the day")
    return _saved(path)


def _label(axis: Axes, text: str, *, log: bool = False) -> None:
    axis.set_ylabel(text)
    axis.grid(alpha=0.3)
    axis.margins(x=0)
    if log:
        axis.set_yscale("log")
    else:
        axis.set_ylim(bottom=0)


def _saved(path: Path) -> Path:
    plt.savefig(path, dpi=100)
    plt.close()
    return path
