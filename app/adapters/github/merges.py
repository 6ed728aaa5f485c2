"""What was merged on GitHub, and a branch on which the records of that may be kept.

Writing to the branch needs `contents: write`, which `app.yml` does not ask for: whoever wants it there grants it.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from app.adapters.github.approved import approvals
from app.adapters.github.branch_commit import BranchCommit
from app.adapters.github.broker import Grant, InstallationToken, TokenBroker
from app.adapters.github.client import Client
from app.adapters.github.connection import Connection
from app.adapters.github.operations import LOOK, OPEN_PULL_REQUESTS, Operation
from app.adapters.github.queries import MERGED
from app.adapters.github.reading import person, pull_request, repository
from app.adapters.github.shapes import dig, flag, moment, rows, whole, words
from app.core.errors import Unavailable
from app.core.merge_record import Copied, Entry, Merge, Occupied
from app.core.pull_request import PullRequestRef
from app.core.sweep import RepositoryRef
from app.core.tree import blob_id

_log = logging.getLogger(__name__)

PERMISSIONS: Final = (("contents", "read"), ("metadata", "read"), ("pull_requests", "read"))
WRITING: Final = (("contents", "write"), ("metadata", "read"))
_A_PAGE: Final = 100
_PAGES: Final = 10
_MOST: Final = _A_PAGE * _PAGES

# A commit that GitHub makes only where the branch stands as it was read: the same one sent twice is refused.
EVIDENCE: Final = Operation("POST", "/graphql", "write to the evidence branch", (("contents", "write"),), copies=True)

RECENT: Final = f"""query($owner: String!, $name: String!, $after: String) {{
  repository(owner: $owner, name: $name) {{
    databaseId
    pullRequests(
      first: {_A_PAGE}, after: $after, states: [MERGED], orderBy: {{field: UPDATED_AT, direction: DESC}}
    ) {{
      nodes {{ number baseRefName mergedAt updatedAt }}
      pageInfo {{ hasNextPage endCursor }}
    }}
  }}
}}"""

STANDING: Final = """query($owner: String!, $name: String!, $ref: String!, $path: String!, $before: String!) {
  repository(owner: $owner, name: $name) {
    databaseId
    ref(qualifiedName: $ref) {
      target {
        oid
        ... on Commit { file(path: $path) { object { oid } } before: file(path: $before) { object { oid } } }
      }
    }
  }
}"""


@dataclass(frozen=True, slots=True)
class GitHubMerges:
    """Reads merges; raises `Unavailable` when GitHub does not answer."""

    connection: Connection
    broker: TokenBroker

    def merge(self, ref: PullRequestRef) -> Merge | None:
        """Return the merge of a pull request; `None` when it was not merged.

        Raises `Unavailable` also while GitHub does not say what came of a merge: it tells that a moment later.
        """
        names = {"owner": ref.owner, "name": ref.name, "number": ref.number}
        client = self._client(ref.installation, ref.repository_id)
        pull = pull_request(client.ask(LOOK, MERGED, names).data, ref)
        at, commit = moment(pull, "mergedAt"), words(pull, "mergeCommit", "oid")
        base_ref, head = words(pull, "baseRefName"), words(pull, "headRefOid")
        if words(pull, "state") != "MERGED":
            return None
        if at is None or commit is None or base_ref is None or head is None:
            raise Unavailable("GitHub does not say yet which commit came of the merge.")
        by, author = words(pull, "mergedBy", "login"), person(dig(pull, "author"))
        standing = approvals(client, ref, pull, at)
        return Merge(ref, base_ref, head, commit, at, by, None if author is None else author.login, standing)

    def recent(self, place: RepositoryRef, since: datetime) -> Iterator[tuple[PullRequestRef, datetime]]:
        """Yield the pull requests that were merged since then, and when; of the thousand that changed last.

        What was merged since then was changed since then: a page that ends before needs no other.
        """
        names: dict[str, object] = {"owner": place.owner, "name": place.name}
        client = self._client(place.installation, place.id)
        for _ in range(_PAGES):
            told = client.ask(OPEN_PULL_REQUESTS, RECENT, names).data
            if whole(told, "repository", "databaseId") != place.id:
                raise Unavailable(f"{place} is another repository now, or not to be read.", permanent=True)
            page = dig(told, "repository", "pullRequests")
            found = rows(page, "nodes")
            yield from _merged(place, found, since)
            ends_before = any(at < since for at in (moment(row, "updatedAt") for row in found) if at is not None)
            names["after"] = words(page, "pageInfo", "endCursor")
            if ends_before or flag(page, "pageInfo", "hasNextPage") is not True or names["after"] is None:
                return
        _log.warning("more than %d pull requests of %s changed: what else was merged is not known", _MOST, place)

    def _client(self, installation: int, repository_id: int) -> Client:
        return Client(self.connection, InstallationToken(self.broker, Grant(installation, repository_id, PERMISSIONS)))


@dataclass(frozen=True, slots=True)
class EvidenceBranch:
    """A branch of the repository itself that holds its merge records, one file each.

    The branch must exist: who makes it says by that that records may be written there.
    """

    connection: Connection
    broker: TokenBroker
    branch: str

    def put(self, ref: PullRequestRef, entry: Entry, before: Entry | None) -> Copied:
        """Add a record.

        One that is there already is left. Raises `Unavailable`, and `Occupied` where another stands in its place.
        """
        client = Client(
            self.connection, InstallationToken(self.broker, Grant(ref.installation, ref.repository_id, WRITING))
        )
        path, earlier = _path(entry), _path(before or entry)
        names = {"owner": ref.owner, "name": ref.name, "ref": f"refs/heads/{self.branch}"}
        names |= {"path": path, "before": earlier}
        target = dig(repository(client.ask(LOOK, STANDING, names).data, ref), "ref", "target")
        tip, there = words(target, "oid"), words(target, "file", "object", "oid")
        if tip is None:
            make = f"make it once, empty, and let the App write to it: git switch --orphan {self.branch}"
            raise Unavailable(f"There is no branch {self.branch} in {ref.owner}/{ref.name}; {make}.", permanent=True)
        follows = before is None or words(target, "before", "object", "oid") is not None
        if there is not None:
            if there == blob_id(entry.envelope, there):
                return Copied(follows)
            raise Occupied(f"{path} on {self.branch} is not the record that belongs there.")
        headline = f"Record the merge of pull request {entry.number}"
        BranchCommit(self.branch, tip, {path: entry.envelope}, headline).make(client, EVIDENCE, ref)
        return Copied(follows)


def _path(entry: Entry) -> str:
    return f"records/{entry.sequence:08d}.json"


def _merged(
    place: RepositoryRef, found: Iterable[object], since: datetime
) -> Iterator[tuple[PullRequestRef, datetime]]:
    for row in found:
        number, at = whole(row, "number"), moment(row, "mergedAt")
        if number is not None and at is not None and at >= since:
            base_ref = words(row, "baseRefName")
            yield PullRequestRef(place.installation, place.id, place.owner, place.name, number, base_ref), at
