"""Ask teams and people for their review: each once a pull request, whoever asked first."""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field

from app.adapters.github.client import Client
from app.adapters.github.failures import Refused
from app.adapters.github.operations import REQUEST, TIMELINE
from app.adapters.github.shapes import rows, words
from app.core.errors import Unavailable
from app.core.pull_request import PullRequestRef

MAX_ASKED = 15
MAX_PAGES = 5
MAX_REMEMBERED = 20_000
PER_PAGE = 100
UNPROCESSABLE = 422
_NAME = re.compile(r"(?:[0-9a-z_.-]{1,100}/)?[0-9a-z_-]{1,100}", re.ASCII)
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class AskedOnce:
    """Remembers who was dealt with, so that a pull request that waits costs no reads each time it is looked at."""

    names: dict[str, frozenset[str]] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def new(self, ref: PullRequestRef, names: Iterable[str]) -> tuple[str, ...]:
        """Return those that were not dealt with yet, in order."""
        with self.lock:
            known = self.names.get(ref.key, frozenset())
        return tuple(name for name in dict.fromkeys(names) if name not in known)

    def keep(self, ref: PullRequestRef, names: Iterable[str]) -> None:
        """Remember some; what is forgotten is only asked of GitHub again."""
        with self.lock:
            if len(self.names) > MAX_REMEMBERED:
                self.names.clear()
            self.names[ref.key] = self.names.get(ref.key, frozenset()).union(names)


@dataclass(frozen=True, slots=True)
class Ways:
    """Who asks people, and who asks teams: for the latter one must see members."""

    people: Client
    teams: Client


def request(ways: Ways, ref: PullRequestRef, names: Iterable[str], once: AskedOnce) -> None:
    """Ask those who were never asked on this pull request. Never raises: it is a courtesy, and no verdict hangs on it.

    GitHub takes people off its list once they have reviewed, so the timeline is read: who was asked before, or whose
    request somebody withdrew, is left alone.
    """
    new = once.new(ref, (name for name in names if _askable(name, ref)))[:MAX_ASKED]
    if not new:
        return
    try:
        before = _ever_asked(ways.people, ref)
        _ask(ways, ref, [name for name in new if before is not None and name not in before])
    except Unavailable as failure:
        _log.warning("nobody was asked for a review of %s: %s", ref, failure.sentence)
        if not failure.permanent:
            return
    once.keep(ref, new)


def _askable(name: str, ref: PullRequestRef) -> bool:
    """Say whether GitHub can ask this name: a person, or a team of the repository's owner."""
    owner, slash, _ = name.rpartition("/")
    return _NAME.fullmatch(name) is not None and (not slash or owner == ref.owner.lower())


def _ever_asked(client: Client, ref: PullRequestRef) -> frozenset[str] | None:
    """Return everybody who was ever asked; `None` when the timeline is too long to know."""
    found: set[str] = set()
    for page in range(1, MAX_PAGES + 1):
        call = TIMELINE.at(owner=ref.owner, repo=ref.name, issue_number=ref.number)
        listed = rows(client.send(call.asking(per_page=PER_PAGE, page=page)).json())
        for row in listed:
            if words(row, "event") == "review_requested":
                found.add((words(row, "requested_reviewer", "login") or "").lower())
                found.add(f"{ref.owner}/{words(row, 'requested_team', 'slug') or ''}".lower())
        if len(listed) < PER_PAGE:
            return frozenset(found)
    return None


def _ask(ways: Ways, ref: PullRequestRef, names: list[str]) -> None:
    """Ask all at once; GitHub refuses all for one that cannot be asked, so then one by one."""
    if not names:
        return
    call = REQUEST.at(owner=ref.owner, repo=ref.name, pull_number=ref.number)
    people = [name for name in names if "/" not in name]
    teams = [name.rpartition("/")[2] for name in names if "/" in name]
    try:
        (ways.teams if teams else ways.people).send(call.saying({"reviewers": people, "team_reviewers": teams}))
    except Refused as refused:
        if refused.status != UNPROCESSABLE:
            raise
        if len(names) == 1:
            _log.info("%s cannot be asked for a review of %s", names[0], ref)
            return
        for name in names:
            _ask(ways, ref, [name])
