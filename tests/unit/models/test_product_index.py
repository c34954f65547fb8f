"""Products as rows, and back."""

from pathlib import Path

import pytest

from merx_core.ids import ProductId
from merx_models.product_index import ProductIndex

INDEX = ProductIndex((ProductId("b"), ProductId("a"), ProductId("ü")))


class TestProductIndex:
    def test_rows_keep_the_order_asked_for_and_mark_the_unknown(self) -> None:
        assert INDEX.rows(["a", "nobody", "b"]).tolist() == [1, -1, 0]

    def test_a_history_leaves_the_unknown_out(self) -> None:
        assert INDEX.history(["a", "nobody", "b"]).tolist() == [1, 0]

    def test_rows_lead_back_to_products(self) -> None:
        assert INDEX.products(INDEX.rows(["ü", "b"])) == ["ü", "b"]

    def test_refuses_a_product_that_stands_twice(self) -> None:
        with pytest.raises(ValueError, match="twice"):
            ProductIndex((ProductId("a"), ProductId("a")))

    def test_comes_back_from_disk_the_same(self, tmp_path: Path) -> None:
        INDEX.save(tmp_path)
        assert ProductIndex.load(tmp_path) == INDEX
