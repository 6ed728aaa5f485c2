"""Names of work, waits, and how work is written down."""

from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from app.adapters.work_queue.items import Work, identifier, moved_wait, wait, wire, work_of
from app.core.pull_request import PullRequestRef

REF = PullRequestRef(installation=1, repository_id=7, owner="acme", name="gitops", number=3, base_ref="main", head="a")
texts = st.text(max_size=100)


def test_waits_double_from_a_minute_to_an_hour() -> None:
    assert [wait(attempt, None) for attempt in (1, 2, 3, 4, 5, 6, 7, 8, 100)] == [
        60,
        120,
        240,
        480,
        960,
        1920,
        3600,
        3600,
        3600,
    ]


def test_a_longer_wait_that_was_asked_for_is_kept() -> None:
    assert wait(1, 900) == 900


def test_a_shorter_wait_that_was_asked_for_is_not() -> None:
    assert wait(3, 1) == 240


def test_nobody_may_ask_for_more_than_six_hours() -> None:
    assert wait(1, 1e9) == 6 * 3600


def test_equal_deliveries_of_one_pull_request_are_the_same_work() -> None:
    assert identifier(Work(REF, "pull_request.opened", "guid")) == identifier(Work(REF, "other", "guid"))


def test_what_moves_all_the_time_is_looked_at_ever_less_often() -> None:
    waits = [moved_wait(attempt) for attempt in range(48)]
    assert (waits[:4], max(waits), sum(waits) > 24 * 3600) == ([2, 4, 8, 16], 3600, True)


def test_a_recheck_is_told_apart_from_a_look() -> None:
    assert identifier(Work(REF, "issue_comment", "guid", "alice")) == "7#3/recheck/alice/guid"


def test_one_pull_request_is_no_prefix_of_another() -> None:
    longer = PullRequestRef(installation=1, repository_id=7, owner="acme", name="gitops", number=31)
    assert not identifier(Work(longer, "r", "g")).startswith(identifier(Work(REF, "r", "g"))[:4])


@settings(deadline=None, max_examples=100)
@given(texts)
def test_no_delivery_header_reaches_out_of_its_place_in_the_name(delivery: str) -> None:
    name = identifier(Work(REF, "r", delivery))
    assert name.startswith("7#3/look/")
    assert name.count("/") == 2
    assert name.isascii()
    assert len(name) <= 100


@settings(deadline=None, max_examples=100)
@given(st.builds(Work, st.just(REF), texts, texts, st.none() | texts, st.integers(0, 50)))
def test_work_is_read_as_it_was_written(work: Work) -> None:
    read = work_of(json.loads(json.dumps(wire(work))))
    assert (read, read.ref.base_ref, read.ref.head) == (work, "main", "a")
