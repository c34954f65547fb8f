"""Which network reads pictures, by its name."""

from pathlib import Path

import pytest

from merx_kit.settings import SettingsError
from merx_pipelines.indexing.settings import IndexSettings


class TestTheNetwork:
    def test_the_packaged_one_needs_no_file(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("INDEX_PICTURE_BACKBONE", raising=False)
        assert IndexSettings.load().picture_network is None

    @pytest.mark.parametrize("name", ["resnet50", "clip-vit-b32"])
    def test_a_deployments_own_is_named_with_its_file(self, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
        monkeypatch.setenv("INDEX_PICTURE_BACKBONE", name)
        monkeypatch.setenv("INDEX_PICTURE_NETWORK", "/weights/own.onnx")
        loaded = IndexSettings.load()
        assert (loaded.picture_backbone, loaded.picture_network) == (name, Path("/weights/own.onnx"))

    def test_a_name_without_a_file_is_refused(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("INDEX_PICTURE_BACKBONE", "resnet50")
        with pytest.raises(SettingsError, match="file of weights of resnet50"):
            IndexSettings.load()

    def test_a_name_that_nobody_knows_is_answered_with_those_there_are(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("INDEX_PICTURE_BACKBONE", "resnet51")
        with pytest.raises(SettingsError, match="clip-vit-b32, efficientnet-lite0, resnet50"):
            IndexSettings.load()
