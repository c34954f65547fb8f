"""What the builder does to the environment that an image is given."""

import re
from pathlib import Path

import pytest

from deploy.images import inside
from deploy.images.catalogue import IMAGES, ROOT


@pytest.fixture
def site(tmp_path: Path) -> Path:
    folder = tmp_path / "venv" / inside.SITE
    folder.mkdir(parents=True)
    return folder


def write(path: Path, text: str = "12345") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


class TestMembers:
    def test_are_the_service_and_the_packages_that_it_needs_in_turn(self) -> None:
        found = {path.relative_to(ROOT).as_posix() for path in inside.members("services/pricing", ROOT)}
        assert found == {"services/pricing", "packages/core", "packages/kit", "packages/models"}

    def test_are_not_those_that_it_does_without(self) -> None:
        assert ROOT / "packages" / "models" not in inside.members("services/intake", ROOT)

    @pytest.mark.parametrize("member", [image.member for image in IMAGES])
    def test_are_named_once(self, member: str) -> None:
        found = inside.members(member, ROOT)
        assert len(set(found)) == len(found)


@pytest.mark.parametrize("package", inside.NEVER_IMPORTED)
def test_what_is_left_out_is_imported_by_no_member(package: str) -> None:
    sources = [path for folder in ("packages", "services", "pipelines") for path in (ROOT / folder).rglob("*.py")]
    module = package.replace("-", "_")
    assert not [path for path in sources if re.search(rf"^\s*(from|import) {module}\b", path.read_text(), re.MULTILINE)]


class TestStrip:
    def test_takes_tests_and_headers_and_says_how_much(self, site: Path) -> None:
        for name in ("a/tests/test_a.py", "a/b/tests/deep/t.py", "torch/include/c10.h", "torch/bin/test_api"):
            write(site / name)
        assert inside.strip(site) == 20
        assert [path for path in site.rglob("*") if path.is_file()] == []

    def test_leaves_what_runs(self, site: Path) -> None:
        kept = [write(site / name) for name in ("jinja2/tests.py", "numpy/testing/x.py", "torch/bin/torch_shm_manager")]
        assert inside.strip(site) == 0
        assert all(path.exists() for path in kept)

    def test_takes_what_differs_from_build_to_build(self, site: Path) -> None:
        write(site / "merx_core-0.1.0.dist-info" / "uv_cache.json")
        write(site / "merx_core-0.1.0.dist-info" / "direct_url.json")
        record = write(site / "merx_core-0.1.0.dist-info" / "RECORD")
        inside.strip(site)
        assert list(record.parent.iterdir()) == [record]


class TestCuda:
    def test_is_refused(self, site: Path) -> None:
        (site / "nvidia_cublas_cu12-12.8.dist-info").mkdir()
        with pytest.raises(inside.NotForProcessors, match="1 packages of CUDA, the first nvidia_cublas"):
            inside.refuse_cuda(site)

    def test_is_not_what_asks_a_driver(self, site: Path) -> None:
        (site / "nvidia_ml_py-13.615.71.dist-info").mkdir()
        inside.refuse_cuda(site)


def test_merx_itself_lies_apart_and_is_found(site: Path, tmp_path: Path) -> None:
    write(site / "merx_core" / "__init__.py")
    write(site / "merx_core-0.1.0.dist-info" / "METADATA")
    write(site / "numpy" / "__init__.py")
    inside.keep_apart(tmp_path / "venv", tmp_path / "merx")
    own = tmp_path / "merx" / "lib"
    assert sorted(path.name for path in own.iterdir()) == ["merx_core", "merx_core-0.1.0.dist-info"]
    assert (site / "merx.pth").read_text() == f"{own}\n"
    assert (site / "numpy").exists()


def test_openmp_of_torch_is_the_one_of_all(site: Path, tmp_path: Path) -> None:
    own = write(site / "torch" / "lib" / "libgomp.so.1")
    inside.share_openmp(tmp_path / "venv")
    link = tmp_path / "venv" / "lib" / "libgomp.so.1"
    assert link.resolve() == own
    assert not link.readlink().is_absolute()
