"""Terraloom: the planet's open data woven into one record."""

__version__ = "0.1.0"
