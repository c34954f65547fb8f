"""Photographs of drawn products: another picture of the same thing."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from merx_core.catalogue import Product
from merx_pipelines.drawn import draw, photograph

SOUP = Product(product_id="1", title="Condensed soup, 10 OZ", brand="Hearth", category=("GROCERY", "SOUP"))


def pixels(picture: bytes) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    return np.asarray(Image.open(BytesIO(picture)).convert("RGB"))


@pytest.mark.parametrize("side", [96, 256])
def test_has_the_size_of_the_picture(side: int) -> None:
    assert pixels(photograph(draw(SOUP, side=side), seed=1)).shape == (side, side, 3)


def test_the_seed_settles_the_photograph() -> None:
    picture = draw(SOUP)
    assert photograph(picture, seed=3) == photograph(picture, seed=3)
    assert photograph(picture, seed=3) != photograph(picture, seed=4)


def test_the_white_behind_the_thing_is_gone() -> None:
    picture = draw(SOUP)
    white = [float((pixels(photograph(picture, seed=seed)) > 245).all(axis=2).mean()) for seed in range(8)]
    assert float((pixels(picture) > 245).all(axis=2).mean()) > 0.5
    assert sum(white) / len(white) < 0.1
