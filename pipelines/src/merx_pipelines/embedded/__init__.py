"""The embedded default: everything of Merx on one machine, from nothing to answers (`make up`)."""

from merx_pipelines.embedded.up import REFUSALS, up

__all__ = ["REFUSALS", "up"]
