"""The use cases: finding by words and pictures, explaining, reading pictures, encoding."""

from merx_search.service.finder import Finder, Options
from merx_search.service.journal import Journal
from merx_search.service.pictures import PictureReader

__all__ = ["Finder", "Journal", "Options", "PictureReader"]
