"""Every metric that the event log owns."""

from merx_kit.metrics import counter, gauge

EXPOSURES_WRITTEN = counter("exposures_written", "Exposures committed to the event log")
EXPOSURES_LOST = counter("exposures_lost", "Exposures that never reached the event log", ["reason"])
EXPOSURES_WAITING = gauge("exposures_waiting", "Exposures waiting to be written to the event log")
