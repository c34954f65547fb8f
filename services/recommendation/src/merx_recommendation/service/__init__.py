"""The use cases: a list for a shopper, products like a product, an order for given products, the parts of a score, and
lists that move.
"""

from merx_recommendation.service.live import LiveLists, LiveOptions
from merx_recommendation.service.recommender import Options, Recommender

__all__ = ["LiveLists", "LiveOptions", "Options", "Recommender"]
