"""The pages' routes, their filters, and what is answered when something is in the way."""

from __future__ import annotations

import html
import logging
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Final

from flask import Blueprint, Response, make_response, redirect, request, url_for
from flask.blueprints import BlueprintSetupState
from werkzeug.exceptions import HTTPException
from werkzeug.routing import BaseConverter

from app.bootstrap.paging import Paging
from app.core.errors import Unavailable
from app.render import plots
from app.render.plain import counted
from app.web.pages.assessment import AssessmentPages, Where
from app.web.pages.doctor import DoctorPage
from app.web.pages.documents import NotReadable
from app.web.pages.facts import moment
from app.web.pages.front import Front, NotSignedIn
from app.web.pages.node import Node
from app.web.pages.operator import OperatorPages
from app.web.pages.repository import RepositoryPages
from app.web.pages.sign_in import sign_in_pages
from app.web.pages.visitors import NotShown, SignedOut, TooMany
from app.web.pages.words import Html, mark, prose, wired
from app.web.shell import strict

_HOUR: Final = 3600
_DAYS_FROM: Final = 48
_PULL: Final = "/repositories/<id:repository_id>/pulls/<number:number>"
_CHANGE: Final = f"{_PULL}/<head:head>/changes/<number:index>"
_SENTENCES: Final = {
    403: ("Not allowed", "This is not for you."),
    404: ("Not found", "There is nothing here, or you may not read its repository on GitHub."),
    405: ("Not possible", "This address takes no such request."),
    413: ("Too large", "What was sent is too large."),
}


_log = logging.getLogger(__name__)


class _Id(BaseConverter):
    """A numeric id of GitHub."""

    regex = "[1-9][0-9]{0,17}"

    def to_python(self, value: str) -> int:
        return int(value)


class _Number(_Id):
    """A pull request's number (0 for a merge group), or a place in a list."""

    regex = "(?:0|[1-9][0-9]{0,8})"


class _Head(BaseConverter):
    """A commit."""

    regex = "[0-9a-f]{40}(?:[0-9a-f]{24})?"


def pages(paging: Paging) -> tuple[Blueprint, ...]:
    """Make the blueprints of the pages; register the shell beside them."""
    front = Front.of(paging)
    signing = sign_in_pages(front)
    blueprint = Blueprint("pages", __name__)
    for one in (signing, blueprint):
        answer_problems(one, front)
    blueprint.record_once(_prepare)
    _route(blueprint, front)
    strict(blueprint)
    return signing, blueprint


def _route(blueprint: Blueprint, front: Front) -> None:
    assessments, repositories, operator = AssessmentPages(front), RepositoryPages(front), OperatorPages(front)
    routes: tuple[tuple[str, str, Callable[..., Response]], ...] = (
        ("/repositories/<id:repository_id>", "repository", repositories.show),
        (_PULL, "newest", _at(assessments.show)),
        (f"{_PULL}/<head:head>", "assessment", _at(assessments.show)),
        (f"{_PULL}/<head:head>/assessment.json", "document", _at(assessments.document)),
        (_CHANGE, "change", _at(assessments.change)),
        (f"{_CHANGE}/<part>", "listing", _at(assessments.listing)),
        ("/operator", "operator", operator.show),
        ("/operator/doctor", "doctor", DoctorPage(front).show),
    )
    for rule, endpoint, view in routes:
        blueprint.add_url_rule(rule, endpoint, view)
    blueprint.add_url_rule("/operator/replay", "replay", operator.replay, methods=["POST"])


def _at(view: Callable[..., Response]) -> Callable[..., Response]:
    """Give a view what its address names as one value."""

    def answer(repository_id: int, number: int, head: str | None = None, **rest: int | str) -> Response:
        return view(Where(repository_id, number, head), **rest)

    return answer


def _prepare(state: BlueprintSetupState) -> None:
    """Teach the application our parts of addresses and our filters; runs before the routes are added."""
    state.app.url_map.converters |= {"id": _Id, "number": _Number, "head": _Head}
    state.app.jinja_env.filters |= {
        "mark": mark,
        "wired": wired,
        "prose": prose,
        "minute": minute,
        "day": lambda text: minute(text)[:10],
        "age": age,
        "block": block,
        "conclusions": conclusions,
        # The one drawing that is markup of ours: all text in it was escaped as it was drawn.
        "drawn": lambda plot: Html(plots.svg(plot)),
        "figures": plots.rows,
    }


def answer_problems(blueprint: Blueprint, front: Front) -> None:
    """Answer what is in the way of a page with a page: sign in first, not now, not for you, not found."""

    def sign_in(_: Exception) -> Response:
        back = request.path if request.method in {"GET", "HEAD"} else None
        return make_response(redirect(url_for("sign_in.begin", back=back), 303))

    def signed_out(_: Exception) -> Response:
        sentence = "The name that you signed in with is another now, or somebody else's. Sign in again."
        answer = front.message(403, "Signed out", sentence, ("/sign-in", "Sign in through GitHub"))
        front.take(answer, front.cookie)
        return answer

    def unavailable(failure: Exception) -> Response:
        _log.warning("a page could not be shown: %s", failure)
        sentence = "GitHub or the database does not answer now, so nothing can be shown. Try again in half a minute."
        answer = front.message(503, "Not now", sentence)
        answer.headers["Retry-After"] = "30"
        return answer

    def too_many(_: Exception) -> Response:
        answer = front.message(429, "Too fast", "You looked at too many pages within a minute. Wait one.")
        answer.headers["Retry-After"] = "60"
        return answer

    def not_shown(_: Exception) -> Response:
        return front.message(404, *_SENTENCES[404])

    def not_readable(problem: Exception) -> Response:
        return front.message(404, "Not shown", str(problem))

    def refused(error: HTTPException) -> Response:
        code = error.code or 500
        return front.message(code, *_SENTENCES.get(code, ("Not possible", "This request cannot be answered.")))

    blueprint.register_error_handler(NotSignedIn, sign_in)
    blueprint.register_error_handler(SignedOut, signed_out)
    blueprint.register_error_handler(Unavailable, unavailable)
    blueprint.register_error_handler(TooMany, too_many)
    blueprint.register_error_handler(NotShown, not_shown)
    blueprint.register_error_handler(NotReadable, not_readable)
    blueprint.register_error_handler(HTTPException, refused)


def minute(moment_or_text: datetime | str | None) -> str:
    """Write a time to the minute; `not known` for none and for what is none."""
    at = moment(moment_or_text) if isinstance(moment_or_text, str) else moment_or_text
    return "not known" if at is None else at.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")


def age(seconds: float) -> str:
    """Say how old something is, in hours or in days."""
    hours = int(seconds) // _HOUR
    return counted(hours, "hour") if hours < _DAYS_FROM else counted(hours // 24, "day")


def block(lines: Iterable[str]) -> Html:
    """Show lines of others as they stand below each other; an empty text is said to be none."""
    text = "\n".join(lines)
    return Html(f"<pre>{html.escape(text)}</pre>" if text else '<span class="dim">nothing</span>')


def conclusions(image: Node) -> list[Node]:
    """Return what a policy asks of an image: its signature, then its attestations."""
    return [image.at("signature"), *image.items("attestations")]
