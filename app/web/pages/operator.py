"""The operator's page: what waits, what was given up, what GitHub allows, how old the trust roots are."""

from __future__ import annotations

import hmac
import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, TypeAlias

from flask import Response, make_response, redirect

from app.adapters.github.readers import Budget, Installed
from app.core.errors import Unavailable
from app.web.pages.documents import NotReadable, read
from app.web.pages.front import Front, Remembered, form
from app.web.pages.node import Node

_LARGEST: Final = 2_000_000
_LONGEST_NAME: Final = 300

Office: TypeAlias = tuple[tuple[Installed, ...], tuple[Budget, ...]]
"""What GitHub says of the App's installations, and what it still takes from some of them."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Root:
    """A trust root as the newest look used it; `age` is how old it is by now, `None` for one that is not refreshed."""

    name: str
    version: str
    age: float | None
    warning: str


class OperatorPages:
    """Answers at `/operator`."""

    def __init__(self, front: Front) -> None:
        """Bind the front."""
        self._front = front
        self._github = Remembered[str, Office](lambda _: front.paging.readers.office())

    def show(self) -> Response:
        """Show how the installation does."""
        self._front.operator()
        installed, budgets, problem = self._on_github()
        return self._front.page(
            "operator.html",
            queue=self._front.paging.queue.queue(),
            roots=self._roots(),
            versions=self._front.paging.versions(),
            installed=installed,
            budgets=budgets,
            problem=problem,
            now=self._front.paging.clock(),
        )

    def replay(self) -> Response:
        """Put work in again that was given up."""
        session = self._front.operator()
        sent = form()
        if not hmac.compare_digest(sent.get("csrf", "").encode(), session.csrf.encode()):
            return self._front.message(403, "Not put in", "The form was not one of ours. Load the page again.")
        name = sent.get("name", "")
        if not name or len(name) > _LONGEST_NAME or not self._front.paging.replay(name):
            sentence = "There is no such work that was given up. It may have been put in already."
            return self._front.message(404, "Not put in", sentence, ("/operator", "Back"))
        _log.info("work was put in again by an operator: %d", session.person.id)
        return make_response(redirect("/operator", 303))

    def _on_github(self) -> tuple[tuple[Installed, ...], tuple[Budget, ...], str]:
        try:
            with self._front.visitors.waiting():
                installed, budgets = self._github.get("all")
        except Unavailable as failure:
            return (), (), failure.sentence
        return installed, budgets, ""

    def _roots(self) -> tuple[Root, ...]:
        found = self._front.paging.records.last_document(_LARGEST)
        if found is None:
            return ()
        at, text = found
        since = self._front.paging.clock() - at
        try:
            return tuple(_root(one, since) for one in read(text).items("trust_roots"))
        except NotReadable:
            return ()


def _root(one: Node, since: timedelta) -> Root:
    age = one.number("age")
    now = None if age is None else age + max(since.total_seconds(), 0.0)
    return Root(one.text("name"), one.text("version"), now, one.text("warning"))
