import msgspec
import pytest
import yaml
from hypothesis import given, settings

from merx_models.guardrails import Announced, Endings, ListPrice, LowestPrice, Margin, PriceContext, RuleSet
from tests.unit.models.guardrails.contexts import rule_sets

DOCUMENT = """
name: grocery
margin: {floor_bp: 800}
change: {up_bp: 1000, down_bp: 2000}
competitor: {ceiling_bp: 10500, against: median}
endings:
  EUR: {per: 100, tails: [49, 99]}
fairness: {largest_offer_bp: 1000}
"""


class TestDocuments:
    def test_rules_are_read_from_yaml_and_json(self) -> None:
        rules = RuleSet.of(yaml.safe_load(DOCUMENT))
        assert rules.endings["EUR"].tails == (49, 99)
        assert RuleSet.of(msgspec.json.encode(rules)) == rules

    @settings(max_examples=60, deadline=None, derandomize=True)
    @given(rules=rule_sets)
    def test_writing_and_reading_keeps_the_version(self, rules: RuleSet) -> None:
        again = RuleSet.of(yaml.safe_load(yaml.safe_dump(_lists(rules.document()))))
        assert again == rules
        assert again.version == rules.version

    def test_any_change_is_another_version(self) -> None:
        rules = RuleSet.of(yaml.safe_load(DOCUMENT))
        assert msgspec.structs.replace(rules, margin=Margin(floor_bp=801)).version != rules.version

    def test_the_order_of_currencies_is_no_change(self) -> None:
        one, other = Endings(per=10, tails=(9,)), Endings(per=1, tails=(0,))
        first = RuleSet(name="r", endings={"EUR": one, "JPY": other})
        assert first.version == RuleSet(name="r", endings={"JPY": other, "EUR": one}).version

    @pytest.mark.parametrize(
        "wrong",
        [
            {"name": "r", "margn": {}},
            {"name": "r", "margin": {"floor_bp": 10_000}},
            {"name": "r", "margin": {"floor_bp": 0.5}},
            {"name": "r", "change": {"up_bp": 100}},
            {"name": "r", "list_price": {"floor_bp": 9_000, "ceiling_bp": 8_000}},
            {"name": "r", "endings": {"EUR": {"per": 10, "tails": [10]}}},
            {"name": "r", "endings": {"EUR": {"per": 10, "tails": []}}},
            {"name": "r", "lowest_price": {"days": 14}},
            {"name": "r", "fairness": None},
        ],
    )
    def test_a_wrong_document_is_refused(self, wrong: dict[str, object]) -> None:
        with pytest.raises(msgspec.ValidationError):
            RuleSet.of(wrong)


class TestRefusals:
    def test_less_than_the_legal_window_is_refused(self) -> None:
        with pytest.raises(ValueError, match="days"):
            LowestPrice(days=29)

    def test_a_floor_above_its_ceiling_is_refused(self) -> None:
        with pytest.raises(ValueError, match="floor"):
            ListPrice(floor_bp=2, ceiling_bp=1)

    @pytest.mark.parametrize(
        "fields",
        [
            {"current": 0},
            {"currency": "eur"},
            {"cost": -1},
            {"tax_bp": -1},
            {"competitors": (0,)},
            {"history": ((3, 100), (2, 100))},
            {"public": 100, "announced": Announced(today=3)},
            {"public": 100, "legal_floor": 101},
            {"public": 100, "legal_ceiling": 99},
            {"current": 99.5},
            {"cost": float("nan")},
            {"competitors": (9.5,)},
            {"legal_floor": True},
        ],
    )
    def test_a_context_that_makes_no_sense_is_refused(self, fields: dict[str, object]) -> None:
        with pytest.raises(ValueError, match=r"must|ascend|announced|lawful"):
            PriceContext(**{"product_id": "p", "currency": "EUR", "current": 100, **fields})  # type: ignore[arg-type]


def _lists(plain: object) -> object:
    """YAML has no tuples."""
    if isinstance(plain, dict):
        return {key: _lists(value) for key, value in plain.items()}
    return [_lists(value) for value in plain] if isinstance(plain, list | tuple) else plain
