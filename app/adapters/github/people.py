"""Who is in a team, and what a person may do here: asked of GitHub at the moment of the decision."""

from __future__ import annotations

import re

from app.adapters.github.client import Client, Graph
from app.adapters.github.failures import Refused
from app.adapters.github.operations import PERMISSION, TEAMS
from app.adapters.github.queries import members
from app.adapters.github.reading import permission
from app.adapters.github.shapes import dig, flag, rows, words
from app.core.errors import Unavailable
from app.core.pull_request import Permission, PullRequestRef

MAX_PAGES = 50
TEAMS_A_QUERY = 50
NOT_FOUND = 404
_LOGIN = re.compile(r"[0-9A-Za-z_-]{1,100}(?:\[bot\])?", re.ASCII)


def teams(client: Client, slugs: frozenset[str]) -> dict[str, frozenset[str] | None]:
    """Return the members of each team (`owner/slug`), child teams included, pending ones not.

    `None` is a team that does not exist or cannot be seen: GitHub answers both alike, and neither may pass for
    "no member".
    """
    found: dict[str, frozenset[str] | None] = dict.fromkeys(slugs)
    asked = sorted(slug for slug in slugs if slug.count("/") == 1)
    for start in range(0, len(asked), TEAMS_A_QUERY):
        try:
            found |= _members(client, asked[start : start + TEAMS_A_QUERY])
        except Unavailable as failure:
            if not failure.permanent:
                raise
    return found


def _members(client: Client, slugs: list[str]) -> dict[str, frozenset[str] | None]:
    complete: dict[str, frozenset[str] | None] = {}
    open_pages: dict[str, tuple[str | None, frozenset[str]]] = {slug: (None, frozenset()) for slug in slugs}
    for _ in range(MAX_PAGES):
        if not open_pages:
            return complete
        batch = sorted(open_pages)
        graph = client.ask(TEAMS, members(len(batch)), _variables(batch, open_pages))
        for place, slug in enumerate(batch):
            _, before = open_pages.pop(slug)
            seen = _page(graph, f"t{place}")
            if seen is None:
                complete[slug] = None
            elif (cursor := words(seen, "pageInfo", "endCursor")) and flag(seen, "pageInfo", "hasNextPage"):
                open_pages[slug] = (cursor, before | _logins(seen))
            else:
                complete[slug] = before | _logins(seen)
    return complete | dict.fromkeys(open_pages)


def _variables(slugs: list[str], pages: dict[str, tuple[str | None, frozenset[str]]]) -> dict[str, object]:
    variables: dict[str, object] = {}
    for place, slug in enumerate(slugs):
        owner, _, team = slug.partition("/")
        variables |= {f"o{place}": owner, f"t{place}": team, f"a{place}": pages[slug][0]}
    return variables


def _page(graph: Graph, alias: str) -> object:
    """Return a team's page of members; `None` also when an error speaks of any part of it: half a team is no team."""
    if any(error.path[:1] == (alias,) for error in graph.errors):
        return None
    return dig(graph.data, alias, "team", "members")


def _logins(page: object) -> frozenset[str]:
    return frozenset(login.lower() for row in rows(page, "nodes") if (login := words(row, "login")) is not None)


def permissions(client: Client, ref: PullRequestRef, logins: frozenset[str]) -> dict[str, Permission | None]:
    """Return what each person may do in the repository; `None` for somebody who does not exist."""
    return {login: _permission(client, ref, login) for login in sorted(logins)}


def _permission(client: Client, ref: PullRequestRef, login: str) -> Permission | None:
    if not _LOGIN.fullmatch(login):
        return None  # a policy may name anybody; nobody is called that
    try:
        return permission(client.send(PERMISSION.at(owner=ref.owner, repo=ref.name, username=login)).json())
    except Refused as refused:
        if refused.status == NOT_FOUND:
            return None
        raise
