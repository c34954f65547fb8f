"""Claims of Merx, each measured beside its peers; one module per area, run as `python -m benchmarks.<area>`."""
