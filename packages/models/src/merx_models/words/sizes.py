"""Sizes as one token however they are written: "1.5 l", "1,5L" and "1500 ml" are all `1500ml`.

Each family of units has one base that the others are multiples of. Metric and imperial stay apart: a label says "12 oz"
or "340 g", and the two are never exactly equal.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

UNITS: Mapping[str, tuple[str, str]] = {
    **dict.fromkeys(("ml", "millilitre", "milliliter", "毫升"), ("ml", "1")),
    **dict.fromkeys(("cl",), ("ml", "10")),
    **dict.fromkeys(("dl",), ("ml", "100")),
    **dict.fromkeys(("l", "lt", "ltr", "litre", "liter", "升"), ("ml", "1000")),
    **dict.fromkeys(("fl oz", "floz", "fluid ounce"), ("floz", "1")),
    **dict.fromkeys(("pint", "pt"), ("floz", "16")),
    **dict.fromkeys(("quart", "qt"), ("floz", "32")),
    **dict.fromkeys(("gallon", "gal"), ("floz", "128")),
    **dict.fromkeys(("mg", "毫克"), ("g", "0.001")),
    **dict.fromkeys(("g", "gr", "gram", "gramme", "克"), ("g", "1")),
    **dict.fromkeys(("kg", "kilo", "kilogram", "千克", "公斤"), ("g", "1000")),
    "斤": ("g", "500"),
    **dict.fromkeys(("oz", "ounce"), ("oz", "1")),
    **dict.fromkeys(("lb", "pound"), ("oz", "16")),
    **dict.fromkeys(("mm", "毫米"), ("mm", "1")),
    **dict.fromkeys(("cm", "厘米"), ("mm", "10")),
    **dict.fromkeys(("m", "metre", "meter", "米"), ("mm", "1000")),
    **dict.fromkeys(("in", "inch", "inche", '"', "英寸", "寸"), ("in", "1")),
    **dict.fromkeys(("ft", "foot", "feet"), ("in", "12")),
    **dict.fromkeys(("cu ft", "cubic foot", "cubic feet"), ("cuft", "1")),
    **dict.fromkeys(("kb",), ("gb", "0.000001")),
    **dict.fromkeys(("mb",), ("gb", "0.001")),
    **dict.fromkeys(("gb",), ("gb", "1")),
    **dict.fromkeys(("tb",), ("gb", "1000")),
    **dict.fromkeys(("w", "watt", "瓦"), ("w", "1")),
    **dict.fromkeys(("kw",), ("w", "1000")),
    **dict.fromkeys(("wh",), ("wh", "1")),
    **dict.fromkeys(("kwh",), ("wh", "1000")),
    **dict.fromkeys(("mah",), ("mah", "1")),
    **dict.fromkeys(("v", "volt", "伏"), ("v", "1")),
    **dict.fromkeys(("hz",), ("hz", "1")),
    **dict.fromkeys(("khz",), ("hz", "1000")),
    **dict.fromkeys(("mhz",), ("mhz", "1")),
    **dict.fromkeys(("ghz",), ("mhz", "1000")),
    **dict.fromkeys(("mp", "megapixel", "mega pixel"), ("mp", "1")),
    **dict.fromkeys(("btu",), ("btu", "1")),
    **dict.fromkeys(("rpm",), ("rpm", "1")),
    "%": ("%", "1"),
    **dict.fromkeys(("pack", "pk", "pc", "pcs", "piece", "count", "ct", "件", "片", "只"), ("pc", "1")),
}
"""What is written to (base unit, how many of it)."""

BARE_WORDS = frozenset({"in", "m", "pt", "l", "g", "v", "w"})
"""Units that are also words or initials: a plural of them is none, and "in" counts only where it touches its number."""
_CUBIC = re.compile(r"cu(?:bic|\.| \.)? ?f(?:t|eet|oot)(?: ?\.)?(?![a-z])")
_FLUID = re.compile(r"fl(?:uid|\.| \.)? ?(?:oz|ounces?)(?: ?\.)?(?![a-z])")
_PACK_OF = re.compile(r"\b(?:pack|set|box) of (\d{1,4})\b")
_NUMBER = r"\d+(?:[.,]\d+)*"
_NAMES = "|".join(re.escape(unit).replace(r"\ ", " ") for unit in sorted(UNITS, key=len, reverse=True))
_SIZE = re.compile(
    rf"(?<![a-z0-9.,\-])(?:(?P<packs>\d{{1,3}}) ?[x*] ?)?(?P<number>{_NUMBER})(?P<gap> ?-? ?)(?P<unit>{_NAMES})"
    r"(?P<plural>e?s)?(?![a-z0-9])"
)


@dataclass(frozen=True, slots=True)
class Sized:
    """`rest` is the text without its sizes; `sizes` are canonical tokens, in the order they stood."""

    rest: str
    sizes: tuple[str, ...]


def take_sizes(text: str) -> Sized:
    """Sizes of a normalised text (`analysis.normalise`); where the unit is doubtful ("2 in 1") the words stay."""
    found: list[str] = []

    def take(match: re.Match[str]) -> str:
        unit, gap = match["unit"], match["gap"]
        if unit in BARE_WORDS and (match["plural"] or (unit == "in" and " " in gap)):
            return match[0]
        if match["packs"]:
            found.append(f"{int(match['packs'])}pc")
        found.append(canonical(match["number"], unit))
        return " "

    spelled = _FLUID.sub("fl oz", _CUBIC.sub("cu ft", text))
    rest = _SIZE.sub(take, _PACK_OF.sub(r"\1 pack", spelled))
    return Sized(rest, tuple(found))


def canonical(number: str, unit: str) -> str:
    """`canonical("1,5", "l")` is "1500ml". A comma before exactly three digits separates thousands, else decimals."""
    base, factor = UNITS[unit]
    value = amount(number) * Decimal(factor)
    return f"{format(value.normalize(), 'f')}{base}"


def amount(number: str) -> Decimal:
    """The number a label means: "1,500" is 1500, "1,5" is 1.5, "1.500,5" and "1,500.5" are both 1500.5."""
    comma, dot = number.rfind(","), number.rfind(".")
    if comma >= 0 and dot >= 0:
        decimal = "," if comma > dot else "."
        grouped = number.replace("." if decimal == "," else ",", "")
        return Decimal(_one_point(grouped.replace(",", ".")))
    if comma >= 0:
        thousands = all(len(group) == 3 for group in number.split(",")[1:])
        return Decimal(number.replace(",", "") if thousands else _one_point(number.replace(",", ".")))
    return Decimal(_one_point(number))


def base_unit(size: str) -> str:
    """What a canonical size counts: "1500ml" counts "ml"."""
    return size.lstrip("0123456789.")


def _one_point(number: str) -> str:
    """A number with several points is none ("1.2.3", a version): its first two parts stand for it."""
    return ".".join(number.split(".")[:2])
