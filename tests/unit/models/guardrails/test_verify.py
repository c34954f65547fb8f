import ast
import importlib
import inspect

import msgspec
import pytest

from merx_models.guardrails import (
    PRECEDENCE,
    Announced,
    Change,
    Competitor,
    Endings,
    Fairness,
    Family,
    LastLook,
    ListPrice,
    LowestPrice,
    Margin,
    PriceContext,
    Relative,
    RuleSet,
    verify,
)

# the package gives the function `verify` the name of its module
verifying, settling = (importlib.import_module(f"merx_models.guardrails.{name}") for name in ("verify", "settle"))
PLAIN = PriceContext(product_id="p", currency="EUR", current=1_000, cost=600, list_price=1_000)
BARE = RuleSet(name="bare")
LAWFUL = {"history": ((0, 1_000),), "announced": Announced(today=90)}
PLANTED: list[tuple[str, RuleSet, dict[str, object], int, int]] = [
    # rule, rules, what the context adds, a price that breaks it, one that keeps it
    ("positive", BARE, {}, 0, 1),
    ("positive", BARE, {}, 10**15, 10**12),
    ("legal", BARE, {"legal_floor": 500}, 499, 500),
    ("legal", BARE, {"legal_ceiling": 500}, 501, 500),
    ("legal", BARE, LAWFUL, 1_000, 999),
    ("fairness", BARE, {"public": 900}, 901, 900),
    ("fairness", RuleSet(name="f", fairness=Fairness(largest_offer_bp=1_000)), {"public": 900}, 809, 810),
    ("margin", RuleSet(name="m", margin=Margin(floor_bp=2_500)), {}, 799, 800),
    ("margin", RuleSet(name="m", margin=Margin(floor_bp=2_500)), {"tax_bp": 1_000}, 879, 880),
    ("margin", RuleSet(name="m", margin=Margin(floor_bp=0)), {"cost": None}, 999, 1_000),
    ("change", RuleSet(name="c", change=Change(up_bp=500, down_bp=1_000)), {}, 1_051, 1_050),
    ("change", RuleSet(name="c", change=Change(up_bp=500, down_bp=1_000)), {"day_start": 1_200}, 1_079, 1_080),
    ("list", RuleSet(name="l", list_price=ListPrice(floor_bp=6_001)), {}, 600, 601),
    ("list", RuleSet(name="l", list_price=ListPrice(ceiling_bp=11_000)), {}, 1_101, 1_100),
    ("competitor", RuleSet(name="r", competitor=Competitor(ceiling_bp=10_500)), {"competitors": (801, 950)}, 842, 841),
    (
        "competitor",
        RuleSet(name="r", competitor=Competitor(floor_bp=9_000, against="median")),
        {"competitors": (100, 1_000, 2_000, 3_000)},
        899,
        900,
    ),
    (
        "family",
        RuleSet(name="f", family=Family()),
        {"relatives": (Relative(product_id="b", size=3, price=2_500),)},
        833,
        834,
    ),
    (
        "family",
        RuleSet(name="f", family=Family()),
        {"relatives": (Relative(product_id="b", size=3, price=900),)},
        901,
        900,
    ),
    (
        "family",
        RuleSet(name="f", family=Family()),
        {"size": 2, "relatives": (Relative(product_id="s", size=1, price=700),)},
        1_401,
        1_400,
    ),
    (
        "family",
        RuleSet(name="f", family=Family(variant_gap_bp=100)),
        {"relatives": (Relative(product_id="red", size=1, price=1_000),)},
        989,
        990,
    ),
    ("endings", RuleSet(name="e", endings={"EUR": Endings(per=100, tails=(49, 99))}), {}, 1_000, 999),
]


class TestPlantedViolations:
    @pytest.mark.parametrize(("rule", "rules", "fields", "wrong", "right"), PLANTED)
    def test_each_is_caught_and_its_neighbour_passes(
        self, rule: str, rules: RuleSet, fields: dict[str, object], wrong: int, right: int
    ) -> None:
        context = msgspec.structs.replace(PLAIN, **fields)
        assert [violation.rule for violation in verify(wrong, context, rules)][:1] == [rule]
        assert verify(right, context, rules) == []

    def test_no_rule_is_without_a_planted_one(self) -> None:
        assert {planted[0] for planted in PLANTED} == set(PRECEDENCE)

    @pytest.mark.parametrize("price", [9.99, True, None, "999"])
    def test_what_is_no_whole_number_of_minor_units_is_caught(self, price: object) -> None:
        assert verify(price, PLAIN, BARE)[0].rule == "positive"  # type: ignore[arg-type]


def test_one_last_look_serves_many_prices() -> None:
    context = msgspec.structs.replace(PLAIN, list_price=1_000)
    look = LastLook(context, msgspec.structs.replace(BARE, list_price=ListPrice(floor_bp=9_000, ceiling_bp=11_000)))
    broken = {price: [found.rule for found in look.violations(price)] for price in (899, 900, 1_100, 1_101)}
    assert broken == {899: ["list"], 900: [], 1_100: [], 1_101: ["list"]}


class TestIndependence:
    """Were an error in `settle` an error in `verify` too, the second look would see nothing."""

    def test_it_imports_the_documents_alone(self) -> None:
        imported = set()
        for node in ast.walk(ast.parse(inspect.getsource(verifying))):
            if isinstance(node, ast.Import):
                imported |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                imported |= {f"{node.module}.{alias.name}" for alias in node.names}
        ours = {name for name in imported if name.startswith("merx")}
        documents = {"LARGEST", "WHOLE", "Endings", "PriceContext", "Rule", "RuleSet"}
        assert ours == {f"merx_models.guardrails.rules.{name}" for name in documents}

    def test_it_answers_where_all_of_settle_is_broken(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def broken(*_: object, **__: object) -> None:
            raise AssertionError("verify called settle")

        functions = [name for name, of in vars(settling).items() if inspect.isfunction(of)]
        assert "_bounds" in functions
        for name in functions:
            monkeypatch.setattr(settling, name, broken)
        with pytest.raises(AssertionError, match="called"):
            settling.Guardrails(BARE).settle(1, PLAIN)
        for rule, rules, fields, wrong, right in PLANTED:
            context = msgspec.structs.replace(PLAIN, **fields)
            assert verify(wrong, context, rules)[0].rule == rule
            assert verify(right, context, rules) == []


class TestAnnouncements:
    def test_one_without_an_earlier_price_is_caught(self) -> None:
        context = msgspec.structs.replace(PLAIN, announced=Announced(today=90))
        assert "no earlier price" in verify(900, context, BARE)[0].detail
        assert verify(900, context, BARE, announced=False) == []

    def test_an_earlier_price_that_was_not_the_lowest_is_caught(self) -> None:
        context = msgspec.structs.replace(PLAIN, history=((0, 1_200), (70, 1_000)), announced=Announced(today=90))
        assert verify(900, context, BARE, announced=True, prior=1_000) == []
        assert verify(900, context, BARE, announced=True, prior=1_200)[0].rule == "legal"

    @pytest.mark.parametrize(("today", "caught"), [(90, True), (91, False)])
    def test_a_price_that_held_thirty_days_before_counts_and_no_earlier_one(self, today: int, caught: bool) -> None:
        announced = {"history": ((0, 500), (61, 1_000)), "announced": Announced(today=today)}
        context = msgspec.structs.replace(PLAIN, **announced)
        assert bool(verify(900, context, BARE)) == caught

    def test_no_law_that_leaves_no_room_excuses_it(self) -> None:
        context = msgspec.structs.replace(PLAIN, **LAWFUL, legal_floor=1_000)
        assert [violation.rule for violation in verify(1_000, context, BARE)] == ["legal"]

    def test_no_other_rule_excuses_it(self) -> None:
        rules = RuleSet(name="m", margin=Margin(floor_bp=4_500), lowest_price=LowestPrice())
        context = msgspec.structs.replace(PLAIN, **LAWFUL)
        assert {violation.rule for violation in verify(1_091, context, rules)} == {"legal"}


class TestExcuses:
    def test_only_what_nothing_could_keep_is_excused(self) -> None:
        rules = RuleSet(name="x", margin=Margin(floor_bp=0), change=Change(up_bp=1_000, down_bp=1_000))
        dear = msgspec.structs.replace(PLAIN, cost=1_500)
        assert verify(1_500, dear, rules) == []
        # the ceiling of the day's change gave way, the margin did not
        assert [violation.rule for violation in verify(1_100, dear, rules)] == ["margin"]
