"""From untrusted bytes to vectors and to what a picture shows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from time import perf_counter

import structlog

from merx_core.contracts.problem import FieldError
from merx_models.pictures.decoding import PictureRefused as Refused
from merx_models.pictures.model import Look, PictureModel
from merx_models.search_index import SearchIndex
from merx_search.domain import Floats, Pixels, Recognised
from merx_search.errors import EncoderUnavailable, PictureRefused, PicturesUnavailable
from merx_search.metrics import PICTURES_REFUSED, STAGE
from merx_search.ports import Decoder, EncoderFailed, Encoders

log = structlog.get_logger(__name__)

SURE = 0.6
"""From here on a value that is read from a picture may be a filter."""
COLOUR = "colour"


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """One picture: its pixels, the network's features [1, views, F], and its unit vector [dim]."""

    pixels: Pixels
    features: Floats
    vector: Floats


class PictureReader:
    def __init__(self, decoder: Decoder, encoders: Encoders) -> None:
        self._decoder = decoder
        self._encoders = encoders

    async def see(self, index: SearchIndex, data: bytes, *, pointer: str = "/image") -> Seen:
        """Raises PicturesUnavailable where the index has no network; PictureRefused, with `pointer`;
        EncoderUnavailable."""
        model = model_of(index)
        started = perf_counter()
        try:
            pixels = await self._decoder.decode(data)
        except Refused as refused:
            PICTURES_REFUSED.labels(refused.code).inc()
            detail = f"{refused.detail} ({refused.code})"
            raise PictureRefused(detail, errors=(FieldError(pointer=pointer, detail=detail),)) from None
        STAGE.labels("decode").observe(perf_counter() - started)
        started = perf_counter()
        try:
            features = await self._encoders.features(model, pixels)
        except EncoderFailed as error:
            log.warning("picture_not_encoded", detail=str(error))
            raise EncoderUnavailable("The picture could not be encoded; try again shortly.") from error
        STAGE.labels("encode_picture").observe(perf_counter() - started)
        return Seen(pixels, features, model.vectors(features)[0])

    async def look(self, index: SearchIndex, data: bytes, *, top: int) -> Look:
        """What a picture shows, `top` guesses of each attribute."""
        seen = await self.see(index, data)
        return model_of(index).look_at(seen.features, [seen.pixels], top=top)[0]


def model_of(index: SearchIndex) -> PictureModel:
    if index.pictures is None:
        raise PicturesUnavailable("Build an index of products with pictures: `merx index`.")
    return index.pictures


def recognised(look: Look, names: Sequence[str]) -> Mapping[str, tuple[Recognised, ...]]:
    """The attributes of `names` that the picture tells surely enough, each with its values."""
    found: dict[str, tuple[Recognised, ...]] = {}
    for name in names:
        guesses = look.attributes.get(name, ())
        told = [Recognised(guess.value, guess.confidence) for guess in guesses if guess.confidence >= SURE]
        if name == COLOUR and not guesses:
            told = [Recognised(colour.name, colour.share) for colour in look.colours[:1] if colour.share >= SURE]
        if told:
            found[name] = tuple(told)
    return found
