"""What an index build reads from its environment (INDEX_*, and MERX_* for what it shares)."""

from pathlib import Path
from typing import Self

from pydantic import Field, field_validator, model_validator

from merx_kit.settings import MerxSettings
from merx_models.pictures.backbone import RECIPES
from merx_models.text_models import check_text_model

PACKAGED = "efficientnet-lite0"


class IndexSettings(MerxSettings, env_prefix="INDEX_"):
    picture_hosts: tuple[str, ...] = ()
    """Hosts (a JSON list) from which pictures may be fetched over https; none by default: a catalogue's addresses are
    the shop's word, and what fetches them stands inside its network."""
    picture_folder: Path | None = None
    """Where pictures lie that the catalogue names by a path."""
    picture_timeout_s: float = Field(default=10.0, gt=0)
    fetch_threads: int = Field(default=8, ge=1)
    picture_backbone: str = PACKAGED
    """Which network reads pictures (`merx_models.pictures.backbone.RECIPES`). All but the packaged one, which learns on
    from the shop's pictures, need `picture_network` and stay as they are."""
    picture_network: Path | None = None
    """The file of its weights, an ONNX graph."""
    judgements: Path | None = None
    """JSON lines {"query", "product_id", "grade"}: 0 not wanted, 3 wanted most. They stand above what clicks say."""
    judged_days: int = Field(default=28, ge=0)
    """How far back clicks on what searches showed are judged; 0: none are."""
    judged_exposures: int = Field(default=200_000, ge=1)
    """The last so many pages of results at most; while they are judged each takes about 5 KB of memory."""
    judged_shoppers: int = Field(default=3, ge=1)
    """A query is judged once so many shoppers wanted something that it showed."""
    position_bias: float = Field(default=0.5, ge=0.0, le=2.0)
    """How much less products are looked at further down: place p (from 0) with the chance 1 / (1 + p) to this power."""
    synonyms: Path | None = None
    """JSON: a list of lists of words that mean the same."""
    least_confidence: float = Field(default=0.6, ge=0.0, le=1.0)
    """How sure a value must be that is suggested for a gap in the catalogue."""

    @field_validator("text_model")
    @classmethod
    def _text_model_is_here(cls, name: str) -> str:
        check_text_model(name)
        return name

    @model_validator(mode="after")
    def _network_known(self) -> Self:
        if self.picture_backbone not in RECIPES:
            raise ValueError(f"no network is called {self.picture_backbone!r}; known are {', '.join(sorted(RECIPES))}")
        if self.picture_backbone != PACKAGED and self.picture_network is None:
            raise ValueError(f"picture_network must name the file of weights of {self.picture_backbone}")
        return self
