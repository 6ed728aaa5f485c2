"""Two policies' words side by side: what counts as a difference, what decides it, and what is said of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from app.core.verdict import Finding, Mode, Outcome, Waived
from app.render.replay import LIMITS, Compared, Replay, ReplayedCommit, Word, compare, replay_document, terminal

AT = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
COMMIT, PARENT, TIP = "a" * 40, "b" * 40, "c" * 40
WAIVED = Waived(".github/assay/waivers/api.yml", "2026-12-31", AT, "acme/platform", "known", "SEC-1")


def finding(
    outcome: Outcome, mode: Mode = Mode.ENFORCE, waived: tuple[Waived, ...] = (), rule: str = "rule"
) -> Finding:
    return Finding(outcome, "api", rule, f"this is {outcome.word}", mode=mode, waived=waived)


OK, REVIEW, INCOMPLETE, BLOCKED = (finding(one) for one in Outcome)
OBSERVED = finding(Outcome.BLOCKED, Mode.OBSERVE)


def pair(before: Sequence[Finding], after: Sequence[Finding], *, unanswered: bool = False) -> Compared:
    (one,) = compare(["api"], before, after, {"api"} if unanswered else set())
    return one


def replay(*compared: Compared, last: int = 1, cut: bool = False, notices: tuple[str, ...] = ()) -> Replay:
    commits = (ReplayedCommit(COMMIT, PARENT, compared),) if compared else ()
    return Replay(TIP, "new.yml", last, 7, cut, commits, AT, notices)


@pytest.mark.parametrize(
    ("before", "after", "differs", "undecided"),
    [
        ([], [], False, False),
        ([OK], [], False, False),
        ([BLOCKED], [BLOCKED], False, False),
        ([OK], [BLOCKED], True, False),
        ([OK], [REVIEW], True, False),
        ([BLOCKED], [OBSERVED], True, False),
        ([OK], [OBSERVED], True, False),
        ([OK], [INCOMPLETE], True, True),
        ([INCOMPLETE], [BLOCKED], True, True),
        ([INCOMPLETE], [INCOMPLETE], False, True),
    ],
)
def test_a_difference_is_another_word_or_one_that_counts_otherwise(
    before: list[Finding], after: list[Finding], *, differs: bool, undecided: bool
) -> None:
    one = pair(before, after)
    assert (one.differs, one.undecided) == (differs, undecided)


@pytest.mark.parametrize(("found", "undecided"), [(OK, False), (REVIEW, False), (BLOCKED, True)])
def test_a_failure_beside_a_registry_that_did_not_answer_is_not_known_for_sure(
    found: Finding, *, undecided: bool
) -> None:
    assert pair([OK], [found], unanswered=True).undecided is undecided


@pytest.mark.parametrize(
    ("findings", "word"),
    [([], "OK"), ([BLOCKED], "BLOCKED"), ([OBSERVED], "BLOCKED (observe)"), ([OK, REVIEW], "REVIEW")],
)
def test_a_word_says_when_it_does_not_count(findings: list[Finding], word: str) -> None:
    assert str(Word.of(findings)) == word


def test_what_counts_decides_before_what_is_only_observed() -> None:
    assert Word.of([OBSERVED, REVIEW]).finding == REVIEW


def test_every_change_is_compared_and_of_the_rest_what_is_not_ok() -> None:
    loud = Finding(Outcome.REVIEW, "z.yaml", "unread", "it cannot be read")
    quiet = Finding(Outcome.OK, ".github/assay/waivers/a.yml", "waiver file", "it waives nothing")
    assert [one.subject for one in compare(["b", "api"], [quiet, BLOCKED], [loud], set())] == ["b", "api", "z.yaml"]


def test_a_stricter_word_is_told_with_the_finding_that_decides() -> None:
    assert terminal(replay(pair([OK], [BLOCKED]))).splitlines()[:3] == [
        "aaaaaaaaaaaa  api: OK -> BLOCKED",
        "  BLOCKED (rule): this is BLOCKED",
        "1 difference in 1 judged change (1 stricter, 0 milder); OK -> BLOCKED: 1",
    ]


def test_a_milder_word_is_told_with_the_finding_that_is_gone() -> None:
    assert terminal(replay(pair([BLOCKED], []))).splitlines()[:3] == [
        "aaaaaaaaaaaa  api: BLOCKED -> OK",
        "  no longer BLOCKED (rule): this is BLOCKED",
        "1 difference in 1 judged change (0 stricter, 1 milder); BLOCKED -> OK: 1",
    ]


def test_a_waiver_that_lets_it_pass_is_named() -> None:
    text = terminal(replay(pair([BLOCKED], [OK, finding(Outcome.OK, waived=(WAIVED,), rule="waived")])))
    assert text.splitlines()[2] == (
        "  waived until 2026-12-31 by acme/platform: known (SEC-1) [.github/assay/waivers/api.yml]"
    )


def test_what_could_not_be_told_is_listed_and_counted() -> None:
    same, moved = pair([INCOMPLETE], [INCOMPLETE]), pair([OK], [INCOMPLETE])
    lines = terminal(replay(same, moved)).splitlines()
    assert (lines[0], lines[2], lines[4]) == (
        "aaaaaaaaaaaa  api: INCOMPLETE, not known for sure",
        "aaaaaaaaaaaa  api: OK -> INCOMPLETE, not known for sure",
        "1 difference in 2 judged changes (1 stricter, 0 milder); OK -> INCOMPLETE: 1; not known for sure: 2",
    )


def test_a_finding_about_no_single_place_is_about_the_whole_change() -> None:
    (one,) = compare([], [], [Finding(Outcome.REVIEW, "", "rule", "look")], set())
    assert terminal(replay(one)).startswith("aaaaaaaaaaaa  the whole change: OK -> REVIEW\n")


def test_what_is_the_same_is_not_listed() -> None:
    assert terminal(replay(pair([BLOCKED], [BLOCKED]))).splitlines()[0] == "0 differences in 1 judged change"


def test_nothing_to_judge_says_so() -> None:
    assert terminal(replay()).startswith("no difference: no commit changed an image, nothing was judged\n")


@pytest.mark.parametrize(
    ("last", "cut", "end"),
    [
        (1, False, "(1 wanted)"),
        (1, True, "(1 wanted)"),
        (9, False, "(9 wanted, there are no older ones here)"),
        (9, True, "(9 wanted, older ones were not looked at)"),
    ],
)
def test_fewer_commits_than_wanted_are_said_with_the_reason(last: int, end: str, *, cut: bool) -> None:
    text = terminal(replay(pair([], []), last=last, cut=cut))
    assert f"new.yml against the policy at cccccccccccc: 1 commit with image changes in the last 7 {end}\n" in text


def test_its_limits_stand_below_whatever_else_is_to_be_noted() -> None:
    text = terminal(replay(notices=("first",)))
    assert text.splitlines()[-3:] == ["note: first", *(f"note: {one}" for one in LIMITS)]


def test_nothing_moves_the_cursor() -> None:
    (one,) = compare(["\x1b[2J"], [], [Finding(Outcome.REVIEW, "\x1b[2J", "rule", "look")], set())
    assert "\x1b" not in terminal(replay(one))


@pytest.mark.parametrize(
    ("compared", "differs", "undecided"),
    [
        ((), False, False),
        ((pair([OK], [BLOCKED]), pair([OK], [INCOMPLETE])), True, True),
        ((pair([OK], [INCOMPLETE]),), False, True),
    ],
)
def test_a_difference_that_hangs_on_what_is_not_known_is_none_for_sure(
    compared: tuple[Compared, ...], *, differs: bool, undecided: bool
) -> None:
    whole = replay(*compared)
    assert (whole.differs, whole.undecided) == (differs, undecided)


def test_the_document_counts_what_it_lists() -> None:
    document = replay_document(replay(pair([OK], [BLOCKED]), pair([BLOCKED], []), pair([INCOMPLETE], [INCOMPLETE])))
    assert document["summary"] == {
        "commits": 1,
        "judged": 3,
        "different": 2,
        "stricter": 1,
        "milder": 1,
        "undecided": 1,
    }
