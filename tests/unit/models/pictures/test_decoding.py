import io
import os
import signal
import struct
import threading
import zlib
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from merx_models.pictures.decoding import PictureLimits, PictureRefused, decode
from merx_models.pictures.isolation import DecoderProcess
from tests.unit.models.pictures.drawn import encoded, thing

PICTURE = thing("red")


def png_that_claims(width: int, height: int) -> bytes:
    """A PNG of a few bytes whose header promises more pixels than anybody should unpack."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


def moving(kind: str) -> bytes:
    stream = io.BytesIO()
    frames = [Image.fromarray(thing(colour)) for colour in ("red", "blue")]
    frames[0].save(stream, kind, save_all=True, append_images=frames[1:])
    return stream.getvalue()


REFUSED = {
    "nothing": (b"", "empty"),
    "text": (b"hello, I am not a picture", "format_not_accepted"),
    "an SVG": (b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>', "format_not_accepted"),
    "a moving GIF": (moving("GIF"), "format_not_accepted"),
    "a moving PNG": (moving("PNG"), "animated"),
    "a moving WebP": (moving("WEBP"), "animated"),
    "a JPEG cut off": (encoded(PICTURE, "JPEG")[:-400], "damaged"),
    "a PNG cut off": (encoded(PICTURE)[:-60], "damaged"),
    "a PNG of 100 megapixels": (png_that_claims(10_000, 10_000), "too_many_pixels"),
    "a PNG past what Pillow opens": (png_that_claims(60_000, 60_000), "too_many_pixels"),
    "a PNG without its rows": (png_that_claims(100, 100), "damaged"),
    "a picture of 4 x 4": (encoded(PICTURE[:4, :4]), "too_small"),
    "a JPEG of noise": (b"\xff\xd8\xff\xe0" + bytes(range(256)), "damaged"),
    "too many bytes": (b"\xff\xd8\xff" + bytes(12_000_000), "too_many_bytes"),
}


@pytest.fixture(scope="module")
def decoder() -> Iterator[DecoderProcess]:
    with DecoderProcess() as process:
        yield process


class TestRefusals:
    @pytest.mark.parametrize("name", REFUSED)
    def test_bad_bytes_are_refused_with_a_code(self, name: str) -> None:
        data, code = REFUSED[name]
        with pytest.raises(PictureRefused) as refused:
            decode(data)
        assert refused.value.code == code
        assert refused.value.detail

    @pytest.mark.parametrize("name", REFUSED)
    def test_the_child_refuses_the_same_and_lives(self, decoder: DecoderProcess, name: str) -> None:
        data, code = REFUSED[name]
        decoder.decode(encoded(PICTURE))
        child = decoder.child_pid
        with pytest.raises(PictureRefused) as refused:
            decoder.decode(data)
        assert refused.value.code == code
        assert decoder.decode(encoded(PICTURE)).shape == PICTURE.shape
        assert decoder.child_pid == child

    @settings(max_examples=60, deadline=None)
    @given(
        place=st.floats(0, 1), noise=st.binary(min_size=1, max_size=40), kind=st.sampled_from(["PNG", "JPEG", "WEBP"])
    )
    def test_damage_anywhere_is_a_picture_or_a_refusal(self, place: float, noise: bytes, kind: str) -> None:
        data = encoded(PICTURE, kind)
        start = int(place * (len(data) - 1))
        try:
            found = decode(data[:start] + noise + data[start + len(noise) :])
        except PictureRefused:
            return
        assert found.dtype == np.uint8
        assert found.shape[2] == 3


class TestPixels:
    @pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
    def test_a_picture_comes_as_it_is(self, decoder: DecoderProcess, kind: str) -> None:
        found = decoder.decode(encoded(PICTURE, kind, quality=95)).astype(int)
        assert np.abs(found - PICTURE.astype(int)).mean() < 3  # what JPEG and WebP lose

    def test_a_large_picture_is_reduced(self) -> None:
        large = np.zeros((1200, 2400, 3), np.uint8)
        assert decode(encoded(large, "JPEG")).shape == (256, 512, 3)

    def test_what_is_clear_is_white(self) -> None:
        clear = np.zeros((20, 20, 4), np.uint8)
        assert (decode(encoded(clear)) == 255).all()

    def test_a_turned_photograph_stands_upright(self) -> None:
        exif = Image.Exif()
        exif[0x0112] = 6  # orientation: a quarter turn
        found = decode(encoded(np.zeros((20, 40, 3), np.uint8), "JPEG", exif=exif))
        assert found.shape == (40, 20, 3)

    def test_sixteen_bits_keep_their_shades(self) -> None:
        stream = io.BytesIO()
        Image.fromarray(np.full((20, 20), 32_896, np.uint16)).save(stream, "PNG")
        assert (decode(stream.getvalue()) == 128).all()

    def test_grey_and_palette_are_colours(self) -> None:
        for mode in ("L", "P", "1", "CMYK"):
            stream = io.BytesIO()
            Image.fromarray(PICTURE).convert(mode).save(stream, "JPEG" if mode == "CMYK" else "PNG")
            assert decode(stream.getvalue()).shape == PICTURE.shape


class TestIsolation:
    def test_a_picture_that_hangs_is_given_up_and_the_next_is_decoded(self) -> None:
        with DecoderProcess(PictureLimits(seconds=0.5)) as decoder:
            decoder.decode(encoded(PICTURE))
            child = decoder.child_pid
            assert child is not None
            os.kill(child, signal.SIGSTOP)
            with pytest.raises(PictureRefused, match="timeout"):
                decoder.decode(encoded(PICTURE))
            with pytest.raises(ProcessLookupError):
                os.kill(child, 0)
            assert decoder.decode(encoded(PICTURE)).shape == PICTURE.shape

    def test_a_child_that_dies_of_a_picture_is_said_and_replaced(self) -> None:
        with DecoderProcess() as decoder:
            decoder.decode(encoded(PICTURE))
            child = decoder.child_pid
            assert child is not None
            os.kill(child, signal.SIGSTOP)
            threading.Timer(0.2, os.kill, (child, signal.SIGKILL)).start()
            with pytest.raises(PictureRefused, match="decoder_failed"):
                decoder.decode(encoded(PICTURE))
            assert decoder.decode(encoded(PICTURE)).shape == PICTURE.shape

    def test_a_picture_past_the_memory_of_the_child_is_refused(self) -> None:
        with DecoderProcess(PictureLimits(memory_bytes=1_000)) as decoder, pytest.raises(PictureRefused) as refused:
            decoder.decode(encoded(PICTURE))
        assert "memory" in refused.value.detail

    def test_children_are_renewed(self) -> None:
        with DecoderProcess(pictures_per_child=1) as decoder:
            for _ in range(2):
                decoder.decode(encoded(PICTURE))
                assert decoder.child_pid is None

    def test_close_leaves_no_child(self) -> None:
        decoder = DecoderProcess()
        decoder.decode(encoded(PICTURE))
        child = decoder.child_pid
        decoder.close()
        assert child is not None
        with pytest.raises(ProcessLookupError):
            os.kill(child, 0)
