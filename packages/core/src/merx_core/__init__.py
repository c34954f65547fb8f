"""The shop's vocabulary, its wire contracts and its feature mathematics: what every other part of Merx agrees on."""

__version__ = "0.1.0"
