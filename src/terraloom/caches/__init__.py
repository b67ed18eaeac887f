"""Precomputed bodies that pages and the API send as they are: made from rollups, never by counting."""

from terraloom.caches.refresh import NAMES, refresh
from terraloom.caches.store import CHANNEL, Cached, load_all

__all__ = ["CHANNEL", "NAMES", "Cached", "load_all", "refresh"]
