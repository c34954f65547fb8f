"""Folders of files that travel by an fsspec URL (a local folder, S3): published whole, fetched verified.

Layout under the URL: `<name>/<version>/<file>...`, in each version an `artefact.json` with the sha256 of every other
file, written last (a version without it does not exist), and `<name>/current.json`, which names the version in use.
"""

import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any

from merx_core.digests import sha256_of

ARTEFACT = "artefact.json"
CURRENT = "current.json"


class ArtefactError(Exception):
    """Something about an artefact that a caller can act on."""


class ArtefactMissing(ArtefactError):
    """There is no such name or version."""


class ArtefactDamaged(ArtefactError):
    """A file is missing, or its bytes are not those that were published."""


class ArtefactsUnavailable(ArtefactError):
    """The store does not answer."""


def digests(folder: Path) -> dict[str, str]:
    """sha256 of every file below `folder`, by its path with forward slashes; `artefact.json` itself left out."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    named = {path.relative_to(folder).as_posix(): path for path in files}
    return {name: sha256_of(path) for name, path in named.items() if name != ARTEFACT}


def verify(folder: Path) -> None:
    """Checks `folder` against its own `artefact.json`. Raises ArtefactDamaged, naming the first file that differs."""
    try:
        expected = json.loads((folder / ARTEFACT).read_bytes())["files"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ArtefactDamaged(f"{folder.name}: {ARTEFACT} is missing or unreadable ({error})") from error
    found = digests(folder)
    for name, digest in expected.items():
        if found.get(name) != digest:
            raise ArtefactDamaged(f"{folder.name}: {name} is {'altered' if name in found else 'missing'}")
    if extra := sorted(found.keys() - expected.keys()):
        raise ArtefactDamaged(f"{folder.name}: {extra[0]} was never published")


@dataclass(frozen=True)
class ArtefactStore:
    """Versions of named folders under one fsspec URL ("file:///srv/merx", "s3://bucket/prefix", or a plain path).

    `options` are fsspec's storage options; for S3 the usual AWS variables and files are read by s3fs itself.
    """

    url: str
    options: Mapping[str, Any] = field(default_factory=dict)

    def publish(self, folder: Path, name: str, version: str, *, make_current: bool = True) -> str:
        """Copies `folder` to `<name>/<version>` and returns its URL; readers see all of it or nothing.

        Publishing the same bytes again is harmless; other bytes under a version that exists raise ValueError.
        """
        files = digests(folder)
        if not files:
            raise ValueError(f"{folder} holds no files")
        base = self._path(name, version)
        with self._reachable():
            if not self._same_version_is_there(base, files):
                for file in files:
                    self._fs.makedirs(str(PurePosixPath(f"{base}/{file}").parent), exist_ok=True)
                    self._fs.put_file(str(folder / file), f"{base}/{file}")
                manifest = {"files": files, "created": datetime.now(UTC).isoformat(timespec="seconds")}
                self._write(f"{base}/{ARTEFACT}", manifest)
            if make_current:
                self._write(self._path(name, CURRENT), {"version": version})
        return self.url_of(name, version)

    def current(self, name: str) -> str | None:
        """The version of `name` in use, or None where nothing was published yet."""
        pointer = self._read(self._path(name, CURRENT))
        return None if pointer is None else str(pointer["version"])

    def set_current(self, name: str, version: str) -> None:
        """Puts an existing version into use. Raises ArtefactMissing."""
        if self._read(self._path(name, version, ARTEFACT)) is None:
            raise ArtefactMissing(f"{name}/{version}")
        with self._reachable():
            self._write(self._path(name, CURRENT), {"version": version})

    def versions(self, name: str) -> list[str]:
        """Every complete version of `name`, sorted by its name."""
        with self._reachable():
            self._fs.invalidate_cache()
            return sorted(PurePosixPath(path).parts[-2] for path in self._fs.glob(self._path(name, "*", ARTEFACT)))

    def fetch(self, name: str, version: str, target: Path) -> Path:
        """The verified files of one version in `target`, which appears whole or not at all; an intact one is kept.

        Raises ArtefactMissing, ArtefactDamaged, ArtefactsUnavailable.
        """
        if target.exists() and _intact(target):
            return target
        base = self._path(name, version)
        manifest = self._read(f"{base}/{ARTEFACT}")
        if manifest is None:
            raise ArtefactMissing(f"{name}/{version}")
        target.parent.mkdir(parents=True, exist_ok=True)
        staging = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
        try:
            self._download(base, manifest, staging)
            verify(staging)
            _put_in_place(staging, target)
        finally:
            shutil.rmtree(staging, ignore_errors=True)
        return target

    def remove(self, name: str, version: str) -> None:
        """Deletes one version, its manifest first, so that no reader takes half of it for a whole."""
        base = self._path(name, version)
        with self._reachable():
            if self._fs.exists(f"{base}/{ARTEFACT}"):
                self._fs.rm_file(f"{base}/{ARTEFACT}")
            if self._fs.exists(base):
                self._fs.rm(base, recursive=True)

    def url_of(self, name: str, version: str) -> str:
        """Where one version lies."""
        return str(self._fs.unstrip_protocol(self._path(name, version)))

    @cached_property
    def _fs(self) -> Any:
        return self._located[0]

    @cached_property
    def _located(self) -> tuple[Any, str]:
        from fsspec.core import url_to_fs

        # Listings may be stale in a process that lives long: another one publishes.
        options = {"use_listings_cache": False, **self.options} if self.url.startswith("s3") else dict(self.options)
        fs, root = url_to_fs(self.url, **options)
        return fs, root.rstrip("/")

    def _path(self, *parts: str) -> str:
        for part in parts:
            if part in {"", ".", ".."} or part.startswith("/") or ".." in part.split("/"):
                raise ValueError(f"not a name of an artefact: {part!r}")
        return "/".join((self._located[1], *parts))

    def _download(self, base: str, manifest: Mapping[str, Any], folder: Path) -> None:
        for file in manifest["files"]:
            destination = folder / file
            if not destination.resolve().is_relative_to(folder.resolve()):
                raise ArtefactDamaged(f"{base}: a file name leads outside: {file!r}")
            destination.parent.mkdir(parents=True, exist_ok=True)
            with self._reachable():
                try:
                    self._fs.get_file(f"{base}/{file}", str(destination))
                except FileNotFoundError as error:
                    raise ArtefactDamaged(f"{base}: {file} is missing") from error
        (folder / ARTEFACT).write_text(json.dumps(manifest, sort_keys=True))

    def _same_version_is_there(self, base: str, files: Mapping[str, str]) -> bool:
        manifest = self._read(f"{base}/{ARTEFACT}")
        if manifest is None:
            return False
        if manifest["files"] != files:
            raise ValueError(f"{base} was published before with other bytes; versions never change")
        return True

    def _read(self, path: str) -> dict[str, Any] | None:
        with self._reachable():
            try:
                content = self._fs.cat_file(path)
            except FileNotFoundError:
                return None
        try:
            document = json.loads(content)
        except ValueError as error:
            raise ArtefactDamaged(f"{path} is not JSON") from error
        if not isinstance(document, dict):
            raise ArtefactDamaged(f"{path} is not an object")
        return document

    def _write(self, path: str, document: Mapping[str, Any]) -> None:
        content = json.dumps(document, sort_keys=True).encode()
        if "file" not in self._fs.protocol:  # an object store puts one object at once or not at all
            self._fs.pipe_file(path, content)
            return
        destination = Path(path)
        destination.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(prefix=f".{destination.name}-", dir=destination.parent)
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        Path(temporary).replace(destination)

    @contextmanager
    def _reachable(self) -> Iterator[None]:
        """Turns the transport's many errors into one that callers know."""
        try:
            yield
        except FileNotFoundError:
            raise
        except _transport_errors(self.url) as error:
            raise ArtefactsUnavailable(f"{self.url}: {error}") from error


def _transport_errors(url: str) -> tuple[type[Exception], ...]:
    if not url.startswith("s3"):
        return (OSError,)
    from botocore.exceptions import BotoCoreError

    return (OSError, BotoCoreError)


def _intact(folder: Path) -> bool:
    try:
        verify(folder)
    except ArtefactDamaged:
        return False
    return True


def _put_in_place(staging: Path, target: Path) -> None:
    """Renames `staging` to `target`; a damaged one there makes way, one that another process just put there stays."""
    staging.chmod(0o755)
    if target.exists() and not _intact(target):
        shutil.rmtree(target)
    try:
        staging.rename(target)
    except OSError:
        if not (target.exists() and _intact(target)):
            raise
