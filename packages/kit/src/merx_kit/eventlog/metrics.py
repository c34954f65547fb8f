"""Every metric that the event log owns."""

from merx_kit.metrics import counter, gauge

EXPOSURES_WRITTEN = counter("exposures_written", "Exposures committed to the event log")
EXPOSURES_LOST = counter("exposures_lost", "Exposures that never reached the event log", ["reason"])
EXPOSURES_WAITING = gauge("exposures_waiting", "Exposures waiting to be written to the event log")
TAIL_RECORDS = counter("log_tail_records", "Records that a tail of the log has delivered", ["tail"])
TAIL_BEHIND = gauge(
    "log_tail_behind_seconds", "Since when a tail of the log has more to read, 0 where it has all", ["tail"]
)
