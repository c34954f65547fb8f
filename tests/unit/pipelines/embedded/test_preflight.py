import socket
from pathlib import Path

import pytest

from merx_pipelines.embedded.preflight import NotReadyError, check_folder, check_ports, check_shop


class TestPorts:
    def test_a_port_in_use_is_named_with_the_setting_that_moves_it(self) -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            with pytest.raises(
                NotReadyError, match=rf"Port {port}, which mlflow needs, is in use.*EMBEDDED_MLFLOW_PORT"
            ):
                check_ports({"mlflow": port}, "127.0.0.1")

    def test_free_ports_pass(self) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        check_ports({"recommendation": port}, "127.0.0.1")

    def test_an_address_of_another_machine_is_refused(self) -> None:
        with pytest.raises(NotReadyError, match="cannot be used for mlflow"):
            check_ports({"mlflow": 5000}, "192.0.2.1")


class TestFolder:
    def test_a_full_disk_is_said_in_one_sentence(self, tmp_path: Path) -> None:
        with pytest.raises(NotReadyError, match="GiB free and Merx needs"):
            check_folder(tmp_path, min_free_bytes=2**62)

    def test_a_file_in_the_way_is_refused(self, tmp_path: Path) -> None:
        in_the_way = tmp_path / "home"
        in_the_way.write_text("")
        with pytest.raises(NotReadyError, match="MERX_HOME"):
            check_folder(in_the_way)

    def test_a_new_folder_is_made(self, tmp_path: Path) -> None:
        check_folder(tmp_path / "a" / "b", min_free_bytes=0)
        assert (tmp_path / "a" / "b").is_dir()


class TestShop:
    def test_a_missing_folder_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(NotReadyError, match="is not a folder"):
            check_shop(tmp_path / "none")

    def test_an_empty_folder_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(NotReadyError, match="holds no file"):
            check_shop(tmp_path)
