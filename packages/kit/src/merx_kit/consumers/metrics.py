"""Every metric that consumers own; the label is the consumer's name."""

from merx_kit.metrics import counter, gauge

_BY = ("consumer",)
RECORDS = counter("consumer_records", "Records that a consumer has taken in, those of other types not counted", _BY)
BATCHES = counter("consumer_batches", "Batches that a consumer has applied", _BY)
ERRORS = counter("consumer_errors", "Times that a consumer had to stop and take up its stored state", (*_BY, "reason"))
LAG_RECORDS = gauge("consumer_lag_records", "Offsets between a consumer and the head of the log", _BY)
LAG_SECONDS = gauge("consumer_lag_seconds", "How long ago the record was written that a consumer took in last", _BY)
POISON = gauge("consumer_poison_records", "Records that a consumer has set aside because it cannot take them in", _BY)
OFFSET = gauge("consumer_offset", "Offset up to which a consumer's effect is stored", _BY)
ACTIVE = gauge("consumer_active", "1 in the process that runs a consumer, 0 in those that stand by", _BY)
