"""How long to wait before the next try."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from random import Random

from terraloom.config import Fetch
from terraloom.fetching.failures import Failure


def wait_s(failure: Failure, tries: int, settings: Fetch, random: Random) -> float:
    """
    Seconds to wait after the `tries`-th try failed.

    Full jitter: uniform between 0 and the doubled step (M. Brooker, "Exponential Backoff And Jitter", AWS
    Architecture Blog, 2015). What `Retry-After` asks for is kept, with up to one step added, so that all
    who were turned away do not come back in the same instant.
    """
    if failure.retry_after_s is not None:
        return failure.retry_after_s + random.uniform(0, settings.backoff_initial_s)
    step = settings.backoff_initial_s * 2.0 ** min(tries - 1, 32)
    return random.uniform(0, min(settings.backoff_max_s, step))


def retry_after_s(header: str | None, now: datetime) -> float | None:
    """Seconds that a `Retry-After` header asks for, from a number or an HTTP date; None where unreadable."""
    text = (header or "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:12])  # beyond any limit anyway; a thousand digits must not become infinity
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    if moment.tzinfo is None:  # "-0000": UTC, says RFC 5322
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - now).total_seconds())
