"""A product's picture from where the catalogue says it is, or drawn by code where that is so asked."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

import httpx

from merx_core.catalogue import Product
from merx_models.pictures.decoding import PictureLimits
from merx_pipelines.indexing.settings import IndexSettings

DRAWN = "drawn"
"""Where the picture of a product comes from that was drawn by code."""
CHUNK = 65_536
AT_ONCE = 64
"""Pictures that are held before they are asked for."""


@dataclass(frozen=True, slots=True)
class Brought:
    """`source` is where the picture came from; `data` is empty where it did not come, and `refused` a word for why."""

    product: Product
    source: str = ""
    data: bytes = b""
    refused: str = ""


class PictureSource:
    """The first picture of each product. Addresses are followed only to hosts and into the folder that are allowed."""

    def __init__(self, settings: IndexSettings, *, drawn: bool) -> None:
        self._settings = settings
        self._drawn = drawn
        self._limit = PictureLimits().most_bytes

    def bring(self, products: Sequence[Product]) -> Iterator[Brought]:
        """In the order of `products`; several at once, since most of it is waiting."""
        timeout = httpx.Timeout(self._settings.picture_timeout_s)
        with (
            httpx.Client(timeout=timeout, follow_redirects=False) as client,
            ThreadPoolExecutor(self._settings.fetch_threads, thread_name_prefix="pictures") as threads,
        ):
            for start in range(0, len(products), AT_ONCE):
                yield from threads.map(lambda product: self._one(client, product), products[start : start + AT_ONCE])

    def _one(self, client: httpx.Client, product: Product) -> Brought:
        if not product.pictures:
            return self._without(product)
        address = product.pictures[0]
        try:
            parts = urlsplit(address)
            if parts.scheme in {"http", "https"}:
                return self._fetched(client, product, address)
            if parts.scheme in {"", "file"}:
                return self._read(product, unquote(parts.path))
        except (ValueError, httpx.InvalidURL):
            # What a feed calls an address may be anything: half a host, a port in letters, a path with a zero in it.
            return Brought(product, address, refused="not_an_address")
        return Brought(product, address, refused="scheme_not_allowed")

    def _without(self, product: Product) -> Brought:
        if not self._drawn:
            return Brought(product, refused="no_picture")
        from merx_pipelines.drawn import draw

        return Brought(product, DRAWN, draw(product))

    def _fetched(self, client: httpx.Client, product: Product, address: str) -> Brought:
        if urlsplit(address).scheme != "https" or urlsplit(address).hostname not in self._settings.picture_hosts:
            return Brought(product, address, refused="host_not_allowed")
        try:
            with client.stream("GET", address) as response:
                if response.status_code != httpx.codes.OK:
                    return Brought(product, address, refused=f"status_{response.status_code}")
                data = bytearray()
                for chunk in response.iter_bytes(CHUNK):
                    data += chunk
                    if len(data) > self._limit:
                        return Brought(product, address, refused="too_many_bytes")
        except httpx.HTTPError:
            return Brought(product, address, refused="not_reached")
        return Brought(product, address, bytes(data))

    def _read(self, product: Product, path: str) -> Brought:
        folder = self._settings.picture_folder
        if folder is None:
            return Brought(product, path, refused="folder_not_set")
        file = (folder / path.lstrip("/")).resolve() if not Path(path).is_relative_to(folder) else Path(path).resolve()
        if not file.is_relative_to(folder.resolve()):
            return Brought(product, path, refused="outside_the_folder")
        try:
            if file.stat().st_size > self._limit:
                return Brought(product, path, refused="too_many_bytes")
            return Brought(product, path, file.read_bytes())
        except OSError:
            return Brought(product, path, refused="not_there")
