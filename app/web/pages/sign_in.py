"""Signing in through GitHub, and out.

    GET  /sign-in?back=…      begins it: a sealed cookie for this browser, and on to GitHub
    GET  /sign-in/callback    GitHub's answer: who it is; the token is forgotten at once
    GET  /signed-out          where one is then
    POST /sign-out            ends it

Nobody is sent anywhere but to GitHub's own address and to our own pages.
"""

from __future__ import annotations

import hmac
import logging
import re
from typing import Final

from flask import Blueprint, Response, make_response, redirect, request

from app.bootstrap.paging import CALLBACK
from app.core.pull_request import Person
from app.web.pages.front import Front, form
from app.web.pages.session import BEGUN_SECONDS, SESSION_SECONDS
from app.web.pages.visitors import Room
from app.web.shell import strict

_CODE: Final = re.compile(r"[A-Za-z0-9_-]{1,200}", re.ASCII)
_AT_ONCE: Final = 8
_NOT_DONE: Final = (
    "GitHub did not say who you are, or this browser did not begin here within the last ten minutes. Nothing was kept."
)
_DONE: Final = "Open a pull request on GitHub and follow the link of its `assay/images` status."

_log = logging.getLogger(__name__)


def sign_in_pages(front: Front) -> Blueprint:
    """Make the pages."""
    pages = _Pages(front)
    blueprint = Blueprint("sign_in", __name__)
    blueprint.add_url_rule("/sign-in", "begin", pages.begin)
    blueprint.add_url_rule(CALLBACK, "callback", pages.callback)
    blueprint.add_url_rule("/signed-in", "signed_in", pages.signed_in)
    blueprint.add_url_rule("/signed-out", "signed_out", pages.signed_out)
    blueprint.add_url_rule("/sign-out", "sign_out", pages.sign_out, methods=["POST"])
    strict(blueprint)
    return blueprint


class _Pages:
    def __init__(self, front: Front) -> None:
        self._front = front
        # Apart from those of pages: anybody may begin to sign in, and must not keep out those who have.
        self._room = Room(_AT_ONCE)

    def begin(self) -> Response:
        begun = self._front.sessions.begin(request.args.get("back"))
        answer = _to(self._front.paging.sign_in.address(begun.state, begun.verifier))
        self._front.give(answer, (self._front.begun_cookie, begun.held), BEGUN_SECONDS)
        return answer

    def callback(self) -> Response:
        held = request.cookies.get(self._front.begun_cookie)
        resumed = self._front.sessions.resume(held, request.args.get("state"))
        code = request.args.get("code", "")
        if resumed is None or not _CODE.fullmatch(code):
            return self._not_done()
        verifier, back = resumed
        with self._room.waiting():
            person = self._front.paging.sign_in.person(code, verifier)
        if person is None:
            return self._not_done()
        return self._welcome(person, back)

    def _welcome(self, person: Person, back: str) -> Response:
        _log.info("somebody signed in: %d", person.id)
        answer = _to(back or "/signed-in")
        self._front.give(answer, (self._front.cookie, self._front.sessions.write(person)), SESSION_SECONDS)
        self._front.take(answer, self._front.begun_cookie)
        return answer

    def _not_done(self) -> Response:
        answer = self._front.message(400, "Not signed in", _NOT_DONE, ("/sign-in", "Sign in through GitHub"))
        self._front.take(answer, self._front.begun_cookie)
        return answer

    def signed_in(self) -> Response:
        self._front.session()
        return self._front.message(200, "Signed in", _DONE)

    def signed_out(self) -> Response:
        sentence = "This browser holds nothing of you any more."
        return self._front.message(200, "Signed out", sentence, ("/sign-in", "Sign in through GitHub"))

    def sign_out(self) -> Response:
        session = self._front.sessions.read(request.cookies.get(self._front.cookie))
        if session is not None and not hmac.compare_digest(form().get("csrf", "").encode(), session.csrf.encode()):
            return self._front.message(403, "Not signed out", "The form was not one of ours. Load the page again.")
        answer = _to("/signed-out")
        self._front.take(answer, self._front.cookie)
        return answer


def _to(address: str) -> Response:
    # After a form is sent, too, the browser goes on with GET.
    return make_response(redirect(address, 303))
