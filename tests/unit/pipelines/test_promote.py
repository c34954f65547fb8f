"""Whether a model that passed becomes champion by itself."""

from pathlib import Path

import pytest

from merx_kit.settings import MerxSettings
from merx_pipelines.steps import promote


class TestPromotion:
    @pytest.mark.parametrize("embedded", [True, False])
    def test_it_is_as_the_kind_of_installation_has_it(self, tmp_path: Path, embedded: bool) -> None:
        assert MerxSettings(home=tmp_path, embedded=embedded).promote_automatically is embedded

    def test_where_it_is_switched_off_the_registry_is_not_even_asked(self, tmp_path: Path) -> None:
        used = MerxSettings(home=tmp_path, promote_automatically=False, mlflow_url="nonsense://")
        assert promote.run("recommendation", "7", settings=used) is False
