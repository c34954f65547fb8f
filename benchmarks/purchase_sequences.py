"""Purchase sequences in the s3rec format: a line is a shopper and the products bought, in the order of time."""

import gzip
import json
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np
from scipy import sparse

from merx_core.ids import ProductId
from merx_models.attributes import attribute_matrix
from merx_models.blend_fitting import Purchases
from merx_models.product_index import ProductIndex, Rows


@dataclass(frozen=True)
class Sequences:
    """All that each shopper bought, oldest first, as rows of `index`; labels where the set has any."""

    name: str
    index: ProductIndex
    bought: list[Rows]
    labels: sparse.csr_matrix | None

    def purchases(self) -> Purchases:
        """To learn from: everything before the validation item (the last but one), which is what is wanted next."""
        long = [history for history in self.bought if len(history) >= 3]
        short = [history for history in self.bought if len(history) < 3]
        before = [history[:-2] for history in long]
        wanted = np.array([history[-2] for history in long], dtype=np.int32)
        return Purchases([*before, *short], before, wanted, len(self.index), self.labels)

    def test(self) -> tuple[list[Rows], Rows]:
        """The histories up to the validation item, and the last item, which is what is wanted next."""
        long = [history for history in self.bought if len(history) >= 3]
        return [history[:-1] for history in long], np.array([history[-1] for history in long], dtype=np.int32)


def read(path: Path) -> Sequences:
    """Read `<name>.txt[.gz]` and `<name>_item2attributes.json[.gz]` beside it, if there."""
    with _opened(path) as lines:
        bought = [line.split()[1:] for line in lines]
    index = ProductIndex(tuple(ProductId(product) for product in dict.fromkeys(p for line in bought for p in line)))
    name = path.name.removesuffix(".gz").removesuffix(".txt")
    return Sequences(name, index, [index.rows(line) for line in bought], _labels(path.parent, name, index))


def _labels(folder: Path, name: str, index: ProductIndex) -> sparse.csr_matrix | None:
    for suffix in (".json.gz", ".json"):
        path = folder / f"{name}_item2attributes{suffix}"
        if path.exists():
            with _opened(path) as text:
                carried: dict[str, list[int]] = json.load(text)
            found = sorted({label for labels in carried.values() for label in labels})
            number = {label: place for place, label in enumerate(found)}
            return attribute_matrix([[number[label] for label in carried.get(product, [])] for product in index.ids])
    return None


def _opened(path: Path) -> IO[str]:
    return gzip.open(path, "rt") if path.suffix == ".gz" else path.open()
