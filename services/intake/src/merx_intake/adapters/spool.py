"""Uploaded files in a folder of this machine."""

import asyncio
import errno
import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import BinaryIO

from merx_intake.errors import SpoolFull

PARTIAL = ".partial"


class FolderSpool:
    """A file bears its own name only once it is whole and on the disk; what a dead process left half-written goes."""

    def __init__(self, folder: Path, *, limit_bytes: int) -> None:
        self._folder = folder
        self._limit = limit_bytes

    def prepare(self) -> None:
        """Makes the folder, and removes what was never received in full."""
        self._folder.mkdir(parents=True, exist_ok=True)
        for partial in self._folder.glob(f"*/{PARTIAL}"):
            shutil.rmtree(partial.parent, ignore_errors=True)

    async def receive(self, job_id: str, name: str, chunks: AsyncIterator[bytes], told: int | None) -> int:
        await asyncio.to_thread(self._refuse_if_full, told or 0)
        folder = self._folder / job_id
        try:
            size = await self._write(folder, chunks)
            await asyncio.to_thread(os.replace, folder / PARTIAL, folder / name)
        except OSError as error:
            await asyncio.to_thread(self.remove, job_id)
            if error.errno in {errno.ENOSPC, errno.EDQUOT}:
                raise _full("The disk is full.") from error
            raise
        except BaseException:
            # The sender left, or sent too much.
            await asyncio.shield(asyncio.to_thread(self.remove, job_id))
            raise
        return size

    async def _write(self, folder: Path, chunks: AsyncIterator[bytes]) -> int:
        size = 0
        file = await asyncio.to_thread(_open, folder)
        with file:
            held: list[bytes] = []
            async for chunk in chunks:
                held.append(chunk)
                size += len(chunk)
                if sum(map(len, held)) >= 2**20:
                    await asyncio.to_thread(file.write, b"".join(held))
                    held.clear()
            await asyncio.to_thread(_finish, file, b"".join(held))
        return size

    def waiting(self) -> list[str]:
        if not self._folder.is_dir():
            return []
        return sorted(path.name for path in self._folder.iterdir() if self._whole(path))

    def file_of(self, job_id: str) -> Path:
        return next(path for path in (self._folder / job_id).iterdir() if not path.name.startswith("."))

    def remove(self, job_id: str) -> None:
        shutil.rmtree(self._folder / job_id, ignore_errors=True)

    def _whole(self, folder: Path) -> bool:
        return folder.is_dir() and any(not path.name.startswith(".") for path in folder.iterdir())

    def _refuse_if_full(self, coming: int) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        held = sum(path.stat().st_size for path in self._folder.glob("*/*"))
        if held + coming > self._limit:
            raise _full(f"Files of {held} bytes wait to be imported; at most {self._limit} may.")
        if coming > shutil.disk_usage(self._folder).free:
            raise _full("The disk has no room for a file of this size.")


def _open(folder: Path) -> BinaryIO:
    folder.mkdir(parents=True)
    return (folder / PARTIAL).open("wb")


def _finish(file: BinaryIO, rest: bytes) -> None:
    file.write(rest)
    file.flush()
    os.fsync(file.fileno())


def _full(detail: str) -> SpoolFull:
    return SpoolFull(detail, headers={"retry-after": "60"})
