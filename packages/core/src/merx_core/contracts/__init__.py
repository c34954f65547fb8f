"""What crosses the wire between Merx and its callers; load tests and clients need nothing else."""
