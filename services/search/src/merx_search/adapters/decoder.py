"""Untrusted pictures, decoded in a process of their own."""

import asyncio

from merx_models.pictures.decoding import PictureLimits
from merx_models.pictures.isolation import DecoderProcess
from merx_search.domain import Pixels


class IsolatedDecoder:
    """One picture at a time; a picture that hangs is given up after the limit, with the process that decodes it."""

    def __init__(self, limits: PictureLimits) -> None:
        self._process = DecoderProcess(limits)

    async def decode(self, data: bytes) -> Pixels:
        return await asyncio.to_thread(self._process.decode, data)

    def close(self) -> None:
        self._process.close()
