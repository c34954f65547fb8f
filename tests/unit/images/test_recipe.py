"""The words by which an image is built."""

from pathlib import Path

import pytest

from deploy.images import __main__ as command_line
from deploy.images import builder
from deploy.images.catalogue import service, version

COMMIT = builder.Commit("f" * 40, 1_700_000_000, "2023-11-14T22:13:20+00:00")
EMPTY = Path("/empty")


def recipe(**given: str) -> builder.Recipe:
    return builder.Recipe(COMMIT, **{"wheels": "", "certificates": "", **given})  # type: ignore[arg-type]


def words(**given: str) -> list[str]:
    return recipe(**given).command(service("intake"), empty=EMPTY)


def test_the_base_is_the_dockerfiles_unless_one_is_named() -> None:
    assert not [word for word in words() if word.startswith("BASE=")]
    assert "BASE=registry.example/python@sha256:1" in words(base="registry.example/python@sha256:1")


def test_a_tag_has_registry_name_and_version() -> None:
    assert recipe().reference(service("intake")) == f"merx/intake:{version()}"
    assert recipe(registry="registry.example/shop/").reference(service("intake")) == (
        f"registry.example/shop/merx/intake:{version()}"
    )


def test_every_file_is_given_the_time_of_the_commit() -> None:
    asked = words()
    assert asked[asked.index("--timestamp") + 1] == "1700000000"
    assert "SOURCE_DATE_EPOCH=1700000000" in asked


def test_docker_is_not_told_what_it_does_not_know() -> None:
    asked = words(program="docker")
    assert asked[:2] == ["docker", "build"]
    assert "--timestamp" not in asked


def test_wheels_and_certificates_of_the_machine_are_lent_to_the_build_and_not_left_in_it(tmp_path: Path) -> None:
    asked = words(wheels=str(tmp_path), certificates="/etc/ca.crt")
    assert asked[asked.index("--build-context") + 1] == f"wheels={tmp_path}"
    assert asked[asked.index("--secret") + 1] == "id=ca,src=/etc/ca.crt"
    assert not [word for word in asked if word.startswith("wheels=") and str(EMPTY) in word]
    assert f"wheels={EMPTY}" in words(wheels="https://wheels.example")


def test_where_packages_come_from_is_handed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "https://packages.example/simple")
    assert "PIP_INDEX_URL=https://packages.example/simple" in words()


def test_without_podman_and_docker_a_sentence_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(builder.CannotBuild, match="neither podman nor docker"):
        builder.program()


def test_a_name_that_is_no_image_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        command_line.arguments(["intake", "basket"])
    assert "there is no image basket" in capsys.readouterr().err
