"""When a job is done, when it is tried again, and when it has failed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace
from toys import BEGIN, HOST, SOURCE, days

from terraloom.backfill.jobs import Held, Job, Window
from terraloom.backfill.runner import may_pass
from terraloom.backfill.verdict import Caught, Tries, Verdict, judge
from terraloom.errors import ArchiveError, ConfigError, FetchError, TerraloomError

JOB = Job(kind="toy", source=SOURCE, host=HOST, window=days(1))
WHOLE, HALF = Held(window=days(1)), Held(window=Window(BEGIN, BEGIN + timedelta(hours=12)))
PAIR = (Job(kind="toy", source=SOURCE, host=HOST), Job(kind="toy", source=SOURCE, host=HOST, series="b"))


def verdict(caught: Caught, records: int = 0, *, unread: str = "", failures: int = 0) -> Verdict:
    counts = {"records": records, "rejected": 1 if records else 0}
    return judge(JOB, replace(caught, failures=failures), counts, unread, Tries(3, 10.0, 15.0))


def test_a_whole_answer_is_done_and_held() -> None:
    found = verdict(Caught(held=(WHOLE,), payloads=("a",), bytes=7), records=5)
    assert (found.outcome, found.state, found.says) == ("done", "done", "")
    assert (found.held, found.empty) == ((days(1),), ())
    assert (found.rows, found.new, found.bytes) == (5, 4, 7)


def test_nothing_there_is_a_success_and_known_to_be_empty() -> None:
    found = verdict(Caught(held=(Held(window=days(1), empty=True),)))
    assert (found.outcome, found.held, found.empty) == ("done", (), (days(1),))


def test_a_window_in_parts_is_whole_when_all_parts_are_known() -> None:
    rest = Held(window=Window(BEGIN + timedelta(hours=12), BEGIN + timedelta(days=1)), empty=True)
    assert verdict(Caught(held=(rest, HALF))).outcome == "done"
    found = verdict(Caught(held=(HALF,)))
    assert found.says == "short answer: 2010-01-01T12:00:00Z to 2010-01-02T00:00:00Z is missing"
    assert found.held == (HALF.window,)  # that part is known all the same


def test_fewer_records_than_the_service_says_there_are_is_short() -> None:
    caught = Caught(held=(Held(window=days(1), expected=6),))
    assert verdict(caught, records=6).outcome == "done"
    found = verdict(caught, records=5)
    assert found.says == "short answer: the service says that there are 6 records, its payloads hold 5"
    assert (found.outcome, found.held) == ("again", ())


def test_without_a_word_nothing_is_done() -> None:
    assert verdict(Caught()).outcome == "again"
    whole = Job(kind="toy", source=SOURCE, host=HOST)
    said = judge(whole, Caught(payloads=("a",)), {}, "", Tries())
    assert "nothing says that the archive was read to its end" in said.says
    held = Caught(held=(Held(window=None),))
    assert judge(whole, held, {}, "", Tries()).held == (None,)


def test_too_much_for_one_answer_is_done_by_others() -> None:
    found = verdict(Caught(instead=PAIR, why_instead="413"))
    assert (found.outcome, found.state, found.says) == ("split", "done", "split into 2: 413")
    assert found.instead == PAIR
    broken = verdict(Caught(instead=PAIR, error="cut off"))
    assert (broken.outcome, broken.instead) == ("again", ())


@pytest.mark.parametrize(
    ("failures", "outcome", "wait_s"), [(0, "again", 10.0), (1, "again", 15.0), (2, "failed", 0.0)]
)
def test_what_may_pass_is_tried_again_later_and_not_for_ever(
    failures: int, outcome: str, wait_s: float
) -> None:
    found = verdict(Caught(error="no answer"), failures=failures)
    assert (found.outcome, found.wait_s, found.says) == (outcome, wait_s, "no answer")


def test_what_does_not_pass_is_not_tried_again() -> None:
    assert verdict(Caught(error="no such page", passing=False)).outcome == "failed"


def test_what_could_not_be_taken_in_now_is_tried_again() -> None:
    found = verdict(Caught(held=(WHOLE,)), unread="payload a: ArchiveError: the store is away")
    assert (found.outcome, found.held) == ("again", ())
    assert verdict(Caught(held=(WHOLE,)), unread="payload a: ValueError", failures=2).outcome == "failed"


def test_an_answer_of_which_nothing_can_be_read_is_none() -> None:
    found = verdict(Caught(held=(WHOLE,)), records=1)
    assert found.says == "none of 1 records can be read: see the quarantine"
    assert (found.outcome, found.held) == ("again", ())


@pytest.mark.parametrize(
    ("error", "passes"),
    [
        (FetchError("https://toys.example/", "no answer"), True),
        (FetchError("https://toys.example/", "busy", 429), True),
        (FetchError("https://toys.example/", "broken", 502), True),
        (FetchError("https://toys.example/", "no such page", 404), False),
        (ArchiveError("the bucket is away"), True),
        (ConfigError("kind", "toy", "one that is installed here"), False),
    ],
    ids=str,
)
def test_what_may_pass_is_told_from_what_will_not(error: TerraloomError, passes: bool) -> None:
    assert may_pass(error) is passes
