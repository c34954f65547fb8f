"""Pictures of products drawn by code, for catalogues that have none."""

from merx_pipelines.drawn.photograph import photograph
from merx_pipelines.drawn.picture import draw, main_colour, pack_type

__all__ = ["draw", "main_colour", "pack_type", "photograph"]
