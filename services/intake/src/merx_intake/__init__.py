"""The shop's one door: events, products, stock, costs and rivals' prices, durable once acknowledged."""

__version__ = "0.1.0"
