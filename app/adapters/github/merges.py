"""What was merged on GitHub, and a branch on which the records of that may be kept.

Writing to the branch needs `contents: write`, which `app.yml` does not ask for: whoever wants it there grants it.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from app.adapters.github.broker import Grant, InstallationToken, TokenBroker
from app.adapters.github.client import Client
from app.adapters.github.connection import Connection
from app.adapters.github.operations import LOOK, OPEN_PULL_REQUESTS, Operation
from app.adapters.github.reading import pull_request, repository
from app.adapters.github.shapes import dig, moment, rows, whole, words
from app.core.errors import Unavailable
from app.core.merge_record import Entry, Merge
from app.core.pull_request import PullRequestRef
from app.core.sweep import RepositoryRef

PERMISSIONS: Final = (("contents", "read"), ("metadata", "read"), ("pull_requests", "read"))
WRITING: Final = (("contents", "write"), ("metadata", "read"))
_RECENT: Final = 50

# A commit that GitHub makes only where the branch stands as it was read: the same one sent twice is refused.
EVIDENCE: Final = Operation("POST", "/graphql", "write to the evidence branch", (("contents", "write"),))

MERGED: Final = """query($owner: String!, $name: String!, $number: Int!) {
  repository(owner: $owner, name: $name) {
    databaseId
    pullRequest(number: $number) {
      state baseRefName headRefOid mergedAt mergedBy { login } mergeCommit { oid }
    }
  }
}"""

RECENT: Final = f"""query($owner: String!, $name: String!) {{
  repository(owner: $owner, name: $name) {{
    databaseId
    pullRequests(first: {_RECENT}, states: [MERGED], orderBy: {{field: UPDATED_AT, direction: DESC}}) {{
      nodes {{ number baseRefName headRefOid mergedAt }}
    }}
  }}
}}"""

STANDING: Final = """query($owner: String!, $name: String!, $ref: String!, $path: String!) {
  repository(owner: $owner, name: $name) {
    databaseId
    ref(qualifiedName: $ref) { target { oid ... on Commit { file(path: $path) { object { oid } } } } }
  }
}"""

APPEND: Final = """mutation($input: CreateCommitOnBranchInput!) {
  createCommitOnBranch(input: $input) { commit { oid } }
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
        pull = pull_request(self._client(ref.installation, ref.repository_id).ask(LOOK, MERGED, names).data, ref)
        at, commit = moment(pull, "mergedAt"), words(pull, "mergeCommit", "oid")
        base_ref, head = words(pull, "baseRefName"), words(pull, "headRefOid")
        if words(pull, "state") != "MERGED":
            return None
        if at is None or commit is None or base_ref is None or head is None:
            raise Unavailable("GitHub does not say yet which commit came of the merge.")
        return Merge(ref, base_ref, head, commit, at, words(pull, "mergedBy", "login"))

    def recent(self, place: RepositoryRef, since: datetime) -> Iterable[PullRequestRef]:
        """Return the pull requests that were merged since then, of the fifty that changed last."""
        names = {"owner": place.owner, "name": place.name}
        told = self._client(place.installation, place.id).ask(OPEN_PULL_REQUESTS, RECENT, names).data
        if whole(told, "repository", "databaseId") != place.id:
            raise Unavailable(f"{place} is another repository now, or not to be read.", permanent=True)
        for row in rows(told, "repository", "pullRequests", "nodes"):
            number, at = whole(row, "number"), moment(row, "mergedAt")
            if number is not None and at is not None and at >= since:
                base_ref = words(row, "baseRefName")
                yield PullRequestRef(place.installation, place.id, place.owner, place.name, number, base_ref)

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

    def put(self, ref: PullRequestRef, entry: Entry) -> None:
        """Add a record. One that is there already is left; raises `Unavailable` when it cannot be added."""
        client = Client(
            self.connection, InstallationToken(self.broker, Grant(ref.installation, ref.repository_id, WRITING))
        )
        path = f"records/{entry.sequence:08d}.json"
        names = {"owner": ref.owner, "name": ref.name, "ref": f"refs/heads/{self.branch}", "path": path}
        target = dig(repository(client.ask(LOOK, STANDING, names).data, ref), "ref", "target")
        tip, there = words(target, "oid"), words(target, "file", "object", "oid")
        if tip is None:
            make = f"make it once, empty, and let the App write to it: git switch --orphan {self.branch}"
            raise Unavailable(f"There is no branch {self.branch} in {ref.owner}/{ref.name}; {make}.", permanent=True)
        if there is not None:
            if there == _blob(entry.envelope):
                return
            raise Unavailable(f"{path} on {self.branch} is not the record that belongs there.", permanent=True)
        text = base64.b64encode(entry.envelope).decode()
        wanted = {
            "branch": {"repositoryNameWithOwner": f"{ref.owner}/{ref.name}", "branchName": self.branch},
            "expectedHeadOid": tip,
            "message": {"headline": f"Record the merge of pull request {entry.number}"},
            "fileChanges": {"additions": [{"path": path, "contents": text}]},
        }
        made = client.ask(EVIDENCE, APPEND, {"input": wanted})
        if words(made.data, "createCommitOnBranch", "commit", "oid") is None:
            raise Unavailable(f"GitHub did not take the record for {self.branch}.", permanent=bool(made.errors))


def _blob(content: bytes) -> str:
    """Return what git names a content by: GitHub shows the text of large files in part only."""
    return hashlib.sha1(b"blob %d\0%s" % (len(content), content), usedforsecurity=False).hexdigest()
