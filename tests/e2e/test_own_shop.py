from pathlib import Path

import pytest

from tests.e2e.tutorials import work_through


@pytest.mark.slow
@pytest.mark.timeout(2_400)
def test_the_tutorial_works_as_written_and_leaves_no_process(tmp_path: Path) -> None:
    work_through(("own-shop.md", "own-model.md"), tmp_path / "home")
