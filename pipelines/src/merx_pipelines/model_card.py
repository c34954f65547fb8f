"""The model card: what the model is, what it was made from and how well it did, in one page."""

from collections.abc import Mapping
from typing import Any

from merx_models.bundle import Manifest
from merx_pipelines.steps.evaluate import Evaluation, System

CARD = """# Model card: recommendation

**What it does.** Draws up and ranks products for a shopper, a product page or a cart. Ranker: {ranker}. Candidates:
repeat purchases, item neighbours, sequence model, content, popularity, and exploration of new products.

**Made from.** Events of {start} to {end}; profile `{profile}`, seed {seed}; features `{service}` (`{hash}`),
merx-core {core}.

**Evaluated** on the {shoppers:,} shoppers who bought in the week after {cutoff}. All of it was fitted on what
happened before; candidate models on what happened before the ranker's first training week. What serves was fitted
anew on all data with the same recipe, so its own figures cannot be measured before it serves. The lists are
those of the ranker: the service re-ranks them for variety and long-tail exposure. {candidate_recall:.1%} of what was
bought was among the candidates.

| | NDCG@10 (95 %) | Recall@10 (95 %) | coverage | long tail | NDCG of Merx ahead by |
|---|---|---|---|---|---|
{rows}

**Rankers on the validation week** (NDCG@10; the best serves): {rankers}.

**Limits.** Trained on purchases: what a shopper would like but never bought shows only through neighbours, content and
exploration. Shoppers without history get segment favourites. Propensities are exact for explored products alone.
"""


def model_card(manifest: Manifest, evaluation: Evaluation, comparison: Mapping[str, Any]) -> str:
    """Markdown."""
    return CARD.format(
        ranker=manifest.ranker_model,
        start=f"{manifest.window_start:%Y-%m-%d}",
        end=f"{manifest.window_end:%Y-%m-%d %H:%M} UTC",
        profile=manifest.settings.get("profile"),
        seed=manifest.settings.get("seed"),
        service=manifest.feature_service,
        hash=manifest.feature_service_hash[:12],
        core=manifest.core_version,
        shoppers=evaluation.shoppers,
        cutoff=evaluation.cutoff,
        candidate_recall=evaluation.candidate_recall,
        rows="\n".join(_row(name, system) for name, system in evaluation.systems.items()),
        rankers=", ".join(f"{each['name']} {each['ndcg']:.4f}" for each in comparison["rankers"]),
    )


def _row(name: str, system: System) -> str:
    ndcg, recall, ahead = system.ndcg, system.recall, system.ahead
    cells = (
        name,
        f"{ndcg.mean:.4f} ({ndcg.low:.4f} to {ndcg.high:.4f})",
        f"{recall.mean:.4f} ({recall.low:.4f} to {recall.high:.4f})",
        f"{system.coverage:.1%}",
        f"{system.long_tail_share:.1%}",
        f"{ahead.mean:+.4f} ({ahead.low:+.4f} to {ahead.high:+.4f})",
    )
    return f"| {' | '.join(cells)} |"
