"""What the client takes from its installation's budget, and what it makes of GitHub's refusals."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import httpx
import pytest

from app.adapters.github.broker import InstallationToken
from app.adapters.github.client import Client
from app.adapters.github.merges import EVIDENCE
from app.adapters.github.notes import MAKE_BLOB, MAKE_TREE
from app.adapters.github.operations import COMMENT, COMPARE, EDIT, LOOK, MINT, REACT, REQUEST, STATUS, Call
from app.adapters.github.pacing import share_of
from app.adapters.pacing import Share
from app.core.errors import NotYet, Unavailable
from tests.adapters.github.scripted import GRANT, Script, Scripted, after_token, is_mint

READ = COMPARE.at(owner="acme", repo="gitops", basehead="main...abc")


def status(state: str) -> Call:
    return STATUS.at(owner="acme", repo="gitops", sha="a" * 40).saying({"state": state})


@dataclass
class Purse:
    """A budget that says what it was asked."""

    wait: float = 0.0
    booked: list[tuple[int, Share]] = field(default_factory=list)
    paused: list[tuple[int, float]] = field(default_factory=list)
    closed: bool = False

    def book(self, installation: int, share: Share) -> float:
        self.check(installation)
        self.booked.append((installation, share))
        return self.wait

    def pause(self, installation: int, seconds: float) -> None:
        self.paused.append((installation, seconds))

    def check(self, installation: int) -> None:
        if self.closed:
            raise NotYet("later", retry_after=60)


def client(github: Scripted, purse: Purse) -> Client:
    return Client(replace(github.connection, budget=purse), InstallationToken(github.broker(), GRANT))


def scripted(script: Script) -> Scripted:
    return Scripted(after_token(script))


def answered(status_code: int, message: str = "", **headers: str) -> Script:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _: httpx.Response(status_code, json={"message": message}, headers=named)


def others(github: Scripted) -> list[httpx.Request]:
    return [request for request in github.requests if not is_mint(request)]


@pytest.mark.parametrize(
    ("call", "share"),
    [
        (status("success"), Share.STATUS),
        (status("failure"), Share.BAD_NEWS),
        (status("error"), Share.BAD_NEWS),
        (status("pending"), Share.BAD_NEWS),
        (COMMENT.at(owner="a", repo="b", issue_number=1), Share.COMMENT),
        (EDIT.at(owner="a", repo="b", comment_id=1), Share.COMMENT),
        (REQUEST.at(owner="a", repo="b", pull_number=1), Share.REST),
        (REACT.at(), Share.REST),
        (MAKE_BLOB.at(owner="a", repo="b"), Share.COPY),
        (MAKE_TREE.at(owner="a", repo="b"), Share.REST),
        (EVIDENCE.at(), Share.COPY),
        (LOOK.at(), None),
        (READ, None),
        (MINT.at(installation_id=1), None),
    ],
    ids=[
        "success",
        "failure",
        "error",
        "pending",
        "comment",
        "edit",
        "request",
        "react",
        "note",
        "tree",
        "branch",
        "query",
        "read",
        "token",
    ],
)
def test_each_call_takes_from_its_share(call: Call, share: Share | None) -> None:
    assert share_of(call) == share


def test_a_write_is_booked_for_its_installation() -> None:
    purse = Purse()
    client(scripted(answered(201)), purse).send(status("success"))
    assert purse.booked == [(5, Share.STATUS)]


def test_a_write_waits_as_long_as_it_is_told() -> None:
    github = scripted(answered(201))
    client(github, Purse(wait=1.5)).send(status("success"))
    assert github.slept == [1.5]


@pytest.mark.parametrize("call", [READ, status("failure")], ids=["read", "write"])
def test_nothing_is_sent_while_paused(call: Call) -> None:
    github = scripted(answered(200))
    with pytest.raises(NotYet):
        client(github, Purse(closed=True)).send(call)
    assert github.requests == []


@pytest.mark.parametrize(
    ("script", "seconds"),
    [
        (answered(403, "You have exceeded a secondary rate limit.", retry_after="30"), 30),
        (answered(429, retry_after="7"), 7),
        (answered(403, "You have exceeded a secondary rate limit."), 60),
        (answered(429), 60),
        (
            answered(
                403,
                x_ratelimit_remaining="0",
                x_ratelimit_reset="1800000100",
                date="Fri, 15 Jan 2027 08:00:00 GMT",
            ),
            100,
        ),
    ],
    ids=["403 with a time", "429 with a time", "403 without", "429 without", "primary limit"],
)
def test_a_refusal_for_speed_pauses_the_whole_installation(script: Script, seconds: float) -> None:
    purse = Purse()
    with pytest.raises(Unavailable):
        client(scripted(script), purse).send(status("success"))
    assert purse.paused == [(5, seconds)]


def test_a_refused_write_is_not_sent_again() -> None:
    github = scripted(answered(403, "You have exceeded a secondary rate limit."))
    with pytest.raises(Unavailable):
        client(github, Purse()).send(status("success"))
    assert len(others(github)) == 1


def test_an_answer_that_was_the_last_for_now_pauses_before_github_has_to_refuse() -> None:
    purse = Purse()
    last = answered(
        200, x_ratelimit_remaining="0", x_ratelimit_reset="1800000100", date="Fri, 15 Jan 2027 08:00:00 GMT"
    )
    client(scripted(last), purse).send(READ)
    assert purse.paused == [(5, 100.0)]


def test_a_refusal_of_a_query_pauses_too() -> None:
    purse = Purse()
    refused = httpx.Response(200, json={"data": None, "errors": [{"type": "RATE_LIMITED"}]})
    with pytest.raises(Unavailable):
        client(scripted(lambda _: refused), purse).ask(LOOK, "query", {})
    assert purse.paused == [(5, 60.0)]


def test_a_refusal_for_another_reason_pauses_nothing() -> None:
    purse = Purse()
    with pytest.raises(Unavailable):
        client(scripted(answered(403, "Resource not accessible by integration")), purse).send(status("success"))
    assert purse.paused == []


def test_who_is_no_installation_has_no_budget() -> None:
    github = scripted(answered(200))
    Client(replace(github.connection, budget=Purse(closed=True)), github.broker()._app).send(READ)
    assert len(others(github)) == 1
