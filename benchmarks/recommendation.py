"""Next purchase, leave-one-out, ranked among all products: the blend that serves, and its peers on the same rows.

Models, statistics and weights come from everything before the validation item, or from the validation items themselves;
the history up to the test item is input only. What a shopper bought before is not ranked, the convention of S3-Rec and
the published figures (no shopper of these sets buys a product twice). Ties count against the wanted product.
"""

from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from rich.console import Console

from benchmarks import report
from benchmarks.purchase_sequences import Sequences, read
from merx_models.blend import BatchScorer
from merx_models.blend_fitting import Purchases, fit_counted, fit_sequence, weigh
from merx_models.full_ranking import Ranks, full_ranks, ndcg, recall
from merx_models.linear import positions
from merx_models.neighbours import CosineSettings, fit_cosine, fit_neighbours
from merx_models.product_index import Floats, Rows

SEEDS = (0, 1, 2)
GOALS = {"Beauty": 0.0560, "Toys_and_Games": 0.0680}
PUBLISHED = {
    "Beauty": {
        "SASRec (published)": (0.0318, 0.0605),
        "TIGER (published)": (0.0384, 0.0648),
        "ActionPiece (published)": (0.0424, 0.0775),
        "SASRec + sampled softmax (published)": (0.0531, 0.0921),
        "eSASRec (published)": (0.0523, 0.0928),
    },
    "Toys_and_Games": {
        "TIGER (published)": (0.0432, 0.0712),
        "HSTU (published)": (0.0450, 0.0778),
        "SASRec + sampled softmax (published)": (0.0580, 0.0970),
    },
}


@dataclass(frozen=True)
class Popular:
    """The same list for everybody: what is bought most."""

    bought: Floats

    def batch_scores(self, histories: Sequence[Rows]) -> Floats:
        return np.tile(self.bought, (len(histories), 1))


def main() -> None:
    machine = report.Machine.now()
    with ProcessPoolExecutor(max_workers=2, mp_context=get_context("spawn")) as workers:  # one thread for each set
        rows = [row for found in workers.map(measure, paths()) for row in found]
    report.write("recommendation", rows, report.command_line(), machine=machine)


def paths() -> list[Path]:
    """The set that DATA= names, or the two of the goals."""
    named = report.data_path()
    return [named] if named else [report.bench_data() / "s3rec" / f"{name}.txt.gz" for name in GOALS]


def measure(path: Path) -> list[report.Row]:
    """Fit on the training part, choose on validation, and rank the test items once for each seed."""
    data = read(path)
    purchases = data.purchases()
    peers = {name: _ranked(model, data) for name, model in peer_models(purchases).items()}
    told = Console(stderr=True).log
    counted = fit_counted(purchases, told=lambda name: told(f"{data.name}: {name}"))
    closed = _ranked(weigh(counted, purchases), data)
    blends: list[Ranks] = []
    alone: list[Ranks] = []
    for seed in SEEDS:
        sequence = fit_sequence(purchases, seed=seed)
        blend = weigh({**counted, "sequence": sequence}, purchases)
        blends.append(_ranked(blend, data))
        alone.append(_ranked(sequence, data))
        told(f"{data.name}: seed {seed}: {ndcg(blends[-1]):.4f} {dict(blend.weights)}")
    return [
        _row(data, blends, peers, claim="blend", cutoff_metric="NDCG@10"),
        _row(data, blends, peers, claim="blend", cutoff_metric="Recall@10"),
        _row(data, [closed], peers, claim="blend of the models in closed form", cutoff_metric="NDCG@10"),
        _row(data, alone, peers, claim="sequence model alone", cutoff_metric="NDCG@10"),
    ]


def peer_models(purchases: Purchases) -> Mapping[str, BatchScorer]:
    """The peers that run here, on the same training part."""
    _, _, rows = positions(purchases.histories)
    bought = np.bincount(rows, minlength=purchases.products).astype(np.float32)
    plain = CosineSettings(shrink=0.0, long_penalty=False)
    cosine = fit_cosine(purchases.histories, purchases.products, settings=plain)
    together = fit_neighbours(purchases.histories, purchases.products)
    return {"popularity": Popular(bought), "item-cosine kNN": cosine, "kNN + recency + transitions": together}


def _ranked(model: BatchScorer, data: Sequences) -> Ranks:
    return full_ranks(model, *data.test())


def _row(
    data: Sequences, runs: list[Ranks], peers: Mapping[str, Ranks], *, claim: str, cutoff_metric: str
) -> report.Row:
    """One row over the seeds: the median, and the lowest and highest."""
    metric, place = (ndcg, 0) if cutoff_metric == "NDCG@10" else (recall, 1)
    value, spread = report.median_spread([metric(ranks) for ranks in runs])
    published = {name: figures[place] for name, figures in PUBLISHED.get(data.name, {}).items()}
    gated = claim == "blend" and cutoff_metric == "NDCG@10"
    return report.Row(
        claim=f"{data.name}: next purchase, {claim}",
        unit=cutoff_metric,
        better="higher",
        merx=value,
        spread=spread,
        peers={name: metric(ranks) for name, ranks in peers.items()} | published,
        goal=GOALS.get(data.name) if gated else None,
    )


if __name__ == "__main__":
    main()
