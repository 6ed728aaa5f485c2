"""What the App is installed on: installations, repositories, open pull requests, and deliveries that did not arrive.

Reading a list decides nothing: it only says which pull requests are worth a look, and a look reads them for itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import httpx

from app.adapters.github.broker import AppToken, Grant, InstallationToken, TokenBroker
from app.adapters.github.client import Answer, Client
from app.adapters.github.connection import Connection
from app.adapters.github.operations import (
    DELIVERIES,
    INSTALLATIONS,
    OPEN_PULL_REQUESTS,
    REDELIVER,
    REPOSITORIES,
    Call,
)
from app.adapters.github.queries import PAGE
from app.adapters.github.shapes import dig, flag, moment, rows, whole, words
from app.core.errors import Unavailable
from app.core.pull_request import IMAGES, PullRequestRef
from app.core.sweep import OpenPullRequest, RepositoryRef, Undelivered

PERMISSIONS: Final = (("contents", "read"), ("metadata", "read"), ("pull_requests", "read"), ("statuses", "read"))
POLICY: Final = ".github/assay.yml"
MAX_PAGES: Final = 100
MAX_DELIVERY_PAGES: Final = 20
_LONG_AGO: Final = datetime.min.replace(tzinfo=UTC)
_OK: Final = range(200, 300)

QUERY: Final = f"""query($owner: String!, $name: String!, $path: String!, $after: String) {{
  repository(owner: $owner, name: $name) {{
    databaseId
    pullRequests(first: {PAGE}, after: $after, states: [OPEN], orderBy: {{field: CREATED_AT, direction: ASC}}) {{
      pageInfo {{ hasNextPage endCursor }}
      nodes {{
        number baseRefName headRefOid updatedAt
        baseRef {{ target {{ oid ... on Commit {{ file(path: $path) {{ oid }} }} }} }}
        commits(last: 1) {{ nodes {{ commit {{ oid status {{ contexts {{ context state createdAt }} }} }} }} }}
      }}
    }}
  }}
}}"""

DEFAULT_BRANCH: Final = """query($owner: String!, $name: String!, $path: String!) {
  repository(owner: $owner, name: $name) {
    databaseId
    defaultBranchRef { name target { oid ... on Commit { file(path: $path) { oid } } } }
  }
}"""


@dataclass(frozen=True, slots=True)
class Roster:
    """Lists what there is; `app` signs as the App itself, `broker` buys a token an installation."""

    connection: Connection
    app: AppToken
    broker: TokenBroker

    def installations(self) -> tuple[int, ...]:
        """Return the installations that are not suspended; raises `Unavailable`."""
        found = self._pages(self._as_app(), INSTALLATIONS.at())
        return tuple(
            number for row in found if (number := whole(row, "id")) is not None and words(row, "suspended_at") is None
        )

    def repositories(self, installation: int, pages: int = MAX_PAGES) -> tuple[RepositoryRef, ...]:
        """Return the repositories that an installation covers, but archived ones; raises `Unavailable`.

        At most `pages` of a hundred are read.
        """
        found = self._pages(self._as_installation(installation), REPOSITORIES.at(), "repositories", pages)
        kept = (row for row in found if flag(row, "archived") is not True)
        return tuple(ref for row in kept if (ref := _repository(row, installation)) is not None)

    def open_pull_requests(self, repository: RepositoryRef) -> tuple[OpenPullRequest, ...]:
        """Return the open pull requests of a repository, oldest first; raises `Unavailable`."""
        client = self._as_installation(repository.installation)
        found: list[OpenPullRequest] = []
        after: str | None = None
        for _ in range(MAX_PAGES):
            names = {"owner": repository.owner, "name": repository.name, "path": POLICY, "after": after}
            told = client.ask(OPEN_PULL_REQUESTS, QUERY, names)
            listed = dig(told.data, "repository", "pullRequests")
            if whole(told.data, "repository", "databaseId") != repository.id:
                raise Unavailable(f"{repository} is another repository now, or not to be read.", permanent=True)
            if listed is None:
                # Half an answer; that nothing is open is an empty list.
                raise Unavailable(f"GitHub did not list what is open in {repository}.", permanent=bool(told.errors))
            found += _open(listed, repository)
            after = words(listed, "pageInfo", "endCursor")
            if flag(listed, "pageInfo", "hasNextPage") is not True or after is None:
                break
        return tuple(found)

    def judged_branch(self, repository: RepositoryRef) -> tuple[str, str] | None:
        """Return the default branch and its tip where that holds a policy file; raises `Unavailable`."""
        client = self._as_installation(repository.installation)
        names = {"owner": repository.owner, "name": repository.name, "path": POLICY}
        told = client.ask(OPEN_PULL_REQUESTS, DEFAULT_BRANCH, names).data
        if whole(told, "repository", "databaseId") != repository.id:
            raise Unavailable(f"{repository} is another repository now, or not to be read.", permanent=True)
        branch = dig(told, "repository", "defaultBranchRef")
        name, tip = words(branch, "name"), words(branch, "target", "oid")
        has_policy = dig(branch, "target", "file") is not None
        return (name, tip) if has_policy and name is not None and tip is not None else None

    def undelivered(self, since: datetime) -> tuple[Undelivered, ...]:
        """Return deliveries that failed since then and never arrived, the newest attempt of each; raises `Unavailable`.

        GitHub keeps them for three days, and never tries again by itself.
        """
        failed = tuple(self._attempts(since, "failure"))
        if not failed:
            return ()
        arrived = {words(row, "guid") for row in self._attempts(since, "success")}
        newest: dict[str, Undelivered] = {}
        for row in failed:
            number, guid = whole(row, "id"), words(row, "guid")
            if number is not None and guid is not None and guid not in arrived:
                newest.setdefault(guid, Undelivered(number, guid))
        return tuple(newest.values())

    def redeliver(self, attempt: Undelivered) -> None:
        """Ask GitHub to deliver once more; raises `Unavailable`."""
        self._as_app().send(REDELIVER.at(delivery_id=attempt.id))

    def _attempts(self, since: datetime, status: str) -> Iterator[object]:
        call = DELIVERIES.at().asking(per_page=PAGE, status=status)
        for row in self._pages(self._as_app(), call, limit=MAX_DELIVERY_PAGES):
            if (moment(row, "delivered_at") or _LONG_AGO) < since:
                return
            # An older GitHub Enterprise Server may not know the filter.
            if ((whole(row, "status_code") or 0) in _OK) is (status == "success"):
                yield row

    def _pages(self, client: Client, call: Call, key: str = "", limit: int = MAX_PAGES) -> Iterator[object]:
        call = call.asking(per_page=PAGE, **call.query) if "per_page" not in call.query else call
        for _ in range(limit):
            answer = client.send(call)
            yield from rows(answer.json(), key) if key else rows({"rows": answer.json()}, "rows")
            following = _next(answer)
            if following is None:
                return
            call = call.asking(**following)

    def _as_app(self) -> Client:
        return Client(self.connection, self.app)

    def _as_installation(self, installation: int) -> Client:
        return Client(self.connection, InstallationToken(self.broker, Grant(installation, None, PERMISSIONS)))


def _next(answer: Answer) -> dict[str, str] | None:
    """Return the query of the next page; nothing but the query is taken from the link."""
    link = answer.response.links.get("next", {}).get("url")
    if not link:
        return None
    try:
        return dict(httpx.URL(link).params)
    except httpx.InvalidURL:
        return None


def _repository(row: object, installation: int) -> RepositoryRef | None:
    number, owner, name = whole(row, "id"), words(row, "owner", "login"), words(row, "name")
    return None if number is None or owner is None or name is None else RepositoryRef(installation, number, owner, name)


def _open(listed: object, repository: RepositoryRef) -> Iterable[OpenPullRequest]:
    for row in rows(listed, "nodes"):
        number, base_ref, head = whole(row, "number"), words(row, "baseRefName"), words(row, "headRefOid")
        if number is None or base_ref is None or head is None:
            continue
        ref = PullRequestRef(
            repository.installation, repository.id, repository.owner, repository.name, number, base_ref, head
        )
        yield OpenPullRequest(
            ref=ref,
            base_ref=base_ref,
            base_tip=words(row, "baseRef", "target", "oid") or "",
            head=head,
            has_policy=dig(row, "baseRef", "target", "file") is not None,
            updated_at=moment(row, "updatedAt") or _LONG_AGO,
            pending=tuple(_pending(row, head)),
        )


def _pending(row: object, head: str) -> Iterator[tuple[str, datetime]]:
    """Read which verdicts on images wait, and since when; whose statuses they are is asked before anything is done."""
    for commit in rows(row, "commits", "nodes"):
        for one in rows(commit, "commit", "status", "contexts"):
            context, since = (words(one, "context") or "").lower(), moment(one, "createdAt")
            waits = words(one, "state") == "PENDING" and words(commit, "commit", "oid") == head
            if waits and context.startswith(IMAGES) and since is not None:
                yield context, since
