"""The held-out last week: Merx, the champion of now and the simple lists, asked about the same shoppers."""

import itertools
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

import numpy as np

from merx_models.product_index import ProductIndex
from merx_models.ranker import OnnxRanker
from merx_pipelines.baselines import Baselines
from merx_pipelines.candidate_models import Progress
from merx_pipelines.folders import Folders
from merx_pipelines.plan import Plan, plan_of, profile_named
from merx_pipelines.ranking_metrics import (
    Interval,
    Scores,
    coverage,
    difference,
    interval,
    long_tail_share,
    score_lists,
)
from merx_pipelines.ranking_sets import RankingSet, top_rows
from merx_pipelines.steps.extract import CATALOGUE, INTERACTIONS
from merx_pipelines.steps.shop_arrays import ShopArrays, read_shop
from merx_pipelines.steps.train_ranker import best_of
from merx_pipelines.trails import sales_before

EVALUATION = "evaluation.json"
K = 10


@dataclass(frozen=True)
class System:
    """One way of making lists, on the held-out week. `ahead` is the paired difference of NDCG, Merx minus it."""

    recall: Interval
    ndcg: Interval
    coverage: float
    long_tail_share: float
    ahead: Interval


@dataclass(frozen=True)
class Evaluation:
    """`systems` by name, "merx" first; all saw nothing from `cutoff` on."""

    cutoff: str
    shoppers: int
    candidate_recall: float
    systems: Mapping[str, System]

    @classmethod
    def read(cls, folder: Path) -> "Evaluation":
        stored = json.loads((folder / EVALUATION).read_text())
        systems = {name: _system(each) for name, each in stored.pop("systems").items()}
        return cls(**stored, systems=systems)


@dataclass(frozen=True)
class Question:
    """Who is asked about, and what they bought: everything, in the index or not."""

    profiles: tuple[str, ...]
    bought: tuple[frozenset[str], ...]


def run(
    folders: Folders,
    out: Path,
    *,
    profile: str = "quick",
    champion: Mapping[str, Sequence[str]] | None = None,
    progress: Progress = lambda _: None,
) -> Evaluation:
    """Reads clean, candidates, lists and rankers; writes evaluation.json into `out`.

    `champion` is its list for each shopper, where there is one.
    """
    chosen = profile_named(profile)
    shop = read_shop(folders.clean / INTERACTIONS, folders.clean / CATALOGUE)
    plan = plan_of(folders.clean, chosen)
    held_out, index = RankingSet.load(folders.lists / "held_out"), ProductIndex.load(folders.candidates / "index")
    question = ask(shop, plan, held_out.profiles)
    progress("merx")
    made = {"merx": merx_lists(held_out, index, folders.rankers / best_of(folders.rankers) / "ranker.onnx")}
    progress("baselines")
    simple = Baselines(shop, plan.held_out.timestamp())
    made["popular"] = [simple.popular(K)] * len(question.profiles)
    made["repeat"] = simple.repeat(question.profiles, K)
    made["neighbours"] = simple.neighbours(index, question.profiles, chosen)
    if champion is not None:
        made["champion"] = [list(champion[each]) for each in question.profiles]
    found = compare(made, question, sales(shop, plan.held_out))
    evaluation = Evaluation(plan.held_out.isoformat(), len(question.profiles), candidate_recall(held_out), found)
    out.mkdir(parents=True, exist_ok=True)
    (out / EVALUATION).write_text(json.dumps(asdict(evaluation), indent=1))
    return evaluation


def ask(shop: ShopArrays, plan: Plan, profiles: Sequence[str]) -> Question:
    """What `profiles` bought in the held-out week."""
    part = shop.purchases.between(plan.held_out.timestamp(), plan.end.timestamp())
    bought: dict[str, set[str]] = {}
    for shopper, product in zip(shop.profile_ids[part.shopper], shop.product_ids[part.product], strict=True):
        bought.setdefault(str(shopper), set()).add(str(product))
    return Question(tuple(profiles), tuple(frozenset(bought[each]) for each in profiles))


def merx_lists(held_out: RankingSet, index: ProductIndex, graph: Path) -> list[list[str]]:
    """The best candidates of every list, scored by the graph list by list, as the service does."""
    ranker = OnnxRanker(graph)
    rows = held_out.rows
    bounds = np.searchsorted(rows.group, np.arange(len(held_out.profiles) + 1))
    parts = []
    for group, (start, stop) in enumerate(itertools.pairwise(bounds.tolist())):
        history = rows.histories[group]
        parts.append(ranker.score(rows.features[start:stop], history[history >= 0], rows.candidates[start:stop]))
    scores = np.concatenate(parts)
    return [[str(each) for each in index.products(best)] for best in top_rows(held_out, scores, K)]


def compare(
    made: Mapping[str, Sequence[Sequence[str]]], question: Question, sold: Mapping[str, int]
) -> dict[str, System]:
    """Every system on the same shoppers, with intervals."""
    scores: dict[str, Scores] = {name: score_lists(lists, question.bought, K) for name, lists in made.items()}
    ours = scores["merx"].ndcg
    return {
        name: System(
            recall=interval(found.recall),
            ndcg=interval(found.ndcg),
            coverage=coverage(made[name], len(sold), K),
            long_tail_share=long_tail_share(made[name], sold, K),
            ahead=difference(ours, found.ndcg),
        )
        for name, found in scores.items()
    }


def sales(shop: ShopArrays, until: datetime, days: float = 365.0) -> dict[str, int]:
    """Orders with each product that was sold in the `days` before `until`."""
    counts = sales_before(shop.purchases, until.timestamp(), len(shop.product_ids), days=days)
    return {str(shop.product_ids[row]): int(counts[row]) for row in np.flatnonzero(counts).tolist()}


def candidate_recall(held_out: RankingSet) -> float:
    """Share of what shoppers bought, of the index, that is among their candidates: no ranker can do better."""
    rows = held_out.rows
    hits = np.bincount(rows.group, weights=rows.labels, minlength=len(held_out.profiles))
    sizes = np.array([len(bought) for bought in held_out.bought])
    return float((hits[sizes > 0] / sizes[sizes > 0]).mean())


def _system(stored: dict[str, object]) -> System:
    values = {name: Interval(**value) if isinstance(value, dict) else value for name, value in stored.items()}
    return System(**values)  # type: ignore[arg-type]
