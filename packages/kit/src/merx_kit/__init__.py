"""What every Merx service needs as a process, and its clients for the log, the feature store and the registry."""
