"""Every metric that this service owns."""

from functools import cache

from prometheus_client import Counter

from merx_kit.metrics import counter, gauge

RECORDS = counter("intake_records", "Records given, by what became of them.", ("kind", "status"))
REFUSED = counter("intake_refused", "Records refused, by the rule that they broke.", ("rule",))
LINES_LEFT_OUT = counter("intake_lines_left_out", "Lines of accepted events that broke a rule.", ("rule",))
LATE = counter("intake_late_events", "Events taken that are older than the settings call on time.")
IMPORTS = counter("intake_imports", "Files imported, by how it ended.", ("state",))
IMPORTS_WAITING = gauge("intake_imports_waiting", "Uploaded files whose import has not ended.")


@cache
def records(kind: str, status: str) -> Counter:
    """The counter of one kind and status, looked up once."""
    return RECORDS.labels(kind, status)
