"""How much to order and when, what will not sell, and how to sell it: from quantile forecasts, costs and lead times."""
