"""What a browser holds: only what we sealed, for its purpose, for its time."""

from __future__ import annotations

import pytest

from app.core.pull_request import Person
from app.web.pages.session import BEGUN_SECONDS, SESSION_SECONDS, Sessions

ALICE = Person(7, "alice")


class Clock:
    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sessions(clock: Clock) -> Sessions:
    return Sessions(b"secret", clock)


def test_what_was_written_is_read(sessions: Sessions) -> None:
    found = sessions.read(sessions.write(ALICE))
    assert found is not None
    assert found.person == ALICE


def test_a_session_ends_after_eight_hours(sessions: Sessions, clock: Clock) -> None:
    held = sessions.write(ALICE)
    clock.now += SESSION_SECONDS + 1
    assert sessions.read(held) is None


def test_a_session_of_the_future_is_none(sessions: Sessions, clock: Clock) -> None:
    held = sessions.write(ALICE)
    clock.now -= 3600
    assert sessions.read(held) is None


@pytest.mark.parametrize("place", range(0, 120, 7))
def test_a_session_that_was_changed_anywhere_is_none(sessions: Sessions, place: int) -> None:
    held = sessions.write(ALICE)
    at = place % len(held)
    other = "A" if held[at] != "A" else "B"
    assert sessions.read(held[:at] + other + held[at + 1 :]) is None


@pytest.mark.parametrize("held", [None, "", ".", "x", "x.y", "ä.ö", "a" * 5000, "e30.", "\ud800"])
def test_what_we_did_not_seal_is_none(sessions: Sessions, held: str | None) -> None:
    assert sessions.read(held) is None


def test_another_key_opens_nothing(sessions: Sessions, clock: Clock) -> None:
    assert Sessions(b"another", clock).read(sessions.write(ALICE)) is None


def test_a_sign_in_under_way_is_no_session(sessions: Sessions) -> None:
    assert sessions.read(sessions.begin("/operator").held) is None


def test_a_session_is_no_sign_in_under_way(sessions: Sessions) -> None:
    assert sessions.resume(sessions.write(ALICE), "") is None


def test_the_forms_of_two_sessions_carry_other_tokens(sessions: Sessions, clock: Clock) -> None:
    first = sessions.read(sessions.write(ALICE))
    clock.now += 1
    second = sessions.read(sessions.write(ALICE))
    assert first is not None
    assert second is not None
    assert first.csrf != second.csrf


def test_a_sign_in_goes_on_in_the_browser_that_began_it(sessions: Sessions) -> None:
    begun = sessions.begin("/repositories/12")
    assert sessions.resume(begun.held, begun.state) == (begun.verifier, "/repositories/12")


def test_a_forged_state_resumes_nothing(sessions: Sessions) -> None:
    assert sessions.resume(sessions.begin(None).held, "x" * 43) is None


@pytest.mark.parametrize("state", [None, "", "\ud800"])
def test_no_state_resumes_nothing(sessions: Sessions, state: str | None) -> None:
    assert sessions.resume(sessions.begin(None).held, state) is None


def test_the_state_of_another_browser_resumes_nothing(sessions: Sessions) -> None:
    assert sessions.resume(sessions.begin(None).held, sessions.begin(None).state) is None


def test_a_sign_in_must_be_finished_within_ten_minutes(sessions: Sessions, clock: Clock) -> None:
    begun = sessions.begin(None)
    clock.now += BEGUN_SECONDS + 1
    assert sessions.resume(begun.held, begun.state) is None


def test_the_verifier_is_not_in_what_the_browser_holds(sessions: Sessions) -> None:
    begun = sessions.begin(None)
    assert begun.verifier not in begun.held


@pytest.mark.parametrize(
    "back",
    [
        "/operator",
        "/repositories/12",
        "/repositories/12/pulls/7",
        f"/repositories/12/pulls/7/{'a' * 40}",
        f"/repositories/12/pulls/7/{'a' * 40}/changes/0/new",
        f"/repositories/12/pulls/7/{'a' * 40}/assessment.json",
    ],
)
def test_one_comes_back_to_our_own_pages(sessions: Sessions, back: str) -> None:
    begun = sessions.begin(back)
    assert sessions.resume(begun.held, begun.state) == (begun.verifier, back)


@pytest.mark.parametrize(
    "back",
    [
        None,
        "",
        "/",
        "//evil.example",
        "/\\evil.example",
        "https://evil.example/operator",
        "/operator\r\nSet-Cookie: x=y",
        "/operator?x=1",
        "/operator/../sign-out",
        "/repositories/12/../../x",
        "/repositories/\uff11\uff12",
        f"/repositories/12/pulls/7/{'a' * 40}/../../../../sign-out",
        "javascript:alert(1)",
        "/sign-in",
    ],
)
def test_nobody_is_sent_anywhere_else(sessions: Sessions, back: str | None) -> None:
    begun = sessions.begin(back)
    assert sessions.resume(begun.held, begun.state) == (begun.verifier, "")
