"""`python -m deploy.images.debian` makes a base of Debian's packages, where no registry is to be pulled from.

merx/base:bookworm is Debian's essential packages with Python 3.11, without documentation and translations;
merx/base-builder:bookworm has venv and certificates besides. mmdebstrap fetches the packages and checks the signatures.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from deploy.images.builder import CannotBuild, Commit, program

SUITE = "bookworm"
"""Debian 12, whose python3 is 3.11."""
ALWAYS = ("ca-certificates", "libstdc++6", "tzdata", "media-types", "usr-is-merged")
"""The last two stand for others that would bring all of Perl."""
MERGED = "/usr/share/mmdebstrap/hooks/merged-usr"
BASES = {
    f"merx/base:{SUITE}": ("python3.11", *ALWAYS),
    f"merx/base-builder:{SUITE}": ("python3.11", "python3.11-venv", *ALWAYS),
}
UNREAD = ("/usr/share/doc/*", "/usr/share/man/*", "/usr/share/locale/*", "/usr/share/info/*", "/usr/share/lintian/*")
LICENCES = "/usr/share/doc/*/copyright"
DOCKERFILE = """FROM scratch
ADD base.tar /
ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8
CMD ["python3.11"]
"""


def bootstrap(packages: tuple[str, ...], archive: Path) -> list[str]:
    """The words of mmdebstrap, which makes `archive`."""
    options = [f"--dpkgopt=path-exclude={path}" for path in UNREAD] + [f"--dpkgopt=path-include={LICENCES}"]
    options.append(f"--include={','.join(packages)}")
    return ["mmdebstrap", "--quiet", "--variant=essential", f"--hook-dir={MERGED}", *options, SUITE, str(archive)]


def make(name: str, *, commit: Commit, builder: str) -> None:
    """Raises CannotBuild."""
    with tempfile.TemporaryDirectory(prefix="merx-base-") as folder:
        (Path(folder) / "Dockerfile").write_text(DOCKERFILE)
        times = ["--identity-label=false", "--timestamp", str(commit.epoch_s)] if builder == "podman" else []
        # mmdebstrap gives no file a later time than this, and leaves out what differs from run to run.
        environment = {**os.environ, "SOURCE_DATE_EPOCH": str(commit.epoch_s)}
        for command in (
            bootstrap(BASES[name], Path(folder) / "base.tar"),
            [builder, "build", "--quiet", "--tag", name, *times, folder],
        ):
            done = subprocess.run(command, check=False, env=environment)  # noqa: S603 - our own command line
            if done.returncode:
                raise CannotBuild(f"{name}: {command[0]} ended with status {done.returncode}")


def main() -> int:
    try:
        for name in BASES:
            make(name, commit=Commit.last(), builder=program())
    except (CannotBuild, FileNotFoundError) as refused:
        sys.stderr.write(f"{refused}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
