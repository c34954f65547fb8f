"""Answers which products to show to whom, for the shop's pages, mails and carts."""

__version__ = "0.1.0"
