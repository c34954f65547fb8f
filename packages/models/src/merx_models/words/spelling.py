"""Spelling by the catalogue's own words: symmetric deletes (SymSpell, Garbe 2012), joined and split words.

Words with digits (model numbers, sizes) and Chinese words are left as they are.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from merx_models.words.analysis import normalise

MAX_DISTANCE = 2
RARE = 200
"""How many times as often the other word must stand before a word that the catalogue has itself is doubted."""
FILE = "spelling.json"
_WORD = re.compile(r"[^\W\d_]+")
_PLAIN = re.compile(r"[a-z\u00df-\u024f]+")


@dataclass(frozen=True, slots=True)
class Correction:
    """`text` is what was probably meant; `changed` the words that differ. `sure` where only unknown words were changed:
    then a search may use it unasked, else it is a question to the shopper."""

    text: str
    changed: tuple[tuple[str, str], ...]
    sure: bool


class Speller:
    """Knows how often each word stands in the catalogue."""

    def __init__(self, counts: Mapping[str, int]) -> None:
        from symspellpy import SymSpell

        self.counts: dict[str, int] = {}
        self._symmetric: Any = SymSpell(MAX_DISTANCE, 7)
        for word, count in sorted(counts.items()):
            self._learn(word, count)

    def learn(self, words: Iterable[str]) -> None:
        """Words of a product that came in: known from now on."""
        for word in words:
            self._learn(word, 1)

    def correct(self, text: str) -> Correction:
        """The text with its unknown words replaced by near known ones; unchanged where nothing is near."""
        typed = normalise(text)
        joined = self._join(typed)
        changed: list[tuple[str, str]] = [] if joined == typed else [(typed, joined)]
        sure = True
        pieces, end = [], 0
        for match in _WORD.finditer(joined):
            word = match[0]
            meant = self._meant(word) if _stands_alone(joined, match) else word
            if meant != word:
                changed.append((word, meant))
                sure = sure and word not in self.counts
            pieces += [joined[end : match.start()], meant]
            end = match.end()
        return Correction("".join([*pieces, joined[end:]]), tuple(changed), sure)

    def save(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / FILE).write_text(json.dumps(self.counts, ensure_ascii=False))

    @classmethod
    def load(cls, folder: Path) -> "Speller":
        return cls(json.loads((folder / FILE).read_text()))

    def _learn(self, word: str, count: int) -> None:
        if len(word) < 2 or not _PLAIN.fullmatch(word):
            return
        self.counts[word] = self.counts.get(word, 0) + count
        self._symmetric.create_dictionary_entry(word, count)

    def _meant(self, word: str) -> str:
        count = self.counts.get(word, 0)
        distance = _allowed_distance(word)
        if not distance or not _PLAIN.fullmatch(word):
            return word
        best = self._nearest(word, distance)
        if count:
            doubted = best is not None and self.counts[best] >= RARE * count
            return best if doubted and best is not None else word
        return best or self._split(word) or word

    def _nearest(self, word: str, distance: int) -> str | None:
        """The nearest other known word, the more frequent of equals; its first letter is seldom wrong."""
        from symspellpy import Verbosity

        found = self._symmetric.lookup(word, Verbosity.ALL, max_edit_distance=distance)
        others = [entry for entry in found if entry.term != word]
        if not others:
            return None

        def doubt(entry: Any) -> tuple[float, int, str]:
            return entry.distance + 0.5 * (entry.term[0] != word[0]), -entry.count, entry.term

        return str(min(others, key=doubt).term)

    def _split(self, word: str) -> str | None:
        """Two known words written together, where no near word is known."""
        cuts = [(word[:place], word[place:]) for place in range(2, len(word) - 1)]
        known = [
            (min(self.counts[one], self.counts[two]), one, two) for one, two in cuts if {one, two} <= set(self.counts)
        ]
        return " ".join(max(known)[1:]) if known else None

    def _join(self, text: str) -> str:
        """Neighbours of which one is unknown and which make a known word together ("tow els")."""
        kept: list[str] = []
        for word in text.split(" "):
            whole = kept[-1] + word if kept else ""
            if whole in self.counts and not {kept[-1], word} <= set(self.counts):
                kept[-1] = whole
            else:
                kept.append(word)
        return " ".join(kept)


def _allowed_distance(word: str) -> int:
    """Edits that a word may be away: short words have too many neighbours."""
    return 0 if len(word) < 4 else 1 if len(word) < 6 else MAX_DISTANCE


def _stands_alone(text: str, match: re.Match[str]) -> bool:
    """Not a part of a model number or of a size."""
    before, after = text[: match.start()][-1:], text[match.end() :][:1]
    return not (before.isdigit() or after.isdigit())
