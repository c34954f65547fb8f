"""The list of images is the chart's, and has every member that runs."""

from pathlib import Path

import yaml

from deploy.images.catalogue import IMAGES, ROOT, version

CHART = ROOT / "deploy" / "helm" / "merx"
DOCKERIGNORE = (ROOT / ".dockerignore").read_text().splitlines()


def test_the_charts_values_name_the_images_there_are() -> None:
    values = yaml.safe_load((CHART / "values.yaml").read_text())
    workloads = [value for value in values.values() if isinstance(value, dict) and "image" in value]
    named = {one["image"]["repository"] for one in workloads if not one["image"].get("registry")}
    assert named == {image.repository for image in IMAGES}


def test_the_chart_tells_registries_of_the_same_images_and_version() -> None:
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text())
    listed = {one["image"] for one in yaml.safe_load(chart["annotations"]["artifacthub.io/images"])}
    assert {name for name in listed if name.startswith("merx/")} == {f"{one.repository}:{version()}" for one in IMAGES}
    assert chart["appVersion"] == version()


def test_every_member_that_runs_has_an_image() -> None:
    services = {f"services/{path.parent.name}" for path in (ROOT / "services").glob("*/pyproject.toml")}
    assert {image.member for image in IMAGES} == services | {"pipelines"}


def test_what_an_image_is_made_of_is_sent_to_the_builder() -> None:
    sent = {line.removeprefix("!") for line in DOCKERIGNORE if line.startswith("!")}
    wanted = {Path(image.member).parts[0] for image in IMAGES} | {name for image in IMAGES for name in image.folders}
    assert sent == wanted | {"packages", "requirements.lock", "LICENSE", "deploy/images/inside.py"}


def test_what_an_image_starts_is_there() -> None:
    for image in IMAGES:
        where = ROOT / image.member / "src" / image.module.replace(".", "/")
        assert where.with_suffix(".py").exists() or (where / "__main__.py").exists(), image.name
