"""Who wrote a commit, and how it came to the branch, as far as git alone tells."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from app.core.history import Arrival, Signature, Step, StoredCommit
from app.jobs.history.facts import MAX_PARENTS, MAX_WRITERS, facts_of, left_out

ANN, BOB, CAT = (Signature(name, f"{name.lower()}@example.org") for name in ("Ann", "Bob", "Cat"))
GITHUB = Signature("GitHub", "noreply@github.com")
WHEN = datetime(2026, 1, 1, tzinfo=UTC)


def _stored(
    message: str = "Change", *, author: Signature = ANN, committer: Signature = ANN, parents: int = 1
) -> StoredCommit:
    return StoredCommit("1" * 40, tuple(str(n) * 40 for n in range(parents)), author, committer, WHEN, WHEN, message)


def _step(stored: StoredCommit, *merged: StoredCommit) -> Step:
    return Step(stored, None, (), merged)


@pytest.mark.parametrize(
    ("message", "parents", "number", "arrival"),
    [
        ("Merge pull request #12 from acme/topic\n\nTitle", 2, 12, Arrival.PULL_REQUEST),
        ("Bump api (#12)", 1, 12, Arrival.PULL_REQUEST),
        ("Bump api (#12)\n\n* first (#3)", 1, 12, Arrival.PULL_REQUEST),
        ("Bump api (#12) ", 1, 12, Arrival.PULL_REQUEST),
        ("Bump api (#12)", 2, 12, Arrival.PULL_REQUEST),
        ('Revert "Bump api (#12)"', 1, None, Arrival.DIRECT),
        ("Merge pull request #12 from acme/topic", 1, None, Arrival.DIRECT),
        ("Merge branch 'topic'", 2, None, Arrival.MERGE),
        ("Merge branches", 3, None, Arrival.MERGE),
        ("Fix (#0)", 1, None, Arrival.DIRECT),
        ("Fix (#99999999999)", 1, None, Arrival.DIRECT),
        ("Fix\n\nas in (#12)", 1, None, Arrival.DIRECT),
        ("", 1, None, Arrival.DIRECT),
    ],
)
def test_tells_how_a_commit_came(message: str, parents: int, number: int | None, arrival: Arrival) -> None:
    facts = facts_of(_step(_stored(message, parents=parents)))
    assert (facts.pull_request, facts.arrival) == (number, arrival)


def test_githubs_committer_alone_proves_no_pull_request() -> None:
    assert facts_of(_step(_stored("Edit a file", committer=GITHUB))).arrival is Arrival.DIRECT


def test_everybody_on_a_merged_branch_wrote() -> None:
    merged = (_stored(author=BOB, committer=ANN), _stored("x\n\nCo-authored-by: Cat <cat@example.org>"))
    assert facts_of(_step(_stored(parents=2), *merged)).writers == (ANN, BOB, CAT)


def test_github_wrote_nothing() -> None:
    assert facts_of(_step(_stored(committer=GITHUB))).writers == (ANN,)


def test_a_co_author_is_one_only_on_a_line_of_its_own() -> None:
    message = "x\n\nSee Co-authored-by: Bob <bob@example.org>\nco-authored-by: Cat <cat@example.org>  \n"
    assert facts_of(_step(_stored(message))).writers == (ANN, CAT)


def test_writers_are_bounded() -> None:
    merged = [_stored(author=Signature(f"{n:05}", "")) for n in range(MAX_WRITERS + 1)]
    assert len(facts_of(_step(_stored(), *merged)).writers) == MAX_WRITERS


@pytest.mark.parametrize(
    ("message", "subject"), [("\n\nSay it\r\nmore", "Say it"), ("One line", "One line"), ("", ""), ("\ufffd", "\ufffd")]
)
def test_the_subject_is_the_first_line(message: str, subject: str) -> None:
    assert facts_of(_step(_stored(message))).subject == subject


def test_a_clock_that_went_back_is_told() -> None:
    assert facts_of(replace(_step(_stored()), skewed=True)).skewed


def test_a_message_that_is_made_to_take_long_does_not() -> None:
    lines = ("co-authored-by:" + " " * 8_000, "co-authored-by: " + "<" * 8_000, "(#1)" + " " * 8_000 + "x")
    assert facts_of(_step(_stored("\n".join(lines)))).writers == (ANN,)


def test_no_more_parents_are_told_than_there_is_room_for_and_that_is_said() -> None:
    step = _step(_stored(parents=MAX_PARENTS + 1))
    assert len(facts_of(step).parents) == MAX_PARENTS
    assert list(left_out(step)) == ["it has 101 parents: the first 100 are told"]


def test_writers_that_are_left_out_are_counted() -> None:
    merged = [_stored(author=Signature(str(number), "")) for number in range(MAX_WRITERS)]
    assert list(left_out(_step(_stored(parents=2), *merged))) == ["501 people wrote what it brings: 500 are told"]
    assert list(left_out(_step(_stored(parents=2), *merged[:-1]))) == []
