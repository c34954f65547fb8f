"""What `make up` starts, and on which ports."""

import json
import os
from pathlib import Path

import pytest

from merx_pipelines.embedded.processes import ServedProcess, live_page, ports, processes, share_processors
from merx_pipelines.embedded.settings import EmbeddedSettings
from merx_pipelines.sources import BY_API, ImportRefused, bring_in, start_empty


def settings(home: Path, **changes: object) -> EmbeddedSettings:
    return EmbeddedSettings.load(home=home, **changes)


class TestProcesses:
    def test_every_port_is_checked_and_told_to_its_process(self, tmp_path: Path) -> None:
        moved = {"search": 18003, "intake": 18007, "recommendation": 18001, "pricing": 18002, "worker": 18017}
        moved["mlflow"] = 15000
        used = settings(tmp_path, **{f"{name}_port": port for name, port in moved.items()})
        served = {one.name: one for one in processes(used, "42", "1042") if isinstance(one, ServedProcess)}
        assert ports(used) == moved
        for name, port in ports(used).items():
            told = {*served[name].command, *served[name].environment.values()}
            assert str(port) in told
            assert f":{port}" in served[name].address

    def test_retraining_runs_beside_them_unless_it_is_switched_off(self, tmp_path: Path) -> None:
        names = [one.name for one in processes(settings(tmp_path), "42", "1042")]
        assert names == ["search", "intake", "recommendation", "pricing", "worker", "mlflow", "retrain"]
        assert "retrain" not in [one.name for one in processes(settings(tmp_path, retrain=False), "42", "1042")]

    def test_without_search_there_is_neither_its_process_nor_its_port(self, tmp_path: Path) -> None:
        used = settings(tmp_path, search=False)
        assert "search" not in [one.name for one in processes(used, "42", "1042")]
        assert "search" not in ports(used)

    def test_without_pricing_there_is_neither_its_process_nor_its_port(self, tmp_path: Path) -> None:
        used = settings(tmp_path, pricing=False)
        assert "pricing" not in [one.name for one in processes(used, "42", "1042")]
        assert "pricing" not in ports(used)

    def test_the_live_page_may_read_lists_from_the_other_port(self, tmp_path: Path) -> None:
        used = settings(tmp_path, intake_port=18007, recommendation_port=18001)
        reco = next(one for one in processes(used, "42", "1042") if one.name == "recommendation")
        assert "http://127.0.0.1:18007" in json.loads(reco.environment["RECO_CORS_ORIGINS"])
        assert live_page(used, "4 2").startswith("http://127.0.0.1:18007/live?")
        assert "customer=4+2" in live_page(used, "4 2")


class TestSharing:
    def test_two_runs_at_once_have_half_of_the_processors_each(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("os.cpu_count", lambda: 8)
        monkeypatch.setenv("OMP_NUM_THREADS", "")
        monkeypatch.delenv("OMP_NUM_THREADS")
        share_processors()
        assert os.environ["OMP_NUM_THREADS"] == "4"

    def test_who_said_otherwise_is_heeded(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("OMP_NUM_THREADS", "3")
        share_processors()
        assert os.environ["OMP_NUM_THREADS"] == "3"


class TestAnEmptyStart:
    def test_it_is_remembered_and_never_mixed_with_another_shop(self, tmp_path: Path) -> None:
        start_empty(settings(tmp_path))
        start_empty(settings(tmp_path))
        with pytest.raises(ImportRefused, match=BY_API.strip("()")):
            bring_in(settings(tmp_path), None)
