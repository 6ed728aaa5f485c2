"""Requests to GitHub as somebody watches them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace

import httpx
import pytest

from app.adapters.github.broker import InstallationToken
from app.adapters.github.client import Client
from app.adapters.github.operations import COMPARE, LOOK, STATUS, Call
from app.adapters.github.watched import watched
from app.core.errors import Unavailable
from tests.adapters.github.scripted import GRANT, Script, Scripted, after_token

READ = COMPARE.at(owner="acme", repo="gitops", basehead="main...abc")
WRITE = STATUS.at(owner="acme", repo="gitops", sha="a" * 40).saying({"state": "success"})
SLOWER = {"retry-after": "5"}
QUERY = Call(LOOK, "/graphql").saying({"query": "query"})


@dataclass
class Watcher:
    """Keeps what it is told."""

    answers: list[tuple[str, str]] = field(default_factory=list)
    budgets: list[tuple[int, float, float]] = field(default_factory=list)
    open: int = 0

    @contextmanager
    def request(self, kind: str) -> Iterator[None]:
        self.open += 1
        yield
        self.open -= 1

    def answered(self, kind: str, status: str) -> None:
        self.answers.append((kind, status))

    def left(self, whose: int, ratio: float, until: float) -> None:
        self.budgets.append((whose, ratio, until))


def sent(call: Call, script: Script) -> Watcher:
    watcher, github = Watcher(), Scripted(after_token(script))
    way = watched(github.connection, watcher)
    client = Client(way, InstallationToken(github.broker(), GRANT))
    with suppress(Unavailable):
        client.send(call)
    return watcher


@pytest.mark.parametrize(
    ("call", "kind"), [(READ, "read"), (WRITE, "write"), (QUERY, "query")], ids=["read", "write", "query"]
)
def test_a_request_is_told_by_its_kind(call: Call, kind: str) -> None:
    assert sent(call, lambda _: httpx.Response(200, json={})).answers == [(kind, "2xx")]


@pytest.mark.parametrize(
    ("status", "headers", "told"),
    [
        (201, {}, "2xx"),
        (404, {}, "4xx"),
        (500, {}, "5xx"),
        (429, {}, "limited"),
        (403, {"retry-after": "5"}, "limited"),
    ],
    ids=["fine", "absent", "broken", "429", "403"],
)
def test_an_answer_is_told_by_its_class(status: int, headers: dict[str, str], told: str) -> None:
    answer = httpx.Response(status, json={}, headers=headers)
    assert sent(WRITE, lambda _: answer).answers == [("write", told)]


def test_an_answer_that_did_not_come_is_told() -> None:
    assert sent(WRITE, lambda _: httpx.ReadTimeout("slow")).answers == [("write", "none")]


def test_what_is_left_of_a_budget_is_told() -> None:
    headers = {"x-ratelimit-limit": "5000", "x-ratelimit-remaining": "1000", "x-ratelimit-reset": "1800000100"}
    (told,) = sent(WRITE, lambda _: httpx.Response(201, json={}, headers=headers)).budgets
    assert told[1:] == (0.2, 1_800_000_100.0)


@pytest.mark.parametrize(
    "headers",
    [{}, {"x-ratelimit-limit": "0", "x-ratelimit-remaining": "0"}, {"x-ratelimit-limit": "x"}],
    ids=["absent", "zero", "garbage"],
)
def test_no_budget_is_told_where_none_is_named(headers: dict[str, str]) -> None:
    assert sent(WRITE, lambda _: httpx.Response(201, json={}, headers=headers)).budgets == []


def test_closing_what_is_watched_closes_the_way() -> None:
    github = Scripted(after_token(lambda _: httpx.Response(200)))
    watched(replace(github.connection), Watcher()).close()
