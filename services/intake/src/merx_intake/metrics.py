"""Every metric that this service owns."""

from merx_kit.metrics import counter, gauge

RECORDS = counter("intake_records", "Records given, by what became of them.", ("kind", "status"))
REFUSED = counter("intake_refused", "Records refused, by the rule that they broke.", ("rule",))
LINES_LEFT_OUT = counter("intake_lines_left_out", "Lines of accepted events that broke a rule.", ("rule",))
LATE = counter("intake_late_events", "Events taken that are older than the settings call on time.")
IMPORTS = counter("intake_imports", "Files imported, by how it ended.", ("state",))
IMPORTS_WAITING = gauge("intake_imports_waiting", "Uploaded files whose import has not ended.")
