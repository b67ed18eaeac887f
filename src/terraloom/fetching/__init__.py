"""The one HTTP client of all sources: polite, bounded, observable, and able to point elsewhere."""

from __future__ import annotations

from terraloom.fetching.breaker import BreakerState
from terraloom.fetching.client import Client, SourceFetcher
from terraloom.fetching.credentials import StoredCredentials
from terraloom.fetching.events import FetchEvent
from terraloom.fetching.failures import Reason
from terraloom.fetching.validators import StoredValidators, confirm

__all__ = [
    "BreakerState",
    "Client",
    "FetchEvent",
    "Reason",
    "SourceFetcher",
    "StoredCredentials",
    "StoredValidators",
    "confirm",
]
