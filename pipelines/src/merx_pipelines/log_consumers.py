"""The log's consumers as an operator sees them: how far each is, what it has set aside, and to start one over."""

from datetime import UTC, datetime

from rich.console import Console
from rich.table import Table

from merx_kit import consumers
from merx_kit.eventlog import EventLog
from merx_kit.settings import MerxSettings


class ConsumerUnknown(ValueError):
    """No consumer of that name has ever run, or it cannot be asked for this."""


def show(settings: MerxSettings, console: Console) -> None:
    """One line for each consumer that ever ran, and the first records that each has set aside."""
    with EventLog(settings.database_url) as log:
        standings = consumers.standings(log)
        table = Table()
        for column in ("consumer", "offset", "behind", "stored", "set aside"):
            table.add_column(column, justify="left" if column in {"consumer", "stored"} else "right")
        for found in standings:
            mark = "[red]" if found.poison else ""
            cells = (f"{found.offset:,}", f"{found.behind:,}", _ago(found.updated), f"{mark}{found.poison:,}")
            table.add_row(found.name, *cells)
        console.print(table)
        for found in standings:
            _show_poison(log, found, console)


def _show_poison(log: EventLog, found: consumers.Standing, console: Console) -> None:
    if not found.poison:
        return
    records = consumers.set_aside(log, found.name, limit=20)
    table = Table(title=f"{found.name}: set aside, the first {len(records)} of {found.poison:,}")
    for column in ("offset", "since", "reason"):
        table.add_column(column, justify="right" if column == "offset" else "left", overflow="fold")
    for poison, since in records:
        table.add_row(f"{poison.offset}", _ago(since) if since else "to be tried again", poison.reason)
    console.print(table)


def start_over(settings: MerxSettings, name: str, offset: int) -> None:
    """Makes the consumer read everything beyond `offset` again. Raises ConsumerUnknown."""
    with EventLog(settings.database_url) as log:
        try:
            consumers.replay(log, name, offset)
        except KeyError:
            known = ", ".join(found.name for found in consumers.standings(log)) or "none has run yet"
            raise ConsumerUnknown(f"no consumer {name}; known are: {known}") from None
        except ValueError as error:
            raise ConsumerUnknown(str(error)) from error


def try_again(settings: MerxSettings, name: str) -> int:
    """Asks the consumer to try what it has set aside once more; returns how many records that are."""
    with EventLog(settings.database_url) as log:
        return consumers.retry(log, name)


def _ago(moment: datetime) -> str:
    if moment.timestamp() <= 0:
        return "not yet"
    seconds = max((datetime.now(UTC) - moment).total_seconds(), 0.0)
    for unit, length in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= length:
            return f"{seconds / length:.0f} {unit} ago"
    return f"{seconds:.0f} s ago"
