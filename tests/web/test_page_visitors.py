"""Who is let in: as GitHub says now, remembered for a minute, and never more than a person reads."""

from __future__ import annotations

import pytest

from app.adapters.github.readers import Seen, Standing
from app.core.errors import Unavailable
from app.core.pull_request import Person
from app.core.sweep import RepositoryRef
from app.web.pages.visitors import MOST_AT_ONCE, PER_MINUTE, NotShown, SignedOut, TooMany, Visitors

ALICE = Person(7, "alice")
PLACE = RepositoryRef(1, 12, "acme", "gitops")
SEEN = Seen("acme", "gitops", "main")


class GitHub:
    """Says what it is told to say, and counts how often it was asked."""

    def __init__(self, standing: Standing | Exception = Standing.MAY) -> None:
        self.said = standing
        self.asked = 0

    def standing(self, place: RepositoryRef, person: Person) -> tuple[Standing, Seen | None]:
        self.answers()
        assert (place, person.id) == (PLACE, 7)
        assert isinstance(self.said, Standing)
        return self.said, SEEN if self.said is Standing.MAY else None

    def answers(self) -> None:
        self.asked += 1
        if isinstance(self.said, Exception):
            raise self.said


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def _visitors(github: GitHub, clock: Clock | None = None) -> Visitors:
    return Visitors({12: PLACE}.get, github, clock or Clock())


def test_who_may_read_is_let_in() -> None:
    assert _visitors(GitHub()).let_in(ALICE, 12).seen == SEEN


def test_who_may_not_read_sees_nothing() -> None:
    with pytest.raises(NotShown):
        _visitors(GitHub(Standing.MAY_NOT)).let_in(ALICE, 12)


def test_what_is_not_known_is_not_there() -> None:
    with pytest.raises(NotShown):
        _visitors(GitHub()).let_in(ALICE, 13)


def test_somebody_else_s_login_signs_out() -> None:
    with pytest.raises(SignedOut):
        _visitors(GitHub(Standing.SOMEBODY_ELSE)).let_in(ALICE, 12)


@pytest.mark.parametrize("repository", [12, 13])
def test_where_github_is_silent_nothing_is_said_of_any_repository(repository: int) -> None:
    with pytest.raises(Unavailable):
        _visitors(GitHub(Unavailable("down"))).let_in(ALICE, repository)


@pytest.mark.parametrize("repository", [12, 13])
def test_github_is_asked_once_a_minute(repository: int) -> None:
    github, clock = GitHub(Standing.MAY_NOT), Clock()
    visitors = _visitors(github, clock)
    for passed in (0, 59, 2):
        clock.now += passed
        with pytest.raises(NotShown):
            visitors.let_in(ALICE, repository)
    assert github.asked == 2


def test_who_loses_access_is_out_after_a_minute() -> None:
    github, clock = GitHub(), Clock()
    visitors = _visitors(github, clock)
    visitors.let_in(ALICE, 12)
    github.said = Standing.MAY_NOT
    clock.now += 61
    with pytest.raises(NotShown):
        visitors.let_in(ALICE, 12)


def test_silence_is_not_remembered() -> None:
    github = GitHub(Unavailable("down"))
    visitors = _visitors(github)
    with pytest.raises(Unavailable):
        visitors.let_in(ALICE, 12)
    github.said = Standing.MAY
    assert visitors.let_in(ALICE, 12).seen == SEEN


def test_a_repository_that_was_judged_meanwhile_is_shown_at_once() -> None:
    known: dict[int, RepositoryRef] = {}
    visitors = Visitors(known.get, GitHub(), Clock())
    with pytest.raises(NotShown):
        visitors.let_in(ALICE, 12)
    known[12] = PLACE
    assert visitors.let_in(ALICE, 12).seen == SEEN


def test_another_login_of_the_same_id_is_asked_for_itself() -> None:
    github = GitHub()
    visitors = _visitors(github)
    visitors.let_in(ALICE, 12)
    visitors.let_in(Person(7, "alice-new"), 12)
    assert github.asked == 2


def test_nobody_reads_more_than_a_person_does() -> None:
    visitors = _visitors(GitHub())
    for _ in range(PER_MINUTE):
        visitors.count(ALICE)
    with pytest.raises(TooMany):
        visitors.count(ALICE)


def test_others_may_read_meanwhile() -> None:
    visitors = _visitors(GitHub())
    for _ in range(PER_MINUTE):
        visitors.count(ALICE)
    visitors.count(Person(8, "bob"))


def test_after_a_minute_one_may_read_again() -> None:
    clock = Clock()
    visitors = _visitors(GitHub(), clock)
    for _ in range(PER_MINUTE):
        visitors.count(ALICE)
    clock.now += 60
    visitors.count(ALICE)


def test_pages_that_wait_for_github_leave_room_for_deliveries() -> None:
    github = GitHub()
    visitors = _visitors(github)
    held = [visitors.waiting() for _ in range(MOST_AT_ONCE)]
    for one in held:
        one.__enter__()
    with pytest.raises(Unavailable):
        visitors.let_in(ALICE, 12)
    for one in held:
        one.__exit__(None, None, None)
    assert visitors.let_in(ALICE, 12).seen == SEEN
