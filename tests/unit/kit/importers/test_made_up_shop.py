"""The shop of the tutorials is what its generator writes, byte by byte."""

import runpy
import shutil
from pathlib import Path

TUTORIALS = Path("docs/tutorials")


def test_generator_writes_the_committed_files(tmp_path: Path) -> None:
    shutil.copy(TUTORIALS / "generate_shop.py", tmp_path)
    runpy.run_path(str(tmp_path / "generate_shop.py"), run_name="__main__")
    written = {path.name: path.read_bytes() for path in (tmp_path / "shop").iterdir()}
    assert written == {path.name: path.read_bytes() for path in (TUTORIALS / "shop").iterdir()}
