"""Contains all the data models used in inputs/outputs"""

from .audit_page import AuditPage
from .audited_quote import AuditedQuote
from .channel import Channel
from .elasticity_response import ElasticityResponse
from .explanation import Explanation
from .explanation_contributions import ExplanationContributions
from .forecast_period import ForecastPeriod
from .forecast_response import ForecastResponse
from .forecast_step import ForecastStep
from .interval import Interval
from .lead import Lead
from .line_error import LineError
from .markdown import Markdown
from .mode import Mode
from .money import Money
from .price_bound import PriceBound
from .quote import Quote
from .quote_line import QuoteLine
from .quote_request import QuoteRequest
from .quote_response import QuoteResponse
from .replenish_line import ReplenishLine
from .replenish_request import ReplenishRequest
from .replenish_response import ReplenishResponse
from .replenishment import Replenishment
from .simulate_request import SimulateRequest
from .simulate_response import SimulateResponse
from .simulated_price import SimulatedPrice
from .substitute import Substitute
from .surplus import Surplus

__all__ = (
    "AuditedQuote",
    "AuditPage",
    "Channel",
    "ElasticityResponse",
    "Explanation",
    "ExplanationContributions",
    "ForecastPeriod",
    "ForecastResponse",
    "ForecastStep",
    "Interval",
    "Lead",
    "LineError",
    "Markdown",
    "Mode",
    "Money",
    "PriceBound",
    "Quote",
    "QuoteLine",
    "QuoteRequest",
    "QuoteResponse",
    "ReplenishLine",
    "Replenishment",
    "ReplenishRequest",
    "ReplenishResponse",
    "SimulatedPrice",
    "SimulateRequest",
    "SimulateResponse",
    "Substitute",
    "Surplus",
)
