"""What the use cases need from outside, named for the need."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from merx_core.features import ProfileFeatures
from merx_models.pictures.model import PictureModel
from merx_models.search_index import SearchIndex
from merx_search.domain import Floats, Pixels


class EncoderFailed(Exception):
    """A text or a picture could not be encoded."""


class Profiles(Protocol):
    async def read(self, profile_id: str, *, budget_s: float) -> ProfileFeatures:
        """What is known of a shopper now; an empty profile for a stranger.

        Raises merx_kit.features.errors.FeaturesUnavailable.
        """
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Standing:
    """An index in service, and how answers name it ("search/7"); `lacking` is what all its answers go without."""

    index: SearchIndex
    version: str
    lacking: tuple[str, ...] = ()


class Indexes(Protocol):
    def current(self) -> Standing | None:
        """The index in service; None before the first."""
        ...

    @property
    def degraded(self) -> tuple[str, ...]:
        """Why the index is not the one asked for, or not as the log has the catalogue; empty where it is."""
        ...


class Encoders(Protocol):
    """Batches what comes at once."""

    @property
    def text_model(self) -> str:
        """The name of the model that encodes texts."""
        ...

    @property
    def dim(self) -> int: ...

    async def texts(self, texts: Sequence[str], *, passages: bool = False) -> Floats:
        """Unit vectors [n, dim] of queries, or of the passages that they look for. Raises EncoderFailed."""
        ...

    async def features(self, model: PictureModel, picture: Pixels) -> Floats:
        """The network's features of one picture [1, views, F]. Raises EncoderFailed."""
        ...

    def count_tokens(self, texts: Sequence[str]) -> int: ...


class Decoder(Protocol):
    async def decode(self, data: bytes) -> Pixels:
        """Pixels of untrusted bytes. Raises merx_models.pictures.decoding.PictureRefused."""
        ...
