"""Who pushed to a pull request's branch.

Two sources, for neither knows all: the pull request's timeline names who pushed by force, also for a fork; the activity
of the branch's repository names who pushed what, where the App may read it.
"""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

from app.adapters.github.client import Answer, Client
from app.adapters.github.failures import Refused
from app.adapters.github.operations import ACTIVITY
from app.adapters.github.reading import person
from app.adapters.github.shapes import dig, rows, words
from app.adapters.github.snapshot import Snapshot
from app.core.pull_request import Person, Pushers

PER_PAGE = 100
MAX_PAGES = 3


def pushers(client: Client, seen: Snapshot) -> Pushers:
    """Return who pushed what is in the pull request; raises `Unavailable` only for what may pass."""
    branch = seen.branch
    if branch.owner is None or branch.repository is None:
        return Pushers(branch.forced, "the fork that it comes from is gone")
    commits = {seen.pull.head, *(commit.sha for commit in seen.pull.commits)}
    try:
        listed, more = activities(client, (branch.owner, branch.repository), branch.name)
    except Refused as refused:
        if not refused.permanent:
            raise
        return Pushers(branch.forced, "GitHub does not show who pushed to its branch")
    pushes = [row for row in listed if words(row, "after") in commits]
    actors = (person(dig(row, "actor")) for row in pushes)
    found = {one.id: one for one in (*branch.forced, *actors) if isinstance(one, Person)}
    return Pushers(tuple(found.values()), _unknown(seen, pushes, more=more))


def _unknown(seen: Snapshot, pushes: list[object], *, more: bool) -> str:
    if more or seen.branch.more:
        return "its branch was pushed to more often than is read"
    if not any(words(row, "after") == seen.pull.head for row in pushes):
        return "GitHub does not list the push of its head"
    return ""


def activities(client: Client, place: tuple[str, str], branch: str) -> tuple[list[object], bool]:
    """Return what happened to a branch of a repository (owner, name), the latest first, and whether there is more."""
    owner, name = place
    query: dict[str, str | int] = {"ref": f"refs/heads/{branch}", "per_page": PER_PAGE}
    found: list[object] = []
    for _ in range(MAX_PAGES):
        answer = client.send(ACTIVITY.at(owner=owner, repo=name).asking(**query))
        found += rows(answer.json())
        cursor = _next(answer)
        if cursor is None:
            return found, False
        query["after"] = cursor
    return found, True


def _next(answer: Answer) -> str | None:
    """Return the cursor of the next page; of GitHub's link only that is used."""
    link = answer.response.links.get("next", {}).get("url", "")
    return next(iter(parse_qs(urlsplit(link).query).get("after", ())), None)
