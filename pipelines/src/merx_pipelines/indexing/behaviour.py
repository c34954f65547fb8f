"""What searches showed and what shoppers then did, from the event log by column. Names become numbers at once."""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain
from typing import Any

import msgspec
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from merx_core.contracts.search import SERVICE, Shown
from merx_core.events import EventType
from merx_core.ids import profile_of
from merx_kit.eventlog import Columns
from merx_kit.eventlog.records import microseconds
from merx_models.words.analysis import normalise

Ints = NDArray[np.int64]
GRADES = {EventType.VIEW: 1, EventType.SELECT: 1, EventType.ADD_TO_CART: 2, EventType.PURCHASE: 3}
RANKED = frozenset({"rrf", "bm25", "lambdarank"})
"""Orders that a fusion made; where nothing was found the popular ones stand, whatever was asked."""
SHOWN = ("shopper", "query", "time_us", "product", "position")
ACTS = ("shopper", "product", "time_us", "grade")
_MARK = f'"service":"{SERVICE}"'.encode()


class _Item(msgspec.Struct, gc=False):
    product_id: str
    position: int


class _Exposure(msgspec.Struct):
    service: str
    time: datetime
    placement: str = ""
    arm: str = ""
    profile_id: str | None = None
    query: str = ""
    items: list[_Item] = []

    @property
    def teaches(self) -> bool:
        """Whether a fusion ordered it for someone's words."""
        mine = self.service == SERVICE and self.placement == Shown.WORDS and self.arm in RANKED
        return mine and bool(self.profile_id and self.query and self.items)


class _Line(msgspec.Struct, gc=False):
    product_id: str


class _Event(msgspec.Struct):
    type: str
    time: datetime
    customer_id: str | None = None
    anonymous_id: str | None = None
    lines: list[_Line] = []


_EXPOSURES = msgspec.json.Decoder(list[_Exposure])
_EVENTS = msgspec.json.Decoder(list[_Event])


class Numbers:
    """Names as whole numbers, in the order in which they first come."""

    def __init__(self) -> None:
        self._number: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._number)

    def of(self, names: Iterable[str]) -> Ints:
        number = self._number
        return np.fromiter((number.setdefault(name, len(number)) for name in names), np.int64)

    def known(self, names: Iterable[str | None]) -> Ints:
        """-1 where a name never came."""
        return np.fromiter((-1 if name is None else self._number.get(name, -1) for name in names), np.int64)

    def names(self) -> list[str]:
        return list(self._number)


@dataclass(frozen=True, slots=True)
class Names:
    shoppers: Numbers = field(default_factory=Numbers)
    queries: Numbers = field(default_factory=Numbers)
    products: Numbers = field(default_factory=Numbers)


def read_shown(runs: Iterator[Columns], names: Names, *, most: int) -> pd.DataFrame:
    """SHOWN, int64, one row for each product that a fusion showed to someone who is named; of the `most` last
    exposures. Numbers what it reads in `names`."""
    kept: deque[list[_Arrays]] = deque()
    count = 0
    for columns in runs:
        mine = [data for data in columns.data if _MARK in data]
        found = [each for each in _EXPOSURES.decode(_as_list(mine)) if each.teaches]
        if found:
            kept.append([_arrays(found, names)])
            count += len(found)
        while kept and count - len(kept[0][0].sizes) >= most:
            count -= len(kept.popleft()[0].sizes)
    return _table(list(chain.from_iterable(kept)), most)


@dataclass(frozen=True, slots=True)
class _Arrays:
    """Of some exposures: (shopper, query, time) [3, n], how many products each showed, and (product, position) of all
    of them, one exposure after another."""

    heads: Ints
    sizes: Ints
    items: Ints


def _arrays(found: Sequence[_Exposure], names: Names) -> _Arrays:
    items = list(chain.from_iterable(each.items for each in found))
    heads = (
        names.shoppers.of(each.profile_id or "" for each in found),
        names.queries.of(normalise(each.query) for each in found),
        np.fromiter((microseconds(each.time) for each in found), np.int64, len(found)),
    )
    products = names.products.of(item.product_id for item in items)
    positions = np.fromiter((item.position for item in items), np.int64, len(items))
    sizes = np.fromiter((len(each.items) for each in found), np.int64, len(found))
    return _Arrays(np.stack(heads), sizes, np.stack([products, positions]))


def _table(parts: Sequence[_Arrays], most: int) -> pd.DataFrame:
    nothing = np.zeros((3, 0), np.int64)
    heads = np.concatenate([nothing, *(part.heads for part in parts)], axis=1)
    sizes = np.concatenate([nothing[0], *(part.sizes for part in parts)])
    items = np.concatenate([nothing[:2], *(part.items for part in parts)], axis=1)
    first = max(len(sizes) - most, 0)
    rows = np.repeat(heads[:, first:], sizes[first:], axis=1)
    return _frame(SHOWN, [*rows, *items[:, int(sizes[:first].sum()) :]])


def read_acts(runs: Iterator[Columns], names: Names) -> pd.DataFrame:
    """ACTS, int64: what shoppers and products that are known in `names` have to do with each other. An event that
    tells both ids of a shopper has a row for each of those that is known."""
    parts: list[Ints] = [np.zeros((len(ACTS), 0), np.int64)]
    for columns in runs:
        events = [each for each in _EVENTS.decode(_as_list(columns.data)) if each.type in GRADES]
        sizes = np.fromiter((len(each.lines) for each in events), np.int64, len(events))
        products = names.products.known(line.product_id for each in events for line in each.lines)
        moments = np.fromiter((microseconds(each.time) for each in events), np.int64, len(events))
        grades = np.fromiter((GRADES[EventType(each.type)] for each in events), np.int64, len(events))
        for ids in (
            (profile_of(each.customer_id, None) for each in events),
            (profile_of(None, each.anonymous_id) for each in events),
        ):
            shoppers, times, worth = np.repeat(np.stack([names.shoppers.known(ids), moments, grades]), sizes, axis=1)
            known = (shoppers >= 0) & (products >= 0)
            parts.append(np.stack([shoppers, products, times, worth])[:, known])
    return _frame(ACTS, list(np.concatenate(parts, axis=1)))


def _frame(names: Sequence[str], columns: Sequence[NDArray[Any]]) -> pd.DataFrame:
    return pd.DataFrame(dict(zip(names, columns, strict=True)))


def _as_list(documents: Sequence[bytes]) -> bytes:
    return b"[" + b",".join(documents) + b"]"
