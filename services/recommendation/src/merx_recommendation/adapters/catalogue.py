"""The product snapshot, as the use case wants it."""

from collections.abc import Mapping, Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from merx_core.features import ProductColumns
from merx_kit.features.snapshot import ProductSnapshot
from merx_recommendation.domain import Mask, Rows

LEVELS = " > "
"""What stands between the levels of a category path."""


class SnapshotCatalogue:
    """Columns of one snapshot, read-only."""

    def __init__(self, snapshot: ProductSnapshot) -> None:
        self._snapshot = snapshot

    @property
    def version(self) -> str:
        return self._snapshot.version

    @property
    def ids(self) -> Sequence[str]:
        return self._snapshot.ids

    @property
    def columns(self) -> ProductColumns:
        return self._snapshot.columns

    @cached_property
    def in_stock(self) -> Mask:
        """A product whose stock nobody knows is taken to be there."""
        stocked: Mask = self._snapshot.column("in_stock") != 0
        return stocked

    @cached_property
    def price(self) -> NDArray[np.float64]:
        return np.asarray(self._snapshot.column("price"), np.float64)

    @cached_property
    def popularity(self) -> NDArray[np.float32]:
        return np.asarray(self._snapshot.column("sales_28d"), np.float32)

    @cached_property
    def categories(self) -> Mapping[str, Rows]:
        """By the name of a level ("BREAD") and by the path down to it ("GROCERY > BREAD")."""
        members: dict[str, list[int]] = {}
        names: dict[str, tuple[str, ...]] = {}
        for row, path in enumerate(self._snapshot.paths):
            if path is None:
                continue
            if path not in names:
                names[path] = level_names(path)
            for name in names[path]:
                members.setdefault(name, []).append(row)
        return {name: np.array(rows, np.int32) for name, rows in members.items()}

    @property
    def head(self) -> int:
        """The offset of the log up to which the snapshot knows the catalogue; 0 where it does not say."""
        return self._snapshot.manifest.head or 0

    def path_of(self, product_id: str) -> str | None:
        """The category path of a product; None where it has none, or the snapshot does not hold it."""
        (row,) = self._snapshot.rows_of([product_id]).tolist()
        return self._snapshot.paths[row] if row >= 0 else None

    def shop_time(self, wall_time: float) -> float:
        return self._snapshot.shop_time(wall_time)


def level_names(path: str) -> tuple[str, ...]:
    """The names under which a product of this path is found: of each level, and of the path down to it."""
    levels = path.split(LEVELS)
    paths = (LEVELS.join(levels[: depth + 1]) for depth in range(len(levels)))
    return tuple(dict.fromkeys((*levels, *paths)))
