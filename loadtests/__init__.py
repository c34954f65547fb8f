"""Load on a running service: one shopper's behaviour per scenario, one shape of load per profile."""
