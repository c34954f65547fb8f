"""Reading the loose values of feeds and event files: text, times, amounts and currencies."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from functools import lru_cache
from typing import Any

from merx_core.money import Money, exponent

# ISO 4217, active codes of circulating currencies (https://www.iso.org/iso-4217-currency-codes.html).
_CODES = """
AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF
CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD
HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD
MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN
PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY
TTD TWD TZS UAH UGX USD UYU UZS VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG
"""
CURRENCIES = frozenset(_CODES.split())
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LARGEST_AMOUNT = 10**15
"""Minor units; more than any price, and still exact wherever an amount may go."""


class AmountState(StrEnum):
    """What became of an amount; all but the first two are the rule that drops its row."""

    FINE = "fine"
    ABSENT = "absent"
    BAD_PRICE = "bad_price"
    NEGATIVE_PRICE = "negative_price"
    UNKNOWN_CURRENCY = "unknown_currency"


def text_of(value: Any) -> str:
    """Text or a number as stripped text; "" for anything else, so that a nested value never becomes an id."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bool) or not isinstance(value, int | float):
        return ""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def column_name(text: str) -> str:
    """How a field is called, whichever way a file spells it: "Product ID", "productId" and "g:product_id" are one."""
    snake = _CAMEL.sub("_", text.strip().strip('"').removeprefix("g:"))
    return snake.lower().replace(" ", "_")


def mapping_of(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def list_of(value: Any) -> list[Any]:
    """A list as it is, nothing as empty, anything else as a list of one."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


@lru_cache(maxsize=65_536)
def amount(value: str, currency: str) -> tuple[AmountState, Money | None]:
    """An amount in major units, such as "12.99", as money."""
    if not value:
        return AmountState.ABSENT, None
    decimal = _decimal(value)
    if decimal is None:
        return AmountState.BAD_PRICE, None
    if decimal < 0:
        return AmountState.NEGATIVE_PRICE, None
    code = currency.upper()
    if code not in CURRENCIES:
        return AmountState.UNKNOWN_CURRENCY, None
    return AmountState.FINE, Money.from_decimal(decimal, code)


def _decimal(text: str) -> Decimal | None:
    """A finite number of a sane size; None for anything else."""
    try:
        decimal = Decimal(text)
    except InvalidOperation:
        return None
    return decimal if decimal.is_finite() and abs(decimal) < LARGEST_AMOUNT else None


def minor_units(value: Any, currency: str) -> Any:
    """An amount in major units as the whole number of minor ones; what is none stays as it is, to be judged later."""
    decimal = _decimal(text_of(value))
    if decimal is None or currency not in CURRENCIES:
        return value
    return Money.from_decimal(decimal, currency).amount


def major_units(value: Any, currency: str) -> str:
    """An amount in minor units as text in major units; what is no whole number stays as it is, to be judged later."""
    if isinstance(value, int) and not isinstance(value, bool) and currency in CURRENCIES:
        return str(Decimal(value).scaleb(-exponent(currency)))
    return text_of(value) or "not an amount"


def time_of(value: Any) -> tuple[datetime | None, bool]:
    """An ISO 8601 time in UTC, and whether it told its offset; None where it is no time."""
    if not isinstance(value, str):
        return None, True
    try:
        moment = datetime.fromisoformat(value.strip())
        told = moment.tzinfo is not None
        return (moment if told else moment.replace(tzinfo=UTC)).astimezone(UTC), told
    except (ValueError, OverflowError):
        return None, True


def time_of_micros(value: Any) -> datetime | None:
    """Microseconds since 1970, as a number or as BigQuery writes it, in quotes."""
    text = text_of(value)
    try:
        return _EPOCH + timedelta(microseconds=int(text))
    except (ValueError, OverflowError):
        return None
