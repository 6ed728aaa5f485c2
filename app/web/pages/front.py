"""What every page has in common: who looks, what it may see, and how it is answered."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar
from urllib.parse import parse_qsl

from flask import Response, make_response, render_template, request
from werkzeug.exceptions import BadRequest, NotFound

from app.bootstrap.paging import Paging
from app.core.errors import Error
from app.core.pull_request import Person
from app.web.pages.documents import Documents
from app.web.pages.facts import Facts
from app.web.pages.session import Session, Sessions
from app.web.pages.visitors import Place, Visitors

LARGEST_FORM: Final = 4096
_FORM: Final = "application/x-www-form-urlencoded"
_KEPT_SECONDS: Final = 60.0
_MOST_KEPT: Final = 200
_NAME: Final = re.compile(r"[A-Za-z0-9._-]{1,100}", re.ASCII)

_K = TypeVar("_K")
_T = TypeVar("_T")


class NotSignedIn(Error):
    """Nobody signed in with this browser, or it was too long ago."""


class Remembered(Generic[_K, _T]):
    """Keeps answers for a minute, a bounded number of them; threads that ask at once may each ask."""

    def __init__(self, ask: Callable[[_K], _T], clock: Callable[[], float] = time.monotonic) -> None:
        """Bind what is asked."""
        self._ask = ask
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: dict[_K, tuple[float, _T]] = {}

    def get(self, what: _K) -> _T:
        """Return the answer; raises what asking raises, which is not kept."""
        with self._lock:
            kept = self._kept.get(what)
        if kept is not None and kept[0] > self._clock():
            return kept[1]
        answer = self._ask(what)
        with self._lock:
            if len(self._kept) >= _MOST_KEPT:
                self._kept.clear()
            self._kept[what] = (self._clock() + _KEPT_SECONDS, answer)
        return answer


@dataclass(frozen=True, slots=True)
class Front:
    """The pages of one process."""

    paging: Paging
    sessions: Sessions
    visitors: Visitors
    documents: Documents
    facts: dict[int, Facts] = field(default_factory=dict)

    @classmethod
    def of(cls, paging: Paging) -> Front:
        """Make it; nothing is read yet."""
        return cls(
            paging,
            Sessions(paging.secret, time.time),
            Visitors(paging.records.repository, paging.readers),
            Documents(paging.records.documents),
        )

    @property
    def cookie(self) -> str:
        """The name of the session's cookie; a browser takes the prefix from this very host over HTTPS alone."""
        return "__Host-assay" if self.paging.secure else "assay"

    @property
    def begun_cookie(self) -> str:
        """The name of the cookie that a sign-in under way leaves."""
        return f"{self.cookie}-begun"

    def session(self) -> Session:
        """Return who looks; raises `NotSignedIn`, and `TooMany` for one who looks at too much."""
        found = self.sessions.read(request.cookies.get(self.cookie))
        if found is None:
            raise NotSignedIn
        self.visitors.count(found.person)
        return found

    def operates(self, person: Person) -> bool:
        """Say whether somebody is an operator."""
        return person.login.lower() in self.paging.operators

    def operator(self) -> Session:
        """Return who looks, an operator; 404 for anybody else, as if there were no such page."""
        found = self.session()
        if not self.operates(found.person):
            raise NotFound
        return found

    def place(self, repository_id: int) -> Place:
        """Return a repository that who looks may read; raises what `session` and `Visitors.let_in` raise."""
        return self.visitors.let_in(self.session().person, repository_id)

    def give(self, answer: Response, cookie: tuple[str, str], seconds: int) -> None:
        """Set a cookie that no script reads, and no other site's form sends."""
        name, text = cookie
        answer.set_cookie(
            name, text, max_age=seconds, path="/", secure=self.paging.secure, httponly=True, samesite="Lax"
        )

    def take(self, answer: Response, name: str) -> None:
        """Remove a cookie."""
        answer.delete_cookie(name, path="/", secure=self.paging.secure, httponly=True, samesite="Lax")

    def page(self, template: str, status: int = 200, /, **context: object) -> Response:
        """Answer with a page."""
        session = self.sessions.read(request.cookies.get(self.cookie))
        operates = session is not None and self.operates(session.person)
        text = render_template(
            template,
            viewer=session.person.login if session is not None else "",
            csrf=session.csrf if session is not None else "",
            sections=(("/operator", "Operator"),) if operates else (),
            **context,
        )
        return make_response(text, status)

    def message(self, status: int, heading: str, sentence: str, link: tuple[str, str] | None = None) -> Response:
        """Answer with one sentence."""
        return self.page("message.html", status, heading=heading, sentence=sentence, link=link)

    def on_github(self, place: Place, rest: str = "") -> str:
        """Return an address on GitHub; its front page where the names are none that GitHub gives."""
        names = (place.seen.owner, place.seen.name)
        if not all(_NAME.fullmatch(name) for name in names):
            return self.paging.site
        return f"{self.paging.site}/{names[0]}/{names[1]}{rest}"


def form() -> dict[str, str]:
    """Read the small form that was sent; raises `BadRequest` for anything else, `RequestEntityTooLarge`."""
    if request.mimetype != _FORM:
        raise BadRequest
    request.max_content_length = LARGEST_FORM
    body = request.get_data(cache=False, parse_form_data=False)
    try:
        return dict(parse_qsl(body.decode("ascii"), strict_parsing=True, max_num_fields=8))
    except ValueError as error:
        raise BadRequest from error
