"""Pictures of a run for people: learning curves and calibration."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

BINS = 10


def learning_curves(rankers: Sequence[Mapping[str, Any]], path: Path) -> None:
    """Validation AUC by epoch of every ranker that reports it, and all rankers' final NDCG."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 4), layout="constrained")
    curves, bars = figure.subplots(1, 2)
    for ranker in rankers:
        values = [point["validation_auc"] for point in ranker["curve"]]
        if values:
            curves.plot(range(1, len(values) + 1), values, marker="o", label=ranker["name"])
    curves.set(xlabel="epoch", ylabel="group AUC, validation week")
    if curves.lines:
        curves.legend()
    bars.bar([ranker["name"] for ranker in rankers], [ranker["ndcg"] for ranker in rankers])
    bars.set(ylabel="NDCG@10, validation week")
    figure.savefig(path, dpi=100)


def calibration_plot(scores: Path, path: Path) -> None:
    """Predicted against observed share of purchases, in ten equally filled bins, for every ranker."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5, 5), layout="constrained")
    axes = figure.subplots()
    axes.plot([0, 1], [0, 1], color="grey", linewidth=1)
    with np.load(scores) as stored:
        labels = stored["labels"]
        for name in (each for each in stored.files if each != "labels"):
            predicted, observed = calibration(stored[name], labels)
            axes.plot(predicted, observed, marker="o", label=name)
    axes.set(xlabel="predicted", ylabel="bought", xscale="symlog", yscale="symlog")
    axes.legend()
    figure.savefig(path, dpi=100)


def calibration(scores: np.ndarray, labels: np.ndarray) -> tuple[list[float], list[float]]:
    """Mean prediction and mean outcome of each bin."""
    parts = [part for part in np.array_split(np.argsort(scores, kind="stable"), BINS) if len(part)]
    return [float(scores[part].mean()) for part in parts], [float(labels[part].mean()) for part in parts]


def picture_sheet(index: Path, path: Path, *, rows: int = 6, columns: int = 6) -> None:
    """Products of an index, each with those that look most like it; nothing where the index has no pictures."""
    import io

    from matplotlib import image
    from matplotlib.figure import Figure

    from merx_models.search_index import Looks

    if not (index / "looks").exists():
        return
    looks = Looks.load(index / "looks")
    drawn = np.random.default_rng(0).permutation(len(looks.owners))[:rows]
    figure = Figure(figsize=(1.4 * columns, 1.4 * len(drawn)), layout="constrained")
    grid = figure.subplots(len(drawn), columns, squeeze=False)
    for line, number in zip(grid, drawn.tolist(), strict=True):
        names, _ = looks.nearest(looks.vectors_of(looks.owners[number])[:1], columns)
        for axes in line:
            axes.axis("off")
        for axes, name in zip(line, names, strict=False):
            axes.imshow(image.imread(io.BytesIO(looks.thumbnail(name) or b""), format="jpg"))
    figure.savefig(path, dpi=100)
