"""What a run came to, as tables on the console."""

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from merx_kit.registry import ModelVersion

CATEGORIES = 15


def print_results(outputs: Path) -> bool:
    """Prints the evaluation of the run in `outputs`; False, with the reasons, where the gate refused the model."""
    from merx_pipelines.steps.evaluate import EVALUATION, Evaluation
    from merx_pipelines.steps.gate import judge

    console = Console()
    evaluation = Evaluation.read(next(outputs.rglob(EVALUATION)).parent)
    table = Table(title=f"{evaluation.shoppers:,} shoppers in the week after {evaluation.cutoff[:10]}")
    for column in ("", "NDCG@10", "95 %", "Recall@10", "coverage", "long tail"):
        table.add_column(column, justify="left" if not column else "right")
    for name, system in evaluation.systems.items():
        table.add_row(
            name,
            f"{system.ndcg.mean:.4f}",
            f"{system.ndcg.low:.4f} to {system.ndcg.high:.4f}",
            f"{system.recall.mean:.4f}",
            f"{system.coverage:.1%}",
            f"{system.long_tail_share:.1%}",
        )
    console.print(table)
    verdict = judge(evaluation)
    for reason in verdict.reasons:
        console.print(f"[red]Not registered: {reason}")
    return verdict.passed


def print_check(outputs: Path) -> bool:
    """Prints what the check of the index in `outputs` found; False, with the reasons, where it refused it."""
    from merx_pipelines.steps.check_index import VERDICT, IndexVerdict

    console = Console()
    verdict = IndexVerdict.read(next(outputs.rglob(VERDICT)).parent)
    console.print(
        f"{verdict.products:,} products indexed, {verdict.pictured:,} of them by their pictures; found by their own "
        f"title {verdict.found:.1%}, vector recall at 10 {verdict.recall:.3f}, own picture found {verdict.looks:.1%}"
    )
    for reason in verdict.reasons:
        console.print(f"[red]Not registered: {reason}")
    return verdict.passed


def print_elasticities(outputs: Path) -> bool:
    """Prints the elasticities of the largest categories; False, with the reasons, where the checks refused them."""
    from merx_models.elasticity import Elasticities
    from merx_models.elasticity.model import FILE
    from merx_pipelines.steps.judge_elasticity import VERDICT, ElasticityVerdict

    console = Console()
    fitted = Elasticities.load(next(outputs.rglob(FILE)).parent)
    verdict = ElasticityVerdict.read(next(outputs.rglob(VERDICT)).parent)
    table = Table(title="Units for 1 % price, by category; its products lie within the interval")
    for column in ("category", "products", "elasticity", "95 %"):
        table.add_column(column, justify="left" if column == "category" else "right")
    for name, products in fitted.categories()[:CATEGORIES]:
        told = fitted.of_category(name)
        table.add_row(name or "(none)", f"{products:,}", f"{told.mean:.2f} %", f"{told.low:.2f} to {told.high:.2f}")
    console.print(table)
    console.print(
        f"{verdict.products:,} products, {verdict.estimated:,} with an estimate of their own, of which "
        f"{verdict.wrong_sign:,} lie above zero before they lean on their category, {verdict.wrong_sign_served:,} after"
    )
    for reason in verdict.reasons:
        console.print(f"[red]Not registered: {reason}")
    return verdict.passed


def print_versions(versions: Sequence[ModelVersion]) -> None:
    """One line per version."""
    table = Table()
    for column in ("version", "alias", "ranker", "NDCG@10", "data until", "run"):
        table.add_column(column)
    for version in versions:
        tags = version.tags
        cells = (
            tags.get("ranker", ""),
            tags.get("ndcg_at_10", ""),
            tags.get("window_end", "")[:16],
            version.run_id[:8],
        )
        table.add_row(version.label, ", ".join(version.aliases), *cells)
    Console().print(table)
