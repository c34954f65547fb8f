"""Search by words, by a picture, or by both, over the shop's catalogue; attributes read from photographs; text vectors.

For the shop's backend and its pages.
"""

__version__ = "0.1.0"
