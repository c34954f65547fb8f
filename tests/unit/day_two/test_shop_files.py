from pathlib import Path

import pytest

from deploy.day_two.__main__ import SHOP
from deploy.day_two.patience import StepFailed
from deploy.day_two.shop import ShopFiles


class TestShopFiles:
    def test_are_told_apart_by_what_is_in_them(self, files: Path) -> None:
        found = ShopFiles.of(files)
        assert [path.name for path in found.catalogue] == ["catalogue.tsv"]
        assert [path.name for path in found.events] == ["events.jsonl"]
        assert found.products == {"TC-001", "TC-002", "TC-003"}

    def test_name_the_customer_who_did_most(self, files: Path) -> None:
        assert ShopFiles.of(files).shopper == "b"

    def test_of_the_tutorial_are_a_shop(self) -> None:
        found = ShopFiles.of(SHOP)
        assert len(found.products) == 30
        assert len(found.events) == 2

    @pytest.mark.parametrize("missing", ["catalogue.tsv", "events.jsonl"])
    def test_without_products_or_customers_are_refused(self, files: Path, missing: str) -> None:
        (files / missing).unlink()
        with pytest.raises(StepFailed, match="needs a catalogue feed and events of customers"):
            ShopFiles.of(files)

    def test_that_are_not_there_are_refused(self, tmp_path: Path) -> None:
        with pytest.raises(StepFailed, match="is not a folder"):
            ShopFiles.of(tmp_path / "none")
