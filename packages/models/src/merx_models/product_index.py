"""Products as rows 0..P-1: the index space that every candidate model of a bundle shares."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from merx_core.ids import ProductId

Rows = NDArray[np.int32]
Floats = NDArray[np.float32]

UNKNOWN = -1
FILE = "products.json"


@dataclass(frozen=True)
class ProductIndex:
    """Which product stands in which row; -1 is "not known here" and pads histories."""

    ids: tuple[ProductId, ...]

    def __post_init__(self) -> None:
        rows = {product: row for row, product in enumerate(self.ids)}
        if len(rows) != len(self.ids):
            raise ValueError("a product id stands twice in the index")
        object.__setattr__(self, "_rows", rows)

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def row_of(self) -> dict[ProductId, int]:
        rows: dict[ProductId, int] = self.__dict__["_rows"]
        return rows

    def rows(self, products: Iterable[str]) -> Rows:
        """Rows in the order of `products`, -1 where the index does not hold one."""
        row_of = self.row_of
        return np.fromiter((row_of.get(ProductId(product), UNKNOWN) for product in products), dtype=np.int32)

    def history(self, products: Iterable[str]) -> Rows:
        """Rows of the known products, order kept."""
        rows = self.rows(products)
        return rows[rows >= 0]

    def products(self, rows: Sequence[int] | Rows) -> list[ProductId]:
        return [self.ids[row] for row in rows]

    def save(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / FILE).write_text(json.dumps(self.ids, ensure_ascii=False))

    @classmethod
    def load(cls, folder: Path) -> "ProductIndex":
        return cls(tuple(json.loads((folder / FILE).read_text())))
