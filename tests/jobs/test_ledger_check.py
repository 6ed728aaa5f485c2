"""Records held against a branch: which pull requests of its own history have none."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

from app.core.history import Arrived, Gap, Signature, Step, StoredCommit
from app.core.merge_record import Checked, Claims, Link
from app.jobs.history.ports import HistoryClone
from app.jobs.ledger_check import LedgerCheck, check_against

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
SOMEBODY = Signature("a", "a@example.org")


@dataclass(frozen=True)
class Line:
    """A branch: its commits with their messages, the oldest first."""

    commits: tuple[tuple[str, str], ...]

    def resolve(self, _revision: str) -> str:
        return self.commits[-1][0]

    def first_parents(self, _commit: str, _most: int) -> Iterable[str]:
        return [commit for commit, _ in reversed(self.commits)]

    def line(self, _end: str, without: Sequence[str] = ()) -> Iterator[Arrived]:
        names = [commit for commit, _ in self.commits]
        yield from map(Arrived, names[names.index(without[0]) + 1 :])

    def steps(self, arrived: Sequence[Arrived]) -> Iterator[Step]:
        messages = dict(self.commits)
        for one in arrived:
            stored = StoredCommit(one.commit, ("0",), SOMEBODY, SOMEBODY, NOON, NOON, messages[one.commit])
            yield Step(stored, "0", ())

    def gaps(self) -> tuple[Gap, ...]:
        return ()


def claims(repository: int, number: int, commit: str) -> Claims:
    return Claims(repository, number, commit, Link(number))


def unrecorded(line: Line, *proved: Claims) -> list[str]:
    """Return what is told of a branch."""
    clone = cast("HistoryClone", cast("Any", line))
    found = check_against(LedgerCheck(Checked(proved, ())), clone, line, "main")
    return [fault.sentence for fault in found.unrecorded]


MAIN = Line((("a", "First (#1)"), ("b", "Second (#2)"), ("c", "Third (#3)")))


def test_a_branch_whose_pull_requests_all_have_records_is_whole() -> None:
    assert unrecorded(MAIN, *(claims(7, number, commit) for number, commit in enumerate("abc", 1))) == []


def test_one_that_has_none_is_told() -> None:
    assert unrecorded(MAIN, claims(7, 1, "a"), claims(7, 2, "b")) == ["names pull request 3, which has no record"]


def test_a_pull_request_of_another_repository_with_the_same_number_does_not_stand_for_it() -> None:
    elsewhere = (claims(8, number, f"{number}") for number in (1, 2, 3))
    assert unrecorded(MAIN, claims(7, 1, "a"), claims(7, 2, "b"), *elsewhere) == [
        "names pull request 3, which has no record"
    ]


def test_a_commit_that_names_a_pull_request_that_was_merged_elsewhere_is_not_told() -> None:
    assert (
        unrecorded(
            Line((*MAIN.commits, ("d", "Third, again (#3)"))),
            *(claims(7, n, c) for n, c in zip((1, 2, 3), "abc", strict=True)),
        )
        == []
    )


def test_the_history_before_a_fork_has_the_records_of_where_it_came_from() -> None:
    line = Line((("a", "First (#1)"), ("b", "Second (#2)"), ("c", "Here (#1)")))
    assert unrecorded(line, claims(7, 1, "a"), claims(7, 2, "b"), claims(8, 1, "c")) == []


def test_a_branch_on_which_nothing_was_recorded_is_no_proof() -> None:
    assert unrecorded(MAIN, claims(8, 1, "x")) == ["no record speaks of a commit on this branch"]
