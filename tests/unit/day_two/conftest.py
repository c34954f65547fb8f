import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.day_two.fake_shop import FakeShop, served
from tests.unit.day_two.programs import Programs


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Programs:
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    return Programs(folder)


@pytest.fixture
def shop(programs: Programs) -> Iterator[FakeShop]:
    with served(FakeShop(programs.folder)) as shop:
        yield shop


@pytest.fixture
def files(tmp_path: Path) -> Path:
    folder = tmp_path / "files"
    folder.mkdir()
    return small_shop(folder)


def small_shop(folder: Path) -> Path:
    """Its files: three products and two customers."""
    rows = [f"TC-00{number}\tTea {number}\tin_stock\t3.00 EUR" for number in (1, 2, 3)]
    (folder / "catalogue.tsv").write_text("id\ttitle\tavailability\tprice\n" + "\n".join(rows) + "\n")
    whos = [{"customer_id": "b"}, {"customer_id": "a"}, {"customer_id": "b"}, {"anonymous_id": "c"}]
    seen = {"type": "view_item", "time": "2026-11-01T00:00:00Z", "lines": [{"product_id": "TC-001"}]}
    events = [{"message_id": f"event-{number}", **seen, **who} for number, who in enumerate(whos)]
    (folder / "events.jsonl").write_text("".join(f"{json.dumps(event)}\n" for event in events))
    return folder
