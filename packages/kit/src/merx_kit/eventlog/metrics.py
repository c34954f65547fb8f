"""Every metric that the event log owns."""

from merx_kit.metrics import counter, gauge, histogram

RECORDS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000)

EXPOSURES_WRITTEN = counter("exposures_written", "Exposures committed to the event log")
EXPOSURES_LOST = counter("exposures_lost", "Exposures that never reached the event log", ["reason"])
EXPOSURES_BY_MODEL = counter(
    "exposures_by_model", "Exposures that the writer took up, by what made the answer", ["model_version", "arm"]
)
EXPOSURES_WAITING = gauge("exposures_waiting", "Exposures waiting to be written to the event log")
TAIL_RECORDS = counter("log_tail_records", "Records that a tail of the log has delivered", ["tail"])
TAIL_BEHIND = gauge(
    "log_tail_behind_seconds", "Since when a tail of the log has more to read, 0 where it has all", ["tail"]
)
TAIL_WENT_BACK = counter(
    "log_tail_went_back", "Times that a tail found the log to end before what it had read, and began anew", ["tail"]
)
COMMIT_RECORDS = histogram("log_commit_records", "Records in one commit of the event log", buckets=RECORDS)
COMMIT_SECONDS = histogram("log_commit_duration_seconds", "One commit of the event log, with what leads to it")
COMMITS_WAITING = gauge("log_commit_waiting", "Records that wait for a commit")
