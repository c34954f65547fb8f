"""Checks, imports, trains where nothing serves yet, then starts everything and says what to try."""

import json
import threading
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from rich.console import Console

from merx_kit.importers import CleaningReport
from merx_kit.registry import CHAMPION, ModelMissing, RegistryUnavailable
from merx_kit.settings import SettingsError
from merx_pipelines.embedded.announce import announce
from merx_pipelines.embedded.beside import Beside
from merx_pipelines.embedded.preflight import NotReadyError, check_folder, check_ports, check_shop
from merx_pipelines.embedded.processes import (
    ServedProcess,
    console_page,
    live_page,
    ports,
    processes,
    share_processors,
    supervise,
)
from merx_pipelines.embedded.settings import EmbeddedSettings
from merx_pipelines.registry_access import model_registry
from merx_pipelines.runs import RunFailed, find_repository, train
from merx_pipelines.sources import ImportRefused, bring_in, start_empty

MODEL: Final = "recommendation"
INDEX: Final = "search"
PRICES: Final = "pricing"
COMMANDS: Final = {INDEX: "index", PRICES: "prices"}
REFUSED: Final = 2
"""The exit status of a run whose check refused what it made."""
NOBODY: Final = "somebody-new"
SAMPLE: Final = 2_000
"""Events that are looked at for a product to price."""
LAST_LINE: Final = "Ctrl-C stops everything."
REFUSALS: Final = (NotReadyError, ImportRefused, RunFailed, RegistryUnavailable, SettingsError)
"""What `up` raises, each with one sentence for the person who typed the command."""


def up(shop: Path | None, console: Console, *, empty: bool = False) -> int:
    """Runs until Ctrl-C or until a process ends; returns the exit status. Raises one of REFUSALS.

    `empty` starts without data: everything comes through intake.
    """
    settings = EmbeddedSettings.load()
    check_folder(settings.home)
    check_ports(ports(settings), settings.host)
    if shop is not None:
        check_shop(shop)
    share_processors()
    if empty:
        prepare_empty(settings)
    else:
        prepare(settings, shop, console)
    shopper = a_shopper(settings)
    running = processes(settings, shopper, a_product(settings))
    served = [process for process in running if isinstance(process, ServedProcess)]

    def watch(stopped: threading.Event) -> None:
        announce(served, stopped, timeout_s=settings.ready_timeout_s, console=console)
        if not stopped.is_set():
            console.print(f"Lists that move with the shopper: {live_page(settings, shopper)}", soft_wrap=True)
            if settings.search:
                console.print(f"Search, by words and by a picture: {console_page(settings)}", soft_wrap=True)
            console.print(LAST_LINE)

    return supervise(running, watch)


def prepare(settings: EmbeddedSettings, shop: Path | None, console: Console) -> None:
    """Brings the records in, and trains when there are new ones or when no model was promoted yet.

    A model that the gate refuses leaves the one before, or none: the service then answers with what is popular.
    """
    report = bring_in(settings, shop)
    if report is not None:
        console.print(summary(report, settings.home), highlight=False)
    grown = report is not None and report.appended > 0
    # All are asked for first: that makes MLflow's tables, which two runs at once should find.
    lacking = {name for name in (MODEL, INDEX, PRICES) if not has_champion(settings, name) or grown}
    wanted = {INDEX: settings.search, PRICES: settings.pricing}
    with Beside(settings, [COMMANDS[name] for name, on in wanted.items() if on and name in lacking]) as beside:
        if MODEL in lacking and not train(settings, featured=beside.start):
            console.print("The new model was not promoted; lists come from the one before, or from what is popular.")
        statuses = beside.finish(console)
    tell(statuses, console)


def tell(statuses: Mapping[str, int], console: Console) -> None:
    """What became of the runs beside the training. Raises RunFailed where there is no index."""
    index, prices = statuses.get(COMMANDS[INDEX], 0), statuses.get(COMMANDS[PRICES], 0)
    if index not in {0, REFUSED}:
        raise RunFailed("the search index was not built, for the reason above")
    if index:
        console.print("The new index was not promoted; search goes on with the one before, kept up with the log.")
    if prices == REFUSED:
        console.print("Not all that was learned of prices was promoted; pricing goes on with what was before.")
    elif prices:
        # What cannot be learned of a small shop stops nothing.
        console.print("Prices were not learned, for the reason above; they stay as they are.")


def prepare_empty(settings: EmbeddedSettings) -> None:
    """Tables and declarations, and no record: what intake is sent is all that there will be."""
    from merx_kit.eventlog import migrate
    from merx_kit.features import apply, open_store

    start_empty(settings)
    migrate(settings.database_url)
    apply(open_store(settings), find_repository(Path.cwd()))
    has_champion(settings, MODEL)  # makes MLflow's tables, which its server and the services would make at once


def summary(report: CleaningReport, home: Path) -> str:
    """What was read and dropped in one line, and where the reasons and examples are."""
    drops = ", ".join(f"{count:,} {rule}" for rule, count in sorted(report.dropped.items())) or "none"
    where = home / "reports" / "import" / "cleaning_report.txt"
    return f"{report.rows_in:,} rows in, {report.rows_out:,} out; dropped: {drops}. Why: {where}"


def has_champion(settings: EmbeddedSettings, name: str) -> bool:
    """Whether a promoted model of this name is there to be served."""
    try:
        model_registry(settings).resolve(name, CHAMPION)
    except ModelMissing:
        return False
    return True


def a_product(settings: EmbeddedSettings) -> str:
    """A product that was bought, and so may have a curve; a name that none has, where the log knows no purchase."""
    from merx_core.events import RecordType
    from merx_kit.eventlog import EventLog

    with EventLog(settings.database_url) as log:
        columns = log.read_columns(0, SAMPLE, [RecordType.EVENT])
    bought = Counter(line["product_id"] for event in map(json.loads, columns.data) for line in event.get("lines", ()))
    return max(bought, key=lambda name: (bought[name], name)) if bought else NOBODY


def a_shopper(settings: EmbeddedSettings) -> str:
    """A customer of the data, for the example request; a name that nobody has, where the log knows none."""
    from merx_core.events import RecordType
    from merx_kit.eventlog import EventLog

    with EventLog(settings.database_url) as log:
        records = log.read(0, 1, [RecordType.EVENT])
    return records[0].record.subject or NOBODY if records else NOBODY
