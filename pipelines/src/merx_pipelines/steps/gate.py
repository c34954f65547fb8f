"""May the model be registered: never below the neighbours, never below the champion beyond noise."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from merx_pipelines.steps.evaluate import Evaluation

GATE = "gate.json"
FEW_SHOPPERS = 100


@dataclass(frozen=True)
class Verdict:
    """`reasons` say what speaks against it; empty where it passed."""

    passed: bool
    reasons: tuple[str, ...]


def judge(evaluation: Evaluation) -> Verdict:
    """Mean NDCG must not lie below the neighbours'; the champion is only ahead where the whole interval says so.

    A week of few shoppers says nothing by its mean: there the neighbours, too, must be ahead beyond noise.
    """
    systems = evaluation.systems
    merx, neighbours, champion = systems["merx"], systems["neighbours"], systems.get("champion")
    reasons = []
    few = evaluation.shoppers < FEW_SHOPPERS
    if neighbours.ahead.high < 0 or (merx.ndcg.mean < neighbours.ndcg.mean and not few):
        reasons.append(f"NDCG@10 {merx.ndcg.mean:.4f} is below the neighbours' {neighbours.ndcg.mean:.4f}")
    if champion is not None and champion.ahead.high < 0:
        reasons.append(f"NDCG@10 is below the champion's by {-champion.ahead.mean:.4f}, more than noise explains")
    return Verdict(not reasons, tuple(reasons))


def run(evaluation: Path, out: Path) -> Verdict:
    """Writes gate.json into `out`."""
    verdict = judge(Evaluation.read(evaluation))
    out.mkdir(parents=True, exist_ok=True)
    (out / GATE).write_text(json.dumps(asdict(verdict), indent=1))
    return verdict
