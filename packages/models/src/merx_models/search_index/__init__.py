"""What the search service serves, as one folder: words, pictures and what answers show of each product."""

from merx_models.search_index.index import SELLABLE, LookAnswer, LookQuery, SearchIndex, text_of
from merx_models.search_index.looks import Looks
from merx_models.search_index.manifest import CONTRACT, IndexDamaged, IndexManifest

__all__ = [
    "CONTRACT",
    "SELLABLE",
    "IndexDamaged",
    "IndexManifest",
    "LookAnswer",
    "LookQuery",
    "Looks",
    "SearchIndex",
    "text_of",
]
