import asyncio
import os
import signal
from collections.abc import Iterator

import numpy as np
import pytest

from merx_models.pictures.decoding import PictureLimits, PictureRefused
from merx_search.adapters.decoder import IsolatedDecoder
from merx_search.ports import Decoder
from tests.unit.models.pictures.drawn import encoded, thing
from tests.unit.search.fakes import NearDecoder

LIMITS = PictureLimits(seconds=20.0)


@pytest.fixture(scope="module")
def isolated() -> Iterator[IsolatedDecoder]:
    made = IsolatedDecoder(LIMITS)
    yield made
    made.close()


@pytest.fixture(params=["fake", "real"])
def decoder(request: pytest.FixtureRequest, isolated: IsolatedDecoder) -> Decoder:
    return NearDecoder() if request.param == "fake" else isolated


class TestDecoders:
    """One contract for the fake and the one of the service."""

    async def test_a_picture_becomes_its_pixels(self, decoder: Decoder) -> None:
        picture = thing("blue", "box")
        assert np.array_equal(await decoder.decode(encoded(picture)), picture)

    @pytest.mark.parametrize(
        ("data", "code"),
        [(b"", "empty"), (b"GIF89a", "format_not_accepted"), (encoded(thing("red"), "JPEG")[:200], "damaged")],
    )
    async def test_what_is_none_is_refused(self, decoder: Decoder, data: bytes, code: str) -> None:
        with pytest.raises(PictureRefused) as refused:
            await decoder.decode(data)
        assert refused.value.code == code

    async def test_several_at_once_get_each_their_own(self, decoder: Decoder) -> None:
        pictures = [thing("red", seed=seed) for seed in range(6)]
        found = await asyncio.gather(*(decoder.decode(encoded(picture)) for picture in pictures))
        assert all(np.array_equal(one, other) for one, other in zip(found, pictures, strict=True))


class TestIsolation:
    async def test_a_process_that_dies_costs_nothing_more(self, isolated: IsolatedDecoder) -> None:
        await isolated.decode(encoded(thing("red")))
        before = isolated._process.child_pid
        assert before is not None
        os.kill(before, signal.SIGKILL)
        while (await asyncio.to_thread(os.waitid, os.P_PID, before, os.WEXITED | os.WNOWAIT)) is None:
            pass
        assert (await isolated.decode(encoded(thing("red")))).shape == (96, 96, 3)
        assert isolated._process.child_pid != before

    async def test_closing_ends_the_process(self) -> None:
        decoder = IsolatedDecoder(LIMITS)
        await decoder.decode(encoded(thing("red")))
        pid = decoder._process.child_pid
        assert pid is not None
        decoder.close()
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
