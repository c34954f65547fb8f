"""The outside: the index and the log that it follows, encoders, the picture decoder."""
