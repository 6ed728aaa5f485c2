"""After the first hour: the same people, by the same sessions, as every other page."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.web.setup.adding import add_start_pages
from tests.fakes.github import Fault
from tests.fakes.lobby import Lobby


@pytest.fixture
def start(lobby: Lobby) -> Iterator[Lobby]:
    asked = add_start_pages(lobby.app, lobby.settings, lobby.paging_now)
    assert asked is not None
    yield lobby
    asked.close()


def path(lobby: Lobby) -> str:
    return f"/start/{lobby.repository().id}"


def test_who_may_read_the_repository_sees_a_policy_for_it(start: Lobby) -> None:
    answer = start.visitor().get(path(start))
    assert (answer.status_code, "mode: observe" in answer.text) == (200, True)


def test_who_did_not_sign_in_signs_in_and_comes_back(start: Lobby) -> None:
    address, stranger = path(start), start.stranger()
    assert stranger.get(address).headers["Location"] == f"/sign-in?back={address}"
    assert start.sign_in(stranger, "alice", address) == address


def test_who_may_not_read_it_sees_what_there_is_of_nothing(start: Lobby) -> None:
    mallory = start.visitor("mallory")
    answers = [mallory.get(one) for one in (path(start), "/start/999999")]
    assert (answers[0].status_code, answers[0].data) == (404, answers[1].data)


def test_while_github_does_not_say_who_may_read_it_nobody_does(start: Lobby) -> None:
    address, alice = path(start), start.visitor()
    start.github.fault(Fault("GET", "/repos/*/collaborators/*", 502, times=None))
    assert alice.get(address).status_code == 503


def test_operators_see_what_the_app_is_installed_on(start: Lobby) -> None:
    start.repository()
    answer = start.visitor("olivia").get("/start")
    assert (answer.status_code, "acme/gitops" in answer.text) == (200, True)


def test_others_do_not(start: Lobby) -> None:
    start.repository()
    assert start.visitor().get("/start").status_code == 404
