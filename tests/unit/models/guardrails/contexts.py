"""Any context and any rules, for the tests of what must hold for all of them."""

from hypothesis import strategies as st

from merx_models.guardrails import (
    Announced,
    Change,
    Competitor,
    Endings,
    Fairness,
    Family,
    ListPrice,
    LowestPrice,
    Margin,
    PriceContext,
    Relative,
    RuleSet,
)

prices = st.integers(1, 5_000) | st.integers(1, 10**9)
shares = st.none() | st.integers(0, 20_000)


def pairs(first: st.SearchStrategy[int | None]) -> st.SearchStrategy[tuple[int | None, int | None]]:
    return st.tuples(first, first).map(
        lambda pair: pair if None in pair else (min(pair), max(pair))  # type: ignore[type-var]
    )


endings = st.sampled_from([1, 10, 50, 100, 1_000]).flatmap(
    lambda per: st.sets(st.integers(0, per - 1), min_size=1, max_size=4).map(
        lambda tails: Endings(per=per, tails=tuple(sorted(tails)))
    )
)
rule_sets = st.builds(
    RuleSet,
    name=st.just("any"),
    margin=st.none() | st.builds(Margin, floor_bp=st.integers(0, 9_999)),
    change=st.none() | st.builds(Change, up_bp=st.integers(0, 20_000), down_bp=st.integers(0, 10_000)),
    list_price=st.none() | pairs(shares).map(lambda pair: ListPrice(floor_bp=pair[0], ceiling_bp=pair[1])),
    competitor=st.none()
    | st.tuples(pairs(shares), st.sampled_from(["lowest", "median"])).map(
        lambda drawn: Competitor(floor_bp=drawn[0][0], ceiling_bp=drawn[0][1], against=drawn[1])  # type: ignore[arg-type]
    ),
    family=st.none() | st.builds(Family, variant_gap_bp=st.integers(0, 2_000)),
    endings=st.just({}) | endings.map(lambda drawn: {"EUR": drawn}),
    lowest_price=st.none() | st.builds(LowestPrice, days=st.integers(30, 60), progressive=st.booleans()),
    fairness=st.builds(Fairness, largest_offer_bp=st.integers(0, 10_000)),
)
relatives = st.builds(Relative, product_id=st.just("other"), size=st.integers(1, 5), price=prices)
history = st.dictionaries(st.integers(0, 120), prices, max_size=6).map(lambda held: tuple(sorted(held.items())))
announced = st.tuples(st.integers(60, 125), st.integers(0, 40), st.booleans()).map(
    lambda drawn: Announced(today=drawn[0], since=drawn[0] - drawn[1] if drawn[2] else None)
)
public_contexts = st.builds(
    PriceContext,
    product_id=st.just("p"),
    currency=st.sampled_from(["EUR", "JPY"]),
    current=prices,
    day_start=st.none() | prices,
    list_price=st.none() | prices,
    cost=st.none() | prices,
    tax_bp=st.sampled_from([0, 700, 1_900]),
    competitors=st.lists(prices, max_size=4).map(tuple),
    size=st.integers(1, 5),
    relatives=st.lists(relatives, max_size=3).map(tuple),
    legal_floor=st.none() | prices,
    legal_ceiling=st.none() | prices,
    history=history,
    announced=st.none() | announced,
)


def personal(drawn: tuple[int, int | None, int, int | None, int | None]) -> PriceContext:
    """Everyone's price is lawful, or the context would be refused."""
    current, cost, public, below, above = drawn
    return PriceContext(
        product_id="p",
        currency="EUR",
        current=current,
        cost=cost,
        public=public,
        legal_floor=None if below is None else max(public - below, 1),
        legal_ceiling=None if above is None else public + above,
    )


maybe = st.none() | st.integers(0, 5_000)
personal_contexts = st.tuples(prices, st.none() | prices, prices, maybe, maybe).map(personal)
contexts = public_contexts | personal_contexts
proposals = (
    st.floats(allow_nan=True, allow_infinity=True)
    | st.integers()
    | st.fractions()
    | st.decimals()
    | st.sampled_from([10**400, -(10**400), 0, -1, 1e308, float("nan"), float("inf"), None, "12", True])
    | prices
)
