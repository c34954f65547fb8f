"""What a run came to, as tables on the console."""

from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

from rich.console import Console
from rich.table import Table

from merx_kit.registry import ModelVersion
from merx_pipelines.verdicts import Verdict

CATEGORIES = 15
Found = TypeVar("Found", bound=Verdict)


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
    return _said(verdict.reasons, console)


def print_check(outputs: Path) -> bool:
    """Prints what the check of the index in `outputs` found; False, with the reasons, where it refused it."""
    from merx_pipelines.steps.check_index import IndexVerdict

    console = Console()
    verdict = _verdict(outputs, IndexVerdict)
    console.print(
        f"{verdict.products:,} products indexed, {verdict.pictured:,} of them by their pictures; found by their own "
        f"title {verdict.found:.1%}, vector recall at 10 {verdict.recall:.3f}, own picture found {verdict.looks:.1%}"
    )
    return _said(verdict.reasons, console)


def print_elasticities(outputs: Path) -> bool:
    """Prints the elasticities of the largest categories; False, with the reasons, where the checks refused them."""
    from merx_models.elasticity import Elasticities
    from merx_models.elasticity.model import FILE
    from merx_pipelines.steps.judge_elasticity import ElasticityVerdict

    console = Console()
    fitted = Elasticities.load(next(outputs.rglob(FILE)).parent)
    verdict = _verdict(outputs, ElasticityVerdict)
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
    return _said(verdict.reasons, console)


def print_forecasts(outputs: Path) -> bool:
    """Prints how far forecasts of the held-out weeks were off, by family; False, with the reasons, where the check
    refused them."""
    from merx_pipelines.held_out import AVERAGE, HELD_OUT, LAST_YEAR, MERX, HeldOut
    from merx_pipelines.steps.judge_demand import DemandVerdict

    console = Console()
    told = HeldOut.read(next(outputs.rglob(HELD_OUT)).parent)
    verdict = _verdict(outputs, DemandVerdict)
    table = Table(title=f"Error over units sold, in the last {told.weeks} weeks, which were held out")
    for column in ("family", "series", MERX, LAST_YEAR, AVERAGE, "in the 80 % interval"):
        table.add_column(column, justify="left" if column == "family" else "right")
    largest = sorted(told.families.items(), key=lambda item: -item[1].units)[:CATEGORIES]
    for name, score in [*largest, ("all", told.whole)]:
        errors = (f"{score.error[method]:.3f}" for method in (MERX, LAST_YEAR, AVERAGE))
        table.add_row(name, f"{score.series:,}", *errors, f"{score.covered:.1%}")
    console.print(table)
    console.print(f"{verdict.series:,} series (product and channel) are forecast {told.weeks} weeks ahead")
    if told.daily is not None:
        days = ", ".join(f"{name} {loss:.3f}" for name, loss in told.daily.pinball.items())
        console.print(f"By day the {told.daily.chosen} serves; pinball loss on {told.daily.days} held-out days: {days}")
    for name, others in told.peers.items():
        losses = ", ".join(f"{method} {loss:.4f}" for method, loss in others.pinball.items())
        console.print(f"Other products, by {name}: pinball loss in {others.weeks:,} held-out weeks: {losses}")
    return _said(verdict.reasons, console)


def print_policies(outputs: Path) -> bool:
    """Prints what each policy earned in simulated seasons; False, with the reasons, where the check refused the one
    that was chosen."""
    from merx_pipelines.price_choice import TRIALS, Trials
    from merx_pipelines.steps.judge_policy import PolicyVerdict

    console = Console()
    trials, verdict = Trials.read(next(outputs.rglob(TRIALS)).parent), _verdict(outputs, PolicyVerdict)
    table = Table(title=f"Profit over the fixed rule's, in {trials.seasons:,} simulated seasons")
    for column in ("policy", "mean", "95 %", "in its worst world at least"):
        table.add_column(column, justify="left" if column == "policy" else "right")
    for name, told in sorted(trials.policies.items(), key=lambda item: -item[1].worst):
        mean, low, high = told.over_fixed
        table.add_row(name, f"{mean:+.1%}", f"{low:+.1%} to {high:+.1%}", f"{told.worst:+.1%}")
    console.print(table)
    console.print(
        f"The {trials.chosen} prices {verdict.products:,} products; {verdict.broken} of {verdict.prices:,} simulated "
        "prices broke a guard-rail"
    )
    return _said(verdict.reasons, console)


def _verdict(outputs: Path, kind: type[Found]) -> Found:
    return kind.read(next(outputs.rglob(kind.file)).parent)


def _said(reasons: Sequence[str], console: Console) -> bool:
    """Prints what speaks against a model; whether nothing does."""
    for reason in reasons:
        console.print(f"[red]Not registered: {reason}")
    return not reasons


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
