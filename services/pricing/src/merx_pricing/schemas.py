"""Between the wire and the domain; the shapes themselves are merx_core.contracts."""

from collections.abc import Iterable
from datetime import datetime

from merx_core.contracts.pricing import (
    ElasticityResponse,
    Explanation,
    ForecastPeriod,
    ForecastResponse,
    ForecastStep,
    Interval,
    LineError,
    Markdown,
    Mode,
    PriceBound,
    Quote,
    QuoteRequest,
    QuoteResponse,
    Replenishment,
    ReplenishResponse,
    SimulatedPrice,
    SimulateResponse,
    Substitute,
    Surplus,
)
from merx_core.events import Channel
from merx_core.ids import profile_of
from merx_core.money import Money
from merx_models.demand.forecast_table import ProductForecast
from merx_models.demand.quantiles import LEVELS
from merx_models.elasticity import Cross, Elasticity
from merx_models.guardrails import Bound
from merx_models.pricing.explanation import METHOD, PriceExplanation
from merx_models.stock.clearance import Clearance
from merx_models.stock.dead_stock import Finding
from merx_pricing.domain import Answer, Asked, Curve, Doubles, Failed, Given, Line, Planned

_LEVELS = tuple(round(float(level), 3) for level in LEVELS)


def asked_of(wire: QuoteRequest, request_id: str) -> Asked:
    lines = tuple(
        Line(product_id=line.product_id, announce=line.announce, offer_bp=line.offer_bp) for line in wire.lines
    )
    profile_id = profile_of(wire.customer_id, wire.anonymous_id)
    return Asked(request_id=request_id, lines=lines, profile_id=profile_id, explain=wire.explain)


def quote_response(
    answer: Answer, valid_until: datetime, *, about: tuple[str, str, str, Mode], degraded: tuple[str, ...]
) -> QuoteResponse:
    """`about` are the request's id, the versions of model and rules, and the mode."""
    request_id, model, rules, mode = about
    return QuoteResponse(
        request_id=request_id,
        model_version=model,
        rules_version=rules,
        mode=mode,
        quotes=tuple(_quote(given, valid_until) for given in answer.given),
        errors=errors_of(answer.failed),
        degraded=degraded,
    )


def _quote(given: Given, valid_until: datetime) -> Quote:
    decision, settled = given.decision, given.decision.settled
    named = given.applied and settled.announced
    told = decision.proposal.explanation
    return Quote(
        product_id=decision.context.product_id,
        price=given.price,
        current=Money(decision.context.current, settled.currency),
        decided=settled.money,
        applied=given.applied,
        valid_until=valid_until,
        decision_id=decision.id,
        low=_bound(settled.bounds.low),
        high=_bound(settled.bounds.high),
        reasons=decision.reasons,
        proposal=decision.proposal.value,
        offer_bp=given.offer_bp,
        announced=named,
        prior=Money(settled.prior, settled.currency) if named and settled.prior is not None else None,
        explanation=None if told is None else _explanation(told),
    )


def _bound(bound: Bound) -> PriceBound:
    return PriceBound(bound.price, bound.reason)


def _explanation(told: PriceExplanation) -> Explanation:
    return Explanation(METHOD, told.base, dict(told.contributions))


def errors_of(failed: Iterable[Failed]) -> tuple[LineError, ...]:
    return tuple(
        LineError(one.product_id, one.error.code, one.error.detail or one.error.title, f"/lines/{one.place}")
        for one in failed
    )


def simulate_response(product_id: str, curve: Curve, request_id: str, degraded: tuple[str, ...]) -> SimulateResponse:
    found = tuple(
        SimulatedPrice(
            price=price,
            units=_interval(curve.units[:, place]),
            revenue=_interval(curve.revenue[:, place]),
            profit=None if curve.profit is None else _interval(curve.profit[:, place]),
            allowed=price in curve.allowed,
        )
        for place, price in enumerate(curve.prices)
    )
    return SimulateResponse(
        request_id=request_id,
        model_version=curve.version,
        product_id=product_id,
        currency=curve.currency,
        current=curve.current,
        curve=found,
        degraded=degraded,
    )


def _interval(values: Doubles) -> Interval:
    mean, low, high = values.tolist()
    return Interval(mean, low, high)


def elasticity_response(
    product_id: str, found: tuple[str, Elasticity, list[Cross]], request_id: str, degraded: tuple[str, ...]
) -> ElasticityResponse:
    version, elasticity, crosses = found
    return ElasticityResponse(
        request_id=request_id,
        model_version=version,
        product_id=product_id,
        elasticity=elasticity.mean,
        low=elasticity.low,
        high=elasticity.high,
        source=elasticity.source,
        note=elasticity.note,
        substitutes=tuple(
            Substitute(cross.other, cross.mean, cross.low, cross.high) for cross in crosses if cross.substitute
        ),
        degraded=degraded,
    )


def forecast_response(
    product_id: str,
    found: tuple[str, ProductForecast, bool],
    request_id: str,
    *,
    channel: Channel | None,
    degraded: tuple[str, ...],
) -> ForecastResponse:
    version, forecast, over = found
    steps = tuple(
        ForecastStep(forecast.begins(place), float(point), tuple(quantiles.tolist()))
        for place, (point, quantiles) in enumerate(zip(forecast.point, forecast.quantiles, strict=True))
    )
    return ForecastResponse(
        request_id=request_id,
        model_version=version,
        product_id=product_id,
        period=ForecastPeriod(forecast.period),
        member=forecast.member,
        levels=_LEVELS,
        steps=steps,
        channel=channel,
        degraded=(*degraded, "forecast_ended") if over else degraded,
    )


def replenish_response(
    found: tuple[str, list[Planned], list[Failed]], request_id: str, degraded: tuple[str, ...]
) -> ReplenishResponse:
    version, planned, failed = found
    return ReplenishResponse(
        request_id=request_id,
        model_version=version,
        orders=tuple(_replenishment(one) for one in planned),
        errors=errors_of(failed),
        degraded=degraded,
    )


def _replenishment(planned: Planned) -> Replenishment:
    made = planned.order
    return Replenishment(
        product_id=planned.product_id,
        quantity=made.quantity,
        position=made.position,
        reorder_point=made.reorder_point,
        order_up_to=made.order_up_to,
        safety=made.safety,
        runs_out=made.runs_out,
        reasons=made.reasons,
        surplus=None if planned.surplus is None else _surplus(planned.surplus, planned.clearance),
    )


def _surplus(found: Finding, clearance: Clearance | None) -> Surplus:
    markdown = None
    if clearance is not None:
        markdown = Markdown(clearance.prices, clearance.worth, clearance.kept, clearance.left)
    return Surplus(
        verdict=found.verdict,
        excess=found.excess,
        value=found.value,
        cover_days=found.cover_days,
        clearance=markdown,
    )
