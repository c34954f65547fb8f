"""Untrusted bytes to pixels, or a refusal with a reason. What is too large is refused on its header, undecoded."""

import io
import struct
import warnings
import zlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

Pixels = NDArray[np.uint8]
DAMAGED = (OSError, SyntaxError, ValueError, EOFError, IndexError, KeyError, OverflowError, struct.error, zlib.error)
"""What Pillow's readers raise on bytes that are not what they say they are."""


class PictureRefused(ValueError):
    """Bytes that are not decoded. `code` is one of: empty, too_many_bytes, format_not_accepted, animated,
    too_many_pixels, too_small, damaged, timeout, decoder_failed; `detail` is for people."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code, self.detail = code, detail


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureLimits:
    """What is accepted, and the longest side of what is handed on, in pixels (larger pictures are reduced)."""

    most_bytes: int = 12_000_000
    most_pixels: int = 40_000_000
    least_side: int = 8
    side: int = 512
    seconds: float = 5.0
    memory_bytes: int = 1_500_000_000


def format_of(data: bytes) -> str:
    """JPEG, PNG or WEBP by the first bytes, never by a name or a header; PictureRefused for all else."""
    if not data:
        raise PictureRefused("empty", "no bytes were sent")
    if data.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WEBP"
    if data[:6] in {b"GIF87a", b"GIF89a"}:
        raise PictureRefused("format_not_accepted", "GIF is not accepted: send JPEG, PNG or WebP")
    if b"<svg" in data[:4096].lower():
        raise PictureRefused("format_not_accepted", "SVG is not accepted: send JPEG, PNG or WebP")
    raise PictureRefused("format_not_accepted", "these are not the bytes of a JPEG, PNG or WebP picture")


def check_bytes(data: bytes, limits: PictureLimits) -> str:
    """The format, after the checks that need no decoder."""
    if len(data) > limits.most_bytes:
        raise PictureRefused("too_many_bytes", f"{len(data)} bytes, {limits.most_bytes} are accepted")
    return format_of(data)


def decode(data: bytes, limits: PictureLimits | None = None) -> Pixels:
    """uint8[height, width, 3], upright, transparency on white; PictureRefused otherwise.

    Runs Pillow in this process: for bytes from outside use `isolation.DecoderProcess`.
    """
    bounds = limits or PictureLimits()
    kind = check_bytes(data, bounds)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow warns of sizes that are refused below, and of odd metadata
        try:
            with Image.open(io.BytesIO(data), formats=[kind]) as image:
                _check_header(image, bounds)
                image.draft("RGB", (bounds.side, bounds.side))
                image.load()
                return _reduced(_on_white(ImageOps.exif_transpose(image)), bounds.side)
        except PictureRefused:
            raise
        except Image.DecompressionBombError as error:
            raise PictureRefused("too_many_pixels", f"more than {bounds.most_pixels} pixels") from error
        except MemoryError as error:
            raise PictureRefused("damaged", "it needs more memory than a picture of its size should") from error
        except DAMAGED as error:
            raise PictureRefused("damaged", f"truncated or damaged {kind}") from error


def _check_header(image: Image.Image, limits: PictureLimits) -> None:
    pixels = image.width * image.height
    if pixels > limits.most_pixels:
        raise PictureRefused("too_many_pixels", f"{image.width} x {image.height}, {limits.most_pixels} are accepted")
    if min(image.size) < limits.least_side:
        raise PictureRefused("too_small", f"{image.width} x {image.height}: no side may be under {limits.least_side}")
    if getattr(image, "is_animated", False):
        raise PictureRefused("animated", "a moving picture: send one frame")


def _on_white(image: Image.Image) -> Image.Image:
    if image.mode in {"I", "I;16", "I;16B", "I;16L", "F"}:
        # Sixteen bits a pixel: `convert` would clip where it should scale.
        return Image.fromarray((np.asarray(image).astype(np.float32) / 257.0).clip(0, 255).astype(np.uint8)).convert(
            "RGB"
        )
    if image.mode in {"RGBA", "LA", "PA"} or "transparency" in image.info:
        clear = image.convert("RGBA")
        white = Image.new("RGBA", clear.size, "white")
        return Image.alpha_composite(white, clear).convert("RGB")
    return image.convert("RGB")


def _reduced(image: Image.Image, side: int) -> Pixels:
    image.thumbnail((side, side), Image.Resampling.BILINEAR, reducing_gap=2.0)
    return np.asarray(image, dtype=np.uint8).copy()
