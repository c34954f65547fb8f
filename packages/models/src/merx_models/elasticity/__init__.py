"""Price elasticity, causally: a shop's history in, an elasticity with its interval for every product out.

`history` is the table and what is worked out from it; `nuisances` and `estimation` are double machine learning,
cross-fitted over time; `pooling` lets thin products lean on their category; `refutation` checks; `substitutes` are the
prices of others; `model.Elasticities` is what is saved, loaded and asked.
"""

from merx_models.elasticity.estimation import EstimationSettings
from merx_models.elasticity.history import PriceHistory
from merx_models.elasticity.model import Elasticities, Elasticity, ElasticitySettings, prepared
from merx_models.elasticity.nuisances import Folds
from merx_models.elasticity.refutation import Refutation
from merx_models.elasticity.substitutes import Cross, cross_elasticities

__all__ = [
    "Cross",
    "Elasticities",
    "Elasticity",
    "ElasticitySettings",
    "EstimationSettings",
    "Folds",
    "PriceHistory",
    "Refutation",
    "cross_elasticities",
    "prepared",
]
