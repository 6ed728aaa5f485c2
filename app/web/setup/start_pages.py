"""From a registered App to a first policy.

    GET /start                     install the App, see that deliveries arrive, go on to a repository
    GET /start/<repository id>     a policy to start from, as a new file on GitHub

For the browser that registered the App they are open for an hour; after that the first is the operators', and the
second is for whoever is signed in and may read the repository on GitHub.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol

from flask import Blueprint, Response, abort, make_response, render_template, request

from app.bootstrap.starting import Delivered, Installed, Starting
from app.core.errors import Unavailable
from app.core.sweep import RepositoryRef
from app.web.setup.welcome import COOKIE, is_welcome
from app.web.shell import strict

_REFRESH_SECONDS: Final = 5


class Guard(Protocol):
    """Lets in who is signed in; each method returns, or raises what the blueprint answers in its place."""

    def operator(self) -> None:
        """Let an operator in."""
        ...

    def somebody(self) -> None:
        """Let in whoever is signed in."""
        ...

    def reader(self, repository: RepositoryRef) -> None:
        """Let in whoever may read a repository, asked of GitHub now."""
        ...


def start_pages(starting: Starting, guard: Guard | None) -> Blueprint:
    """Make the pages; without a guard they end with the first hour."""
    pages = _Pages(starting, guard)
    blueprint = Blueprint("start", __name__)
    blueprint.add_url_rule("/start", "connect", pages.connect)
    blueprint.add_url_rule("/start/<int(max=999999999999):repository_id>", "propose", pages.propose)
    strict(blueprint)
    return blueprint


@dataclass(frozen=True, slots=True)
class _Seen:
    """What GitHub says now; `problem` is why it says nothing."""

    installed: tuple[Installed, ...] = ()
    delivered: tuple[Delivered, ...] = ()
    repositories: tuple[RepositoryRef, ...] = ()
    problem: str = ""

    @property
    def connected(self) -> bool:
        return bool(self.installed) and any(one.arrived for one in self.delivered)


class _Pages:
    def __init__(self, starting: Starting, guard: Guard | None) -> None:
        self._starting = starting
        self._guard = guard

    def connect(self) -> Response:
        if not self._first_hour():
            self._guarded().operator()
        seen = self._seen()
        page = make_response(render_template("start.html", seen=seen, install_url=self._starting.install_url))
        if not seen.connected:
            page.headers["Refresh"] = str(_REFRESH_SECONDS)
        return page

    def propose(self, repository_id: int) -> Response:
        open_to_all = self._first_hour()
        if not open_to_all:
            self._guarded().somebody()
        repository = self._starting.repository(repository_id)
        if repository is None:
            abort(404)
        if not open_to_all:
            self._guarded().reader(repository)
        return make_response(
            render_template("starter.html", proposal=self._starting.propose(repository), repository=repository)
        )

    def _first_hour(self) -> bool:
        times = self._starting.times()
        return times is not None and is_welcome(request.cookies.get(COOKIE), self._starting.key, times)

    def _guarded(self) -> Guard:
        if self._guard is None:
            abort(404)
        return self._guard

    def _seen(self) -> _Seen:
        try:
            return _Seen(self._starting.installed(), self._starting.delivered(), self._starting.repositories())
        except Unavailable as failure:
            return _Seen(problem=failure.sentence)
