"""How an attempt at a job ended: a pure verdict on what the archive answered and what was in it."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from terraloom.backfill.jobs import Held, Job, Window
from terraloom.backfill.windows import missing, shown
from terraloom.polling.state import accepted

SHOWN = 5  # windows in a reason


class Caught(Struct, frozen=True, kw_only=True):
    """
    What the step `fetch` brought for `job`: ids of archived payloads, what they amount to, why it ended
    early. Without a job the attempt does not count: it was cancelled meanwhile, or is in other hands.
    """

    job: Job | None = None
    failures: int = 0  # of the job, in a row, before this attempt
    fetched: bool = True  # False: nothing was asked yet
    payloads: tuple[str, ...] = ()
    held: tuple[Held, ...] = ()
    instead: tuple[Job, ...] = ()
    why_instead: str = ""
    bytes: int = 0
    seconds: float = 0.0
    error: str = ""
    passing: bool = True  # the error may be gone the next time


class Tries(Struct, frozen=True):
    """How often a job is tried in a row, and the pause before the next try, which doubles."""

    attempts: int = 5
    first_s: float = 60.0
    longest_s: float = 3600.0

    def wait_s(self, failures: int) -> float:
        """Seconds to wait after so many failures in a row (1, 2, …)."""
        return float(min(self.longest_s, self.first_s * 2.0 ** (failures - 1)))


class Verdict(Struct, frozen=True, kw_only=True):
    """`outcome` of the attempt: done, split (into the jobs `instead`), again (after `wait_s`) or failed."""

    outcome: str
    says: str = ""
    wait_s: float = 0.0
    duration_s: float = 0.0
    payloads: tuple[str, ...] = ()
    rows: int = 0  # records, read or quarantined
    new: int = 0  # of them such as the record did not have
    bytes: int = 0
    held: tuple[Window | None, ...] = ()
    empty: tuple[Window | None, ...] = ()
    instead: tuple[Job, ...] = ()

    @property
    def state(self) -> str:
        """Of the job."""
        return {"done": "done", "split": "done", "again": "pending", "failed": "failed"}[self.outcome]


def judge(job: Job, caught: Caught, counts: Mapping[str, int], unread: str, tries: Tries) -> Verdict:
    """
    The verdict on one attempt.

    `counts` are those of the payloads' ingestion, `unread` why they could not be ingested. A job is done when
    all of its window is known, and the payloads hold as many records as the service says that there are.
    What may be otherwise the next time is tried again: errors that pass, and answers that were short.
    """
    records = counts.get("records", 0)
    few = _few(caught, records) or _unreadable(records, counts.get("rejected", 0))
    reason = caught.error or unread or few or _gaps(job, caught)
    again = bool(reason) and caught.passing and caught.failures + 1 < tries.attempts
    known = () if unread or few else caught.held  # which window lacks some, nobody can tell
    return Verdict(
        outcome=_outcome(reason, again, caught),
        says=reason or _split(caught),
        wait_s=tries.wait_s(caught.failures + 1) if again else 0.0,
        duration_s=caught.seconds,
        payloads=caught.payloads,
        rows=records,
        new=accepted(counts),
        bytes=caught.bytes,
        held=tuple(one.window for one in known if not one.empty),
        empty=tuple(one.window for one in known if one.empty),
        instead=() if reason else caught.instead,
    )


def _outcome(reason: str, again: bool, caught: Caught) -> str:
    if reason:
        return "again" if again else "failed"
    return "split" if caught.instead else "done"


def _few(caught: Caught, records: int) -> str:
    """Why the answer is shorter than the service says."""
    expected = sum(one.expected or 0 for one in caught.held)
    if expected <= records:
        return ""
    return f"short answer: the service says that there are {expected} records, its payloads hold {records}"


def _unreadable(records: int, rejected: int) -> str:
    """Why an answer is none, though it came whole: the wrong question, the wrong source, another format."""
    return f"none of {records} records can be read: see the quarantine" if 0 < records == rejected else ""


def _gaps(job: Job, caught: Caught) -> str:
    """Why the answer is shorter than what was asked."""
    if caught.instead or any(one.window is None for one in caught.held):
        return ""
    if job.window is None:
        return "short answer: nothing says that the archive was read to its end"
    gaps = missing(job.window, [one.window for one in caught.held if one.window])
    more = f" and {len(gaps) - SHOWN} more" if len(gaps) > SHOWN else ""
    return f"short answer: {shown(gaps[:SHOWN])}{more} is missing" if gaps else ""


def _split(caught: Caught) -> str:
    return f"split into {len(caught.instead)}: {caught.why_instead}" if caught.instead else ""
