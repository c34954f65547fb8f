"""The ledger to read: text, JSON, CSV, a page, or series for Prometheus (textfile collector, Pushgateway)."""

import csv
import html
import io
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

from prometheus_client import CollectorRegistry, Gauge, generate_latest

from merx_kit.energy.ledger import Ledger

ROW_COLUMNS = (
    *("namespace", "service", "model_version", "arm", "calls", "joules", "gpu_joules", "cpu_joules", "basis"),
    *("joules_per_1000_calls", "grams_co2e", "grams_per_1000_calls"),
)
SERVICE_COLUMNS = (
    *("namespace", "service", "calls", "joules", "idle_joules", "estimated_joules", "joules_per_1000_calls"),
    *("grams_co2e", "grams_per_1000_calls", "gpu_hours", "requests_within_slo", "gpu_hours_per_million_within_slo"),
    *("euro", "euro_per_million_within_slo"),
)
Table = Sequence[Sequence[object]]


def cells(items: Sequence[object], columns: Sequence[str]) -> Table:
    return [[getattr(item, column) for column in columns] for item in items]


def assumptions(ledger: Ledger) -> dict[str, object]:
    """What the figures rest on."""
    settings = ledger.settings
    return {
        "from": datetime.fromtimestamp(ledger.start, UTC).isoformat(),
        "to": datetime.fromtimestamp(ledger.end, UTC).isoformat(),
        "slot_seconds": ledger.step_s,
        "watts_per_core_where_estimated": settings.watts_per_core,
        "grams_co2e_per_kwh": settings.grams_per_kwh,
        "pue": settings.pue,
        "euro_per_gpu_hour": settings.euro_per_gpu_hour,
    }


def as_json(ledger: Ledger) -> str:
    document = {
        "assumptions": assumptions(ledger),
        "rows": [dict(zip(ROW_COLUMNS, row, strict=True)) for row in cells(ledger.rows, ROW_COLUMNS)],
        "services": [dict(zip(SERVICE_COLUMNS, row, strict=True)) for row in cells(ledger.services, SERVICE_COLUMNS)],
    }
    return json.dumps(document, indent=2) + "\n"


def as_csv(ledger: Ledger) -> str:
    """The rows alone."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(ROW_COLUMNS)
    writer.writerows(cells(ledger.rows, ROW_COLUMNS))
    return out.getvalue()


def as_text(ledger: Ledger) -> str:
    told = "\n".join(f"{name}: {value}" for name, value in assumptions(ledger).items() if value is not None)
    return "\n\n".join((_aligned(ledger.rows, ROW_COLUMNS), _aligned(ledger.services, SERVICE_COLUMNS), told)) + "\n"


def as_html(ledger: Ledger) -> str:
    """One page without anything from elsewhere."""
    told = "".join(f"<li>{_safe(name)}: {_safe(_short(value))}</li>" for name, value in assumptions(ledger).items())
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Energy ledger</title>'
        "<style>body{font:14px sans-serif}td,th{padding:.2em .8em;text-align:right}</style>"
        f"<h1>Energy ledger</h1><h2>By model version and arm</h2>{_page(ledger.rows, ROW_COLUMNS)}"
        f"<h2>By service</h2>{_page(ledger.services, SERVICE_COLUMNS)}<h2>Assumptions</h2><ul>{told}</ul></html>\n"
    )


def as_series(ledger: Ledger) -> str:
    """Gauges over the ledger's time; `basis` says what was measured."""
    registry = CollectorRegistry()
    by = ("merx_namespace", "merx_service", "model_version", "arm", "basis")
    names: Mapping[str, tuple[str, str]] = {
        "joules": ("merx_ledger_joules", "Energy at the devices"),
        "grams_co2e": ("merx_ledger_co2e_grams", "CO2e of that energy"),
        "calls": ("merx_ledger_calls", "Calls that it was used for"),
    }
    for field, (name, about) in names.items():
        gauge = Gauge(name, about, by, registry=registry)
        for row in ledger.rows:
            labels = (row.namespace, row.service, row.model_version, row.arm, row.basis)
            gauge.labels(*labels).set(getattr(row, field))
    return generate_latest(registry).decode()


FORMATS: Mapping[str, Callable[[Ledger], str]] = {
    "text": as_text,
    "json": as_json,
    "csv": as_csv,
    "html": as_html,
    "prometheus": as_series,
}


def _short(value: object) -> str:
    if value is None:
        return "-"
    if not isinstance(value, float):
        return str(value)
    return f"{value:,.4g}" if abs(value) < 1e4 else f"{value:,.0f}"


def _aligned(items: Sequence[object], columns: Sequence[str]) -> str:
    table = [list(columns), *([_short(value) for value in row] for row in cells(items, columns))]
    widths = [max(len(row[place]) for row in table) for place in range(len(columns))]
    return "\n".join("  ".join(text.rjust(width) for text, width in zip(row, widths, strict=True)) for row in table)


def _page(items: Sequence[object], columns: Sequence[str]) -> str:
    head = "".join(f"<th>{_safe(column)}</th>" for column in columns)
    body = "".join(
        "<tr>" + "".join(f"<td>{_safe(_short(value))}</td>" for value in row) + "</tr>" for row in cells(items, columns)
    )
    return f"<table><tr>{head}</tr>{body}</table>"


def _safe(text: str) -> str:
    return html.escape(text)
