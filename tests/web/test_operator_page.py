"""The operator's page: for operators alone, true to the queue, and its one button runs work again."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

import pytest

from app.adapters.work_queue import Work
from app.adapters.work_queue.looking import LISTED, Line, Queue
from app.core.attestation import RootState
from app.core.pull_request import PullRequestRef
from app.core.sweep import RepositoryRef
from tests.fakes.github import Fault
from tests.fakes.lobby import Browser, Lobby
from tests.render import samples
from tests.web.markup import Page, faults

OLIVIA = "olivia"
REF = PullRequestRef(1, 12, "acme", "gitops", 9)
LOST = Line("12#9/look/g", Work(REF, "pull_request.opened", "guid-9"), samples.NOON, problem="it crashed")
FORM = "application/x-www-form-urlencoded"


class Looked:
    """A queue that holds what it is given."""

    def __init__(self, queue: Queue) -> None:
        self._queue = queue

    def queue(self) -> Queue:
        return self._queue

    def last_sweep(self, repository: RepositoryRef) -> None:
        return None

    def close(self) -> None:
        """Nothing is open."""


def _with(lobby: Lobby, *given_up: Line, **changed: object) -> list[str]:
    """Start the pages over a queue where that was given up; return the names that are put in again."""
    put_in: list[str] = []

    def replay(name: str) -> bool:
        put_in.append(name)
        return name in {line.name for line in given_up}

    queue = dataclasses.replace(Queue((), (), (), given_up, frozenset()), **changed)  # type: ignore[arg-type]  # any part
    lobby.start(queue=Looked(queue), replay=replay)
    return put_in


def _csrf(browser: Browser) -> str:
    return browser.get("/operator").text.split('name="csrf" value="')[1].split('"')[0]


def test_an_operator_sees_the_page_whatever_the_case_of_the_login(lobby: Lobby) -> None:
    assert lobby.visitor(OLIVIA).get("/operator").status_code == 200


def test_for_anybody_else_there_is_no_such_page(lobby: Lobby) -> None:
    alice = lobby.visitor()
    assert (alice.get("/operator").status_code, "/operator" in alice.get("/signed-in").text) == (404, False)


def test_without_operators_nobody_is_one() -> None:
    with Lobby() as lobby:
        assert lobby.visitor(OLIVIA).get("/operator").status_code == 404


def test_who_did_not_sign_in_is_sent_to(lobby: Lobby) -> None:
    assert lobby.stranger().get("/operator").headers["Location"] == "/sign-in?back=/operator"


def test_the_pages_of_an_operator_lead_there(lobby: Lobby) -> None:
    assert 'href="/operator"' in lobby.visitor(OLIVIA).get("/signed-in").text


def test_what_waits_is_shown(lobby: Lobby) -> None:
    lobby.inbox.put(Work(REF, "pull_request.synchronize", "guid-1"))
    lobby.inbox.put_again("12#10/again/x", Work(dataclasses.replace(REF, number=10), "sweep", "guid-2"), delay=3600)
    text = Page.of(lobby.visitor(OLIVIA).get("/operator").text).text
    assert ("acme/gitops#9" in text, "acme/gitops#10" in text, "Nothing was given up" in text) == (True, True, True)


def test_what_was_given_up_is_shown_with_its_reason(lobby: Lobby) -> None:
    _with(lobby, LOST)
    text = Page.of(lobby.visitor(OLIVIA).get("/operator").text).text
    assert ("it crashed" in text, "guid-9" in text) == (True, True)


def test_work_that_cannot_be_read_is_shown_by_its_name(lobby: Lobby) -> None:
    _with(lobby, Line("odd <b>name", None, None))
    answer = lobby.visitor(OLIVIA).get("/operator").text
    assert ("odd <b>name" in Page.of(answer).text, faults(answer, lobby.paging_now.site)) == (True, [])


def test_more_than_is_listed_is_said_to_be_more(lobby: Lobby) -> None:
    _with(lobby, *[LOST] * LISTED, more=frozenset({"given_up"}))
    assert f"{LISTED} or more" in lobby.visitor(OLIVIA).get("/operator").text


def test_an_operator_puts_work_in_again(lobby: Lobby) -> None:
    put_in = _with(lobby, LOST)
    olivia = lobby.visitor(OLIVIA)
    answer = olivia.post("/operator/replay", data={"csrf": _csrf(olivia), "name": LOST.name})
    assert (answer.headers.get("Location"), put_in) == ("/operator", [LOST.name])


def test_the_button_sends_what_the_queue_knows(lobby: Lobby) -> None:
    _with(lobby, LOST)
    fields = [one.attributes for one in Page.of(lobby.visitor(OLIVIA).get("/operator").text).all("input")]
    assert {"type": "hidden", "name": "name", "value": LOST.name} in fields


@pytest.mark.parametrize("csrf", ["", "forged"])
def test_no_other_page_puts_work_in(lobby: Lobby, csrf: str) -> None:
    put_in = _with(lobby, LOST)
    answer = lobby.visitor(OLIVIA).post("/operator/replay", data={"csrf": csrf, "name": LOST.name})
    assert (answer.status_code, put_in) == (403, [])


def test_nobody_else_puts_work_in(lobby: Lobby) -> None:
    put_in = _with(lobby, LOST)
    olivia, alice = lobby.visitor(OLIVIA), lobby.visitor()
    answers = [
        browser.post("/operator/replay", data={"csrf": _csrf(olivia), "name": LOST.name}).status_code
        for browser in (alice, lobby.stranger())
    ]
    assert (answers, put_in) == ([404, 303], [])


@pytest.mark.parametrize("name", ["", "12#9/look/other", "x" * 1000])
def test_work_that_was_not_given_up_is_not_put_in(lobby: Lobby, name: str) -> None:
    _with(lobby, LOST)
    olivia = lobby.visitor(OLIVIA)
    assert olivia.post("/operator/replay", data={"csrf": _csrf(olivia), "name": name}).status_code == 404


def test_a_get_puts_nothing_in(lobby: Lobby) -> None:
    put_in = _with(lobby, LOST)
    assert (lobby.visitor(OLIVIA).get("/operator/replay").status_code, put_in) == (405, [])


def test_permissions_that_were_not_approved_are_named(lobby: Lobby) -> None:
    lobby.github.organization("umbrella", installed=False)
    lobby.github.install("umbrella", permissions={"contents": "read", "metadata": "read", "pull_requests": "read"})
    text = Page.of(lobby.visitor(OLIVIA).get("/operator").text).text
    assert ("umbrella" in text, "pull_requests: write" in text) == (True, True)


def test_what_github_still_takes_is_shown(lobby: Lobby) -> None:
    lobby.repository()
    lobby.github.rate().used = 4321
    assert "679" in Page.of(lobby.visitor(OLIVIA).get("/operator").text).text


def test_a_suspended_installation_is_shown_and_not_asked(lobby: Lobby) -> None:
    lobby.repository()
    lobby.github.suspend("acme")
    olivia = lobby.visitor(OLIVIA)
    assert ("suspended" in olivia.get("/operator").text, lobby.github.calls("GET", "/rate_limit")) == (True, [])


def test_github_s_silence_hides_nothing_of_the_queue(lobby: Lobby) -> None:
    _with(lobby, LOST)
    olivia = lobby.visitor(OLIVIA)
    lobby.github.fault(Fault("*", "*", 502, None))
    text = Page.of(olivia.get("/operator").text).text
    assert ("GitHub could not be asked" in text, "it crashed" in text) == (True, True)


def test_github_is_asked_once_a_minute(lobby: Lobby) -> None:
    lobby.repository()
    olivia = lobby.visitor(OLIVIA)
    for _ in range(3):
        olivia.get("/operator")
    assert len(lobby.github.calls("GET", "/app/installations")) == 1


def test_trust_roots_are_as_old_as_they_are_now(lobby: Lobby) -> None:
    roots = (RootState("default", 14, timedelta(hours=30), "the mirror is down"), RootState("own", 1, None, ""))
    lobby.record(lobby.repository(), dataclasses.replace(samples.blocked(), roots=roots))
    lobby.start(clock=lambda: samples.NOON + timedelta(days=3))
    text = Page.of(lobby.visitor(OLIVIA).get("/operator").text).text
    assert ("4 days" in text, "the mirror is down" in text, "as it came with the program" in text) == (True,) * 3


@pytest.mark.parametrize(
    "text", ["{", '{"schema": "assay.check/v0"}', '{"schema": "assay.check/v1", "trust_roots": 3}']
)
def test_a_newest_look_that_cannot_be_read_hides_nothing_else(lobby: Lobby, text: str) -> None:
    lobby.record(lobby.repository(), text)
    assert "Not known: nothing was judged yet" in lobby.visitor(OLIVIA).get("/operator").text


def test_at_189_versions_are_told_to_operators_alone(lobby: Lobby) -> None:
    told = [lobby.visitor(login).get("/operator").text for login in (OLIVIA, "alice")]
    assert ["SQLite 3." in text for text in told] == [True, False]


def test_the_page_is_sound(lobby: Lobby) -> None:
    lobby.record(lobby.repository(), samples.blocked())
    _with(lobby, LOST, running=(LOST,), ready=(LOST,), delayed=(LOST,))
    assert faults(lobby.visitor(OLIVIA).get("/operator").text, lobby.paging_now.site) == []
