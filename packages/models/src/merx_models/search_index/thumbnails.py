"""Small pictures of products in one file, read by offset: what a page of results shows."""

import io
import mmap
from collections.abc import Sequence
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from merx_models.pictures.views import Pixels

FILE, ENDS = "thumbnails.bin", "thumbnails.npy"
SIDE, QUALITY = 192, 80
MEDIA_TYPE = "image/jpeg"


def thumbnail(picture: Pixels) -> bytes:
    """A JPEG with no side longer than SIDE."""
    image = Image.fromarray(picture)
    image.thumbnail((SIDE, SIDE), Image.Resampling.BILINEAR)
    target = io.BytesIO()
    image.save(target, "JPEG", quality=QUALITY)
    return target.getvalue()


class Thumbnails:
    """By number, from 0. Mapped from the file; those added later are kept in memory."""

    def __init__(self, contents: bytes | mmap.mmap = b"", ends: NDArray[np.int64] | None = None) -> None:
        self._contents = contents
        self._ends = np.zeros(0, np.int64) if ends is None else ends
        self._later: list[bytes] = []

    def __len__(self) -> int:
        return len(self._ends) + len(self._later)

    def __getitem__(self, number: int) -> bytes:
        if number >= len(self._ends):
            return self._later[number - len(self._ends)]
        start = int(self._ends[number - 1]) if number else 0
        return self._contents[start : int(self._ends[number])]

    def extend(self, pictures: Sequence[bytes]) -> None:
        self._later.extend(pictures)

    def save(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        every = [self[number] for number in range(len(self))]
        (folder / FILE).write_bytes(b"".join(every))
        np.save(folder / ENDS, np.cumsum([len(each) for each in every], dtype=np.int64))

    @classmethod
    def load(cls, folder: Path) -> Self:
        ends = np.load(folder / ENDS)
        if not len(ends):
            return cls()
        with (folder / FILE).open("rb") as file:
            return cls(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ), ends)
