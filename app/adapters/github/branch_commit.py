"""A commit that GitHub makes on a branch only where the branch stands as it was read: no push of others is lost."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from app.adapters.github.client import Client
from app.adapters.github.operations import Operation
from app.adapters.github.shapes import words
from app.core.errors import Unavailable
from app.core.pull_request import PullRequestRef

COMMIT: Final = """mutation($input: CreateCommitOnBranchInput!) {
  createCommitOnBranch(input: $input) { commit { oid } }
}"""


@dataclass(frozen=True, slots=True)
class BranchCommit:
    """These files, by path, on top of the commit `tip` of a branch; what is said of them."""

    branch: str
    tip: str
    files: Mapping[str, bytes]
    headline: str
    body: str = ""

    def make(self, client: Client, operation: Operation, ref: PullRequestRef) -> None:
        """Have GitHub make it in the repository of a pull request; raises `Unavailable` where it does not."""
        additions = [
            {"path": path, "contents": base64.b64encode(content).decode()} for path, content in self.files.items()
        ]
        wanted = {
            "branch": {"repositoryNameWithOwner": f"{ref.owner}/{ref.name}", "branchName": self.branch},
            "expectedHeadOid": self.tip,
            "message": {"headline": self.headline} | ({"body": self.body} if self.body else {}),
            "fileChanges": {"additions": additions},
        }
        made = client.ask(operation, COMMIT, {"input": wanted})
        if words(made.data, "createCommitOnBranch", "commit", "oid") is None:
            raise Unavailable(f"GitHub did not take the commit to {self.branch}.", permanent=bool(made.errors))
