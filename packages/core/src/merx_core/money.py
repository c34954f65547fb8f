"""Money as integer minor units and an ISO 4217 currency; a float never holds a price."""

import re
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation

import msgspec

# ISO 4217 exponents that differ from 2 (https://www.iso.org/iso-4217-currency-codes.html).
_EXPONENTS = {
    **dict.fromkeys(("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF"), 0),
    **dict.fromkeys(("UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
    "CLF": 4,
}
_CODE = re.compile(r"[A-Z]{3}")


def exponent(currency: str) -> int:
    """How many decimal places `currency` has. Raises ValueError where `currency` is not three capital letters."""
    if not _CODE.fullmatch(currency):
        raise ValueError(f"currency must be a three-letter ISO 4217 code, got {currency!r}")
    return _EXPONENTS.get(currency, 2)


class Money(msgspec.Struct, frozen=True):
    """An amount in minor units (cents for EUR, yen for JPY) of one currency."""

    amount: int
    currency: str

    def __post_init__(self) -> None:
        exponent(self.currency)

    @classmethod
    def from_decimal(cls, value: Decimal | str | int, currency: str) -> "Money":
        """Money from a decimal such as "12.99", rounded half to even; ValueError where it is not a finite number."""
        try:
            decimal = Decimal(str(value).strip())
        except InvalidOperation:
            raise ValueError(f"not a decimal amount: {value!r}") from None
        if not decimal.is_finite():
            raise ValueError(f"not a finite amount: {value!r}")
        scaled = decimal.scaleb(exponent(currency)).quantize(Decimal(1), rounding=ROUND_HALF_EVEN)
        return cls(int(scaled), currency)

    def to_decimal(self) -> Decimal:
        """The amount in major units, with the currency's own number of places."""
        return Decimal(self.amount).scaleb(-exponent(self.currency))
