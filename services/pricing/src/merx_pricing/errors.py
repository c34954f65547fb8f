"""Refusals of this service's own."""

from merx_kit.errors import Conflict, NotFound, Unavailable, ValidationFailed


class UnknownProduct(NotFound):
    code = "unknown_product"
    title = "The shop has no such product"


class DemandUnknown(Conflict):
    """Nothing was learned of the product's demand, or its price is not known."""

    code = "demand_unknown"
    title = "The product's demand is not known"


class NoForecast(NotFound):
    code = "no_forecast"
    title = "Demand was not forecast so, or not in this channel"


class StockUnknown(Conflict):
    code = "stock_unknown"
    title = "The product's stock is not known"


class SupplyRefused(ValidationFailed):
    """Lead times, costs or packs that make no sense together."""

    code = "supply_refused"
    title = "The terms of supply make no sense"


class ModelNotReady(Unavailable):
    code = "model_unavailable"
    title = "No model is in service yet"


class AuditUnavailable(Unavailable):
    """A price that cannot be written down is not given."""

    code = "audit_unavailable"
    title = "The audit of prices cannot be written or read"


class TooManyExplanations(ValidationFailed):
    code = "too_many_explanations"
    title = "Explanations are given for ten lines at the most"


class PriceRefused(DemandUnknown):
    """The last look found a rule broken, by the decision and by the present price alike."""

    code = "no_allowed_price"
    title = "No price keeps the guard-rails"
