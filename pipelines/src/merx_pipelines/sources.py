"""Where the records of a state folder come from: the demo's purchases, or one shop's own files; never both."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from merx_kit.settings import MerxSettings

if TYPE_CHECKING:
    from merx_kit.eventlog import EventLog
    from merx_kit.importers import CleaningReport, Progress

SOURCE = "source.json"
DEMO = "the demo"
BY_API = "(sent to intake)"
"""Stands for a folder where the records are those that the shop sends."""


class ImportRefused(ValueError):
    """Nothing was imported, and why, in one sentence."""


@dataclass(frozen=True)
class Source:
    """Whose records the log holds; `shop` is the folder of a shop's own files, empty for the demo.

    `made_up_costs`: the costs are there that the demo's own data lacks; a folder of an older version has none.
    """

    shop: str
    imported: str = ""
    made_up_costs: bool = False

    @property
    def name(self) -> str:
        return self.shop or DEMO


def bring_in(settings: MerxSettings, shop: Path | None) -> "CleaningReport | None":
    """Imports what the event log does not hold yet; None where the demo is there already.

    The report is kept as JSON and text in `<home>/reports/import`. Raises ImportRefused.
    """
    from merx_kit.eventlog import EventLog, EventLogError, migrate
    from merx_kit.importers import ImportFailed

    wanted = Source(str(shop.resolve()) if shop else "")
    _refuse_mixing(settings, wanted)
    known = _known(settings)
    if shop is None and known is not None and known.made_up_costs:
        return None
    settings.home.mkdir(parents=True, exist_ok=True)
    try:
        migrate(settings.database_url)
        with EventLog(settings.database_url) as log, bar(f"import of {wanted.name}") as tell:
            report = _import(log, shop, settings, tell)
    except (ImportFailed, EventLogError) as error:
        raise ImportRefused(str(error)) from error
    report.write(settings.home / "reports" / "import")
    _remember(settings, wanted)
    return report


def start_empty(settings: MerxSettings) -> None:
    """Notes that this state folder holds what is sent to intake, and nothing else. Raises ImportRefused."""
    _refuse_mixing(settings, Source(BY_API))
    settings.home.mkdir(parents=True, exist_ok=True)
    if _known(settings) is None:
        _remember(settings, Source(BY_API))


def _refuse_mixing(settings: MerxSettings, wanted: Source) -> None:
    known = _known(settings)
    if known is not None and known.shop != wanted.shop:
        raise ImportRefused(
            f"{settings.home} holds the records of {known.name}, not of {wanted.name}: "
            "`make reset` empties it, or set MERX_HOME to another folder."
        )


def _import(log: "EventLog", shop: Path | None, settings: MerxSettings, tell: "Progress") -> "CleaningReport":
    from merx_kit.importers import FolderOptions, import_folder
    from merx_kit.importers.completejourney import JourneyOptions, import_completejourney
    from merx_pipelines.made_up_costs import import_made_up_costs

    if shop is None:
        # Purchases of years ago would make every shopper a lapsed one.
        report = import_completejourney(log, JourneyOptions(shift_to=datetime.now(UTC)), progress=tell)
        import_made_up_costs(log, report, progress=tell)
        return report
    return import_folder(log, shop, FolderOptions(currency=settings.currency), progress=tell)


def holds_demo(settings: MerxSettings) -> bool:
    """Whether the log holds the demonstration data."""
    known = _known(settings)
    return known is not None and known.name == DEMO


def _known(settings: MerxSettings) -> Source | None:
    path = settings.home / SOURCE
    return Source(**json.loads(path.read_text())) if path.exists() else None


def _remember(settings: MerxSettings, source: Source) -> None:
    moment = datetime.now(UTC).isoformat(timespec="seconds")
    unfinished = settings.home / f"{SOURCE}.new"
    unfinished.write_text(
        json.dumps(asdict(Source(source.shop, moment, made_up_costs=source.name == DEMO)), indent=1) + "\n"
    )
    unfinished.replace(settings.home / SOURCE)


@contextmanager
def bar(description: str) -> "Iterator[Progress]":
    """A progress bar on the console while the block runs."""
    from rich.console import Console
    from rich.progress import Progress as Bar

    with Bar(console=Console(stderr=True)) as bar:
        task = bar.add_task(description, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
