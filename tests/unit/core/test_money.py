from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from merx_core.money import Money, exponent


class TestMoney:
    @pytest.mark.parametrize(
        ("value", "currency", "amount"),
        [("12.99", "EUR", 1299), ("12.99", "JPY", 13), ("1.2345", "KWD", 1234), (3, "USD", 300), (" 0.5 ", "USD", 50)],
    )
    def test_decimal_becomes_minor_units_of_its_currency(self, value: str | int, currency: str, amount: int) -> None:
        assert Money.from_decimal(value, currency) == Money(amount, currency)

    @pytest.mark.parametrize("value", ["", "abc", "NaN", "Infinity", "1,5"])
    def test_what_is_no_finite_number_is_refused(self, value: str) -> None:
        with pytest.raises(ValueError, match="amount"):
            Money.from_decimal(value, "EUR")

    @pytest.mark.parametrize("currency", ["eur", "EURO", "", "E1R"])
    def test_what_is_no_currency_code_is_refused_on_the_wire_too(self, currency: str) -> None:
        with pytest.raises(ValueError, match="ISO 4217"):
            Money(1, currency)
        with pytest.raises(msgspec.ValidationError, match="ISO 4217"):
            msgspec.json.decode(msgspec.json.encode({"amount": 1, "currency": currency}), type=Money)

    def test_a_float_amount_is_refused_on_the_wire(self) -> None:
        with pytest.raises(msgspec.ValidationError, match="amount"):
            msgspec.json.decode(b'{"amount": 1.5, "currency": "EUR"}', type=Money)

    @given(st.integers(-(10**15), 10**15), st.sampled_from(["EUR", "JPY", "KWD", "CLF"]))
    def test_there_and_back_is_the_same(self, amount: int, currency: str) -> None:
        money = Money(amount, currency)
        assert Money.from_decimal(money.to_decimal(), currency) == money

    def test_places_of_a_currency(self) -> None:
        assert exponent("USD") == 2
        assert exponent("JPY") == 0
        assert Money(105, "KWD").to_decimal() == Decimal("0.105")
