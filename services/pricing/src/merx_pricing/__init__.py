"""Quotes prices that explain themselves and keep the shop's guard-rails; says what would sell, and what to order."""

__version__ = "0.1.0"
