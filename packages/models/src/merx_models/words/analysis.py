"""Text to index terms, English and Chinese: the same analysis for products and for queries.

Latin words lose accents and plural endings (the S stemmer of Harman 1991, with -ches, -shes, -sses and -xes mended);
Chinese runs are cut by jieba in its search mode; sizes become one canonical term (`merx_models.words.sizes`); a model
number is one term however it is hyphenated, beside its parts.
"""

import re
import unicodedata
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from merx_models.words.sizes import take_sizes

MAX_CHARACTERS = 20_000
"""Of a longer text the beginning is read."""
_PIECES = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]+|[^\W_\u3400-\u4dbf\u4e00-\u9fff]+(?:[-.'][^\W_\u3400-\u9fff]+)*")
_MARKS = re.compile(r"[\u0300-\u036f]")
_RUNS = re.compile(r"[^\W\d_]+|\d+")
_SPACE = re.compile(r"\s+")
_DECIMAL = re.compile(r"\d+\.\d+")
_SIGNS = str.maketrans({"\u2019": "'", "\u201d": '"', "\u2033": '"', "\u00d7": "x"})
_SPLIT = re.compile(r"[-.']")


@dataclass(frozen=True, slots=True)
class Analysis:
    """`terms` are what an index holds, in order; `words` the plain words as written, for spelling; `models` and `sizes`
    stand among the terms too."""

    terms: tuple[str, ...]
    words: tuple[str, ...]
    models: tuple[str, ...]
    sizes: tuple[str, ...]


@dataclass(slots=True)
class _Found:
    terms: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    models: list[str] = field(default_factory=list)


def normalise(text: str) -> str:
    """Compatibility forms folded (full-width digits, ligatures), case and Latin accents gone, single spaces."""
    text = text[:MAX_CHARACTERS]
    if not text.isascii():
        folded = unicodedata.normalize("NFKC", text.translate(_SIGNS)).casefold()
        text = unicodedata.normalize("NFC", _MARKS.sub("", unicodedata.normalize("NFD", folded)))
    return _SPACE.sub(" ", text.casefold()).strip()


def analyse(text: str) -> Analysis:
    """Any text, the empty one included; never raises."""
    sized = take_sizes(normalise(text))
    found = _Found()
    for piece in _PIECES.findall(sized.rest):
        _read(piece, found)
    terms = (*found.terms, *sized.sizes)
    return Analysis(terms, tuple(found.words), tuple(dict.fromkeys(found.models)), sized.sizes)


def _read(piece: str, found: _Found) -> None:
    if _is_chinese(piece):
        cut = chinese_words(piece)
        found.terms += cut
        found.words += cut
    elif any(character.isdigit() for character in piece):
        _read_number(piece, found)
    else:
        _read_words(piece.removesuffix("'s"), found)


def _read_number(piece: str, found: _Found) -> None:
    """A number, or a model number: whole, and in its parts, so that "dvd-2930ci" meets "2930ci" and "dvd 2930"."""
    if _DECIMAL.fullmatch(piece):
        found.terms.append(piece)
        return
    parts = _SPLIT.split(piece)
    whole = "".join(parts)
    found.terms.append(whole)
    if is_model(whole):
        found.models.append(whole)
    runs = [*(parts if len(parts) > 1 else ()), *_RUNS.findall(whole)]
    found.terms += dict.fromkeys(run for run in runs if len(run) > 2 and run != whole)


def _read_words(piece: str, found: _Found) -> None:
    """Of "t-shirt" its parts, and the word without the hyphen, which is how others write it."""
    parts = [part for part in _SPLIT.split(piece) if part]
    found.words += [part for part in parts if len(part) > 1]
    if len(parts) == 1:
        found.terms.append(stem(parts[0]))
        return
    found.terms += [stem(part) for part in parts if len(part) > 1]
    if len(parts) == 2 or max(map(len, parts)) == 1:
        found.terms.append(stem("".join(parts)))


def is_model(token: str) -> bool:
    """Letters and digits in one token of four characters or more, or five digits or more."""
    digits = sum(character.isdigit() for character in token)
    return len(token) >= 4 and digits > 0 and (digits < len(token) or digits >= 5)


@lru_cache(maxsize=200_000)
def stem(word: str) -> str:
    """Singular and plural to one form ("tvs" too, but not "gas": short words need two consonants in front)."""
    if len(word) < 3 or not word.endswith("s") or word.endswith(("us", "ss", "is")):
        return word
    if len(word) == 3 and set(word) & set("aeiou"):
        return word
    if word.endswith("ies"):
        return word if word.endswith(("eies", "aies")) else word[:-3] + "y"
    if word.endswith(("ches", "shes", "sses", "xes", "zzes")):
        return word[:-2]
    return word[:-1]


def chinese_words(run: str) -> list[str]:
    """Words of a Chinese run, long ones with the shorter words inside them as well ("运动鞋" holds "运动")."""
    return [str(word) for word in _jieba().cut_for_search(run)]


def _is_chinese(piece: str) -> bool:
    return "\u3400" <= piece[0] <= "\u9fff"


@lru_cache(maxsize=1)
def _jieba() -> Any:
    """The cutter with its own dictionary, read here: its cache is a marshalled file where others may write."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its patterns are plain strings with backslashes, and it asks for setuptools
        import jieba

    cutter = jieba.Tokenizer()
    cutter.FREQ, cutter.total = cutter.gen_pfdict(cutter.get_dict_file())
    cutter.initialized = True
    return cutter


class Synonyms:
    """Groups of phrases that mean the same; applied to queries, so that a new table counts without a new index."""

    def __init__(self, groups: Sequence[Sequence[str]], *, weight: float = 0.6) -> None:
        """`weight` is what a synonym counts beside the word that was typed."""
        if not 0 < weight <= 1:
            raise ValueError(f"a synonym weighs more than 0 and at most 1, not {weight}")
        self.groups = tuple(tuple(group) for group in groups)
        self.weight = weight
        self._others: dict[tuple[str, ...], tuple[tuple[str, ...], ...]] = {}
        for group in self.groups:
            phrases = [analyse(phrase).terms for phrase in group]
            for phrase in phrases:
                others = tuple(other for other in phrases if other != phrase)
                self._others[phrase] = (*self._others.get(phrase, ()), *others)
        self._longest = max(map(len, self._others), default=0)

    def expand(self, terms: Sequence[str]) -> dict[str, float]:
        """Every term with its weight: 1 for what was typed (once for each time), `weight` for what means the same."""
        weighted: dict[str, float] = {}
        for term in terms:
            weighted[term] = weighted.get(term, 0.0) + 1.0
        for phrase in self._phrases(terms):
            for other in self._others[phrase]:
                for term in other:
                    weighted.setdefault(term, self.weight)
        return weighted

    def _phrases(self, terms: Sequence[str]) -> Iterator[tuple[str, ...]]:
        for start in range(len(terms)):
            for length in range(1, min(self._longest, len(terms) - start) + 1):
                phrase = tuple(terms[start : start + length])
                if phrase in self._others:
                    yield phrase
