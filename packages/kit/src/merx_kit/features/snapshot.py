"""All products as memory-mapped columns: a hundred candidates are looked up here, not by a hundred Feast reads."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import numpy.typing as npt

from merx_core.digests import sha256_of
from merx_core.features.inputs import Ints, ProductColumns
from merx_core.features.names import PRODUCT_COLUMNS

if TYPE_CHECKING:
    import pyarrow as pa

MANIFEST, TABLE = "snapshot.json", "products.arrow"
FORMAT = 1
CODED = ("leaf", "department", "brand")
TEXTS = ("title", "brand", "category", "department", "leaf", "picture", "currency")
MATRIX, TOGETHER, WEIGHTS = "numbers", "together", "together_weights"
MONEY = ("price", "list_price")
IN_STOCK = "in_stock"


class SnapshotDamaged(Exception):
    """The files are not those that were built, or not readable."""


@dataclass(frozen=True)
class SnapshotManifest:
    """`as_of` is the moment the features describe, `created` when the snapshot was built; both epoch seconds. `head` is
    the offset of the event log up to which it knows the catalogue; None in snapshots of earlier versions of Merx."""

    version: str
    as_of: float
    created: float
    feature_service: str
    feature_service_hash: str
    products: int
    columns: tuple[str, ...]
    sha256: str
    format: int = FORMAT
    head: int | None = None

    def write(self, folder: Path) -> None:
        (folder / MANIFEST).write_text(json.dumps(asdict(self), indent=1, sort_keys=True))

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Raises SnapshotDamaged."""
        try:
            document = json.loads((folder / MANIFEST).read_bytes())
            known = {field.name: document[field.name] for field in fields(cls) if field.name in document}
            manifest = cls(**{**known, "columns": tuple(document["columns"])})
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise SnapshotDamaged(f"{folder.name}: {MANIFEST} is missing or unreadable ({error})") from error
        if manifest.format != FORMAT or manifest.columns != PRODUCT_COLUMNS:
            raise SnapshotDamaged(f"{folder.name} was built for other columns than this version of Merx reads")
        return manifest


class ProductSnapshot:
    """Read-only columns over all products. The last row of every array is of missing values: row -1 is "unknown".

    Numbers are zero-copy views of the mapped file; texts stay in Arrow until they are asked for.
    """

    def __init__(self, manifest: SnapshotManifest, table: "pa.Table") -> None:
        self.manifest = manifest
        self._table = table

    @classmethod
    def open(cls, folder: Path, *, verify: bool = True) -> Self:
        """Maps the snapshot in `folder`. Raises SnapshotDamaged where a byte differs from what was built."""
        import pyarrow as pa

        manifest = SnapshotManifest.read(folder)
        path = folder / TABLE
        try:
            if verify and sha256_of(path) != manifest.sha256:
                raise SnapshotDamaged(f"{folder.name}: {TABLE} is not the file that was built")
            with pa.memory_map(str(path)) as source:
                table = pa.ipc.open_file(source).read_all()
        except (OSError, pa.ArrowInvalid) as error:
            raise SnapshotDamaged(f"{folder.name}: {TABLE} is not readable ({error})") from error
        if table.num_rows != manifest.products + 1:
            raise SnapshotDamaged(f"{folder.name}: {table.num_rows - 1} products where {manifest.products} were built")
        return cls(manifest, table)

    @property
    def version(self) -> str:
        return self.manifest.version

    def __len__(self) -> int:
        return self.manifest.products

    @cached_property
    def ids(self) -> tuple[str, ...]:
        """The product of each row."""
        return tuple(self._table["product_id"].slice(0, len(self)).to_pylist())

    @cached_property
    def _row_of(self) -> dict[str, int]:
        return {product_id: row for row, product_id in enumerate(self.ids)}

    def rows_of(self, ids: Sequence[str]) -> Ints:
        """The row of each id, -1 for a product that the snapshot does not hold."""
        row_of = self._row_of
        try:
            return np.fromiter(map(row_of.__getitem__, ids), np.int32, len(ids))
        except KeyError:
            return np.fromiter((row_of.get(product_id, -1) for product_id in ids), np.int32, len(ids))

    @cached_property
    def columns(self) -> ProductColumns:
        """What `ranking_matrix` takes."""
        leaf, department, brand = (self._flat(f"{name}_code") for name in CODED)
        counts = [int(codes.max(initial=-1)) + 1 for codes in (leaf, department, brand)]
        return ProductColumns(
            values=self._matrix(MATRIX),
            leaf=leaf,
            department=department,
            brand=brand,
            together=self._matrix(TOGETHER),
            together_weights=self._matrix(WEIGHTS),
            leaf_count=counts[0],
            department_count=counts[1],
            brand_count=counts[2],
        )

    def column(self, name: str) -> npt.NDArray[Any]:
        """Numbers over all products: PRODUCT_COLUMNS and money (NaN is missing), `in_stock` (1, 0, -1 is unknown), or
        a code such as `leaf_code`. Raises KeyError."""
        return self._by_name[name]

    @cached_property
    def _by_name(self) -> dict[str, npt.NDArray[Any]]:
        values = self.columns.values
        named = {name: values[:-1, place] for place, name in enumerate(PRODUCT_COLUMNS)}
        return named | {name: self._flat(name)[:-1] for name in (*MONEY, IN_STOCK, *(f"{one}_code" for one in CODED))}

    def texts(self, name: str, rows: Iterable[int]) -> list[str | None]:
        """The strings of one of TEXTS at `rows`; None where missing and for row -1. Raises KeyError."""
        if name not in TEXTS:
            raise KeyError(name)
        column = self._table[name].chunk(0)
        return [column[row if row >= 0 else len(self)].as_py() for row in rows]

    @cached_property
    def paths(self) -> tuple[str | None, ...]:
        """The category path of each product."""
        return tuple(self._table["category"].slice(0, len(self)).to_pylist())

    def shop_time(self, wall_time: float) -> float:
        """What `wall_time` is to the shop: ages count from there. In a shop that runs they are the same; where a
        history was imported that ended long ago, the clock went on from its end when the snapshot was built."""
        return self.manifest.as_of + max(wall_time - self.manifest.created, 0.0)

    def _flat(self, name: str) -> npt.NDArray[Any]:
        flat: npt.NDArray[Any] = self._table[name].chunk(0).to_numpy(zero_copy_only=True)
        return flat

    def _matrix(self, name: str) -> npt.NDArray[Any]:
        column = self._table[name].chunk(0)
        flat: npt.NDArray[Any] = column.values.to_numpy(zero_copy_only=True)
        return flat.reshape(len(column), -1)
