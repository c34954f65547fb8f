"""Which shape a product has, by the words of its title and its categories; the rules are in kinds.txt."""

import re
from functools import cache, lru_cache
from importlib.resources import files
from typing import NamedTuple

from merx_core.catalogue import Product

FALLBACK = "box"
"""For things no rule knows: most things come in one."""


class Kind(NamedTuple):
    """`colours` are the names its contents may have where no word tells; `known` is False for the fallback."""

    shape: str
    colours: tuple[str, ...]
    known: bool = True


_Rule = tuple[re.Pattern[str], Kind]
_RULE = re.compile(r"(\w+)(?: \[([a-z ]+)\])?: (.+)")


def kind_of(product: Product) -> Kind:
    return _kind(product.title.lower(), tuple(part.lower() for part in product.category))


@lru_cache(maxsize=16_384)
def _kind(title: str, path: tuple[str, ...]) -> Kind:
    """By the narrowest category and the title, then by ever wider categories."""
    texts = (*path[:1:-1], title, *path[1::-1])
    whole = "/".join(path)
    for where, rules in _sections():
        if where.match(whole):
            for text in texts:
                for words, kind in rules:
                    if words.match(text):
                        return kind
    return Kind(FALLBACK, (), known=False)


@cache
def _sections() -> list[tuple[re.Pattern[str], list[_Rule]]]:
    """Rules by the beginning of the category paths they hold for; those for all paths come last.

    After them the rules of all sections are tried on any path (a shop may have apples under "fresh"), but not those
    that match whatever there is.
    """
    sections: list[tuple[re.Pattern[str], list[_Rule]]] = []
    for line in files(__package__).joinpath("kinds.txt").read_text("utf-8").splitlines():
        if line.startswith("["):
            sections.append((re.compile(line[1:-1]), []))
        elif line and not line.startswith("#"):
            sections[-1][1].append(_rule(line))
    everything = [rule for _, rules in sections for rule in rules if not rule[0].fullmatch("")]
    return [*sections, (re.compile(""), everything)]


def _rule(line: str) -> _Rule:
    match = _RULE.fullmatch(line)
    if match is None:
        raise ValueError(f"kinds.txt: not a rule: {line}")
    shape, colours, words = match.groups()
    return re.compile(rf"(?:{words.replace(' | ', '|')})"), Kind(shape, tuple((colours or "").split()))
