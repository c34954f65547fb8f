"""The use cases: a list for a shopper, products like a product, an order for given products, the parts of a score."""

from merx_recommendation.service.recommender import Options, Recommender

__all__ = ["Options", "Recommender"]
