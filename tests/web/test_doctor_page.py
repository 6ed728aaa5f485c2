"""The doctor's page: for operators alone, and as the command tells it."""

from __future__ import annotations

from tests.fakes.lobby import Lobby
from tests.web.markup import Page
from tests.web.test_operator_page import OLIVIA


def test_an_operator_sees_what_is_wrong_and_what_to_do(lobby: Lobby) -> None:
    lobby.github.app.deliveries.url = "https://elsewhere.example.org/"
    text = Page.of(lobby.visitor(OLIVIA).get("/operator/doctor").text).text
    assert "does not end in /webhook" in text
    assert "correct its URL" in text


def test_nobody_else_does(lobby: Lobby) -> None:
    assert lobby.visitor().get("/operator/doctor").status_code == 404


def test_the_operators_page_leads_there(lobby: Lobby) -> None:
    assert 'href="/operator/doctor"' in lobby.visitor(OLIVIA).get("/operator").text
