"""What a query is compared with, by row: terms and trigrams as numbers, so that all candidates are compared at once."""

from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from merx_models.words.documents import Facts

Doubles = NDArray[np.float64]
Rows = NDArray[np.int64]


class Ragged:
    """Rows of numbers, each of its own length."""

    def __init__(self) -> None:
        self._values = array("q")
        self._starts = array("q", [0])

    def __len__(self) -> int:
        return len(self._starts) - 1

    def append(self, numbers: Iterable[int]) -> None:
        self._values.extend(numbers)
        self._starts.append(len(self._values))

    def take(self, rows: Rows) -> tuple[Rows, Rows]:
        """The numbers of some rows, one row after another, and of each the place of its row in `rows`."""
        starts = np.asarray(self._starts)
        first, lengths = starts[rows], starts[rows + 1] - starts[rows]
        place = np.repeat(np.arange(len(rows)), lengths)
        before = np.cumsum(lengths) - lengths
        return np.asarray(self._values)[np.arange(len(place)) + np.repeat(first - before, lengths)], place


class Texts:
    """Rows 0, 1, ... as in `facts`, a list that may grow. `idf` weighs a term by its rarity; it must not change."""

    def __init__(self, facts: Sequence[Facts], idf: Callable[[str], float]) -> None:
        self.facts = facts
        self._idf = idf
        self._number: dict[str, int] = {}
        self._weights = array("d")
        self._title, self._others, self._trigrams = Ragged(), Ragged(), Ragged()
        self.grow()

    def grow(self) -> None:
        """Take in the facts that were added."""
        for fact in self.facts[len(self._title) :]:
            title = dict.fromkeys(fact.title_terms)
            others = [term for term in dict.fromkeys((*fact.models, *fact.sizes)) if term not in title]
            self._title.append([self._number_of(term) for term in title])
            self._others.append([self._number_of(term) for term in others])
            self._trigrams.append(trigrams(fact.title))

    def shared(self, weights: Mapping[str, float], rows: Rows) -> tuple[Doubles, Doubles, Doubles]:
        """Of each row: the weight of the query's terms in its title, of those among its title, model numbers and sizes,
        and the idf of its whole title."""
        asked = sorted((self._number[term], weight) for term, weight in weights.items() if term in self._number)
        numbers, values = np.array([*asked, (len(self._number), 0.0)]).T
        title, title_place = self._title.take(rows)
        others, others_place = self._others.take(rows)

        def weight_of(found: Rows) -> Doubles:
            at = np.searchsorted(numbers, found)
            return np.where(numbers[at] == found, values[at], 0.0)

        def by_row(some: Doubles, place: Rows) -> Doubles:
            return np.bincount(place, some, minlength=len(rows)).astype(np.float64)

        shared = by_row(weight_of(title), title_place)
        everything = shared + by_row(weight_of(others), others_place)
        return shared, everything, by_row(np.asarray(self._weights)[title], title_place)

    def dice(self, text: str, rows: Rows) -> Doubles:
        """Dice's coefficient of the character trigrams of a text and of each row's title, 0 to 1."""
        asked = np.array(trigrams(text), np.int64)
        found, place = self._trigrams.take(rows)
        common = np.bincount(place, np.isin(found, asked), minlength=len(rows))
        return 2.0 * common / np.maximum(len(asked) + np.bincount(place, minlength=len(rows)), 1)

    def _number_of(self, term: str) -> int:
        number = self._number.setdefault(term, len(self._number))
        if number == len(self._weights):
            self._weights.append(self._idf(term))
        return number


def trigrams(text: str) -> list[int]:
    """Character trigrams of a text, its beginning and its end marked, each once; a number holds three characters."""
    codes = [32, *map(ord, text), 32]
    return list(
        {(one << 42) | (two << 21) | three for one, two, three in zip(codes, codes[1:], codes[2:], strict=False)}
    )
