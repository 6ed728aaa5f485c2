"""The branches that pull requests come from: who and what stands against a commit of ours, and the commit itself.

Writing needs `contents: write`, which `app.yml` does not ask for: whoever wants evidence files grants it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from app.adapters.github.branch_commit import BranchCommit
from app.adapters.github.broker import Grant, InstallationToken, TokenBroker
from app.adapters.github.client import Client, Graph
from app.adapters.github.connection import Connection
from app.adapters.github.operations import LOOK, RULES, Operation
from app.adapters.github.pushers import activities
from app.adapters.github.reading import person, pull_request, repository
from app.adapters.github.shapes import dig, flag, moment, needed_whole, needed_words, words
from app.core.errors import Unavailable
from app.core.evidence_file import HeadBranch, Proposal
from app.core.pull_request import PullRequest, PullRequestRef, Pushers

READING: Final = (("contents", "read"), ("metadata", "read"), ("pull_requests", "read"))
WRITING: Final = (("contents", "write"), ("metadata", "read"))

# A commit that GitHub makes only where the branch stands as it was read: the same one sent twice is refused.
PROPOSE: Final = Operation("POST", "/graphql", "commit evidence files", (("contents", "write"),))

_BOT: Final = "[bot]"
_DAY: Final = 24 * 3600.0
_RULES_READ: Final = 100
_GUARDS: Final = frozenset({"pull_request", "merge_queue", "update", "required_status_checks", "workflows"})
"""Rules that a branch has because others rely on it; of all others GitHub itself says whether a commit keeps them."""

BRANCH: Final = """query($owner: String!, $name: String!, $number: Int!) {
  repository(owner: $owner, name: $name) {
    databaseId
    defaultBranchRef { name }
    pullRequest(number: $number) {
      state isDraft isInMergeQueue baseRefName headRefOid headRepository { databaseId }
      reviews(first: 1, states: [APPROVED]) { totalCount }
      headRef {
        name target { oid } refUpdateRule { requiredStatusCheckContexts }
        associatedPullRequests(first: 1, states: [OPEN]) { totalCount }
      }
    }
  }
}"""

INTO: Final = """query($owner: String!, $name: String!, $branch: String!) {
  repository(owner: $owner, name: $name) {
    databaseId
    pullRequests(first: 1, states: [OPEN], baseRefName: $branch) { totalCount }
  }
}"""


@dataclass(frozen=True, slots=True)
class HeadBranches:
    """Reads the branches that pull requests come from, and commits to them; `slug` is the App's."""

    connection: Connection
    broker: TokenBroker
    slug: Callable[[], str]

    def of(self, pull: PullRequest) -> HeadBranch:
        """Read the branch as it stands now; what GitHub does not show raises `Unavailable`."""
        ref, us = pull.ref, self.slug() + _BOT
        client = self._client(ref, READING)
        data = _whole(client.ask(LOOK, BRANCH, {**_names(ref), "number": ref.number}), ref)
        shown = dig(data, "pullRequest")
        name, tip = words(shown, "headRef", "name"), words(shown, "headRef", "target", "oid")
        if name is None or tip is None:
            return HeadBranch("", None, "", Pushers(), 0, us)
        guarded = _guarded(data, name) or self._relied_on(client, ref, name)
        if guarded:
            return HeadBranch(name, tip, guarded, Pushers(), 0, us)
        listed, more = activities(client, (ref.owner, ref.name), name)
        return HeadBranch(name, tip, "", _pushers(pull, listed, more=more), self._ours(listed, us), us)

    def commit(self, pull: PullRequest, proposal: Proposal) -> bool:
        """Commit on top of the judged head, once; false where the branch stands elsewhere. Raises `Unavailable`."""
        texts = {path: text.encode() for path, text in proposal.files.items()}
        wanted = BranchCommit(proposal.branch, pull.head, texts, proposal.headline, proposal.body)
        try:
            wanted.make(self._client(pull.ref, WRITING), PROPOSE, pull.ref)
        except Unavailable as failure:
            if failure.permanent or failure.retry_after is not None or not self._moved(pull):
                raise
            return False
        return True

    def _moved(self, pull: PullRequest) -> bool:
        """Say whether the pull request has another head by now: then nothing went wrong, and it has a look of its own.

        Also where our commit was made and the answer got lost.
        """
        names = {**_names(pull.ref), "number": pull.ref.number}
        data = self._client(pull.ref, READING).ask(LOOK, BRANCH, names).data
        return words(pull_request(data, pull.ref), "headRefOid") != pull.head

    def _relied_on(self, client: Client, ref: PullRequestRef, name: str) -> str:
        into = _whole(client.ask(LOOK, INTO, {**_names(ref), "branch": name}), ref)
        if needed_whole(into, "pullRequests", "totalCount"):
            return "another pull request goes into its branch"
        call = RULES.at(owner=ref.owner, repo=ref.name, branch=name).asking(per_page=_RULES_READ)
        listed = client.send(call).json()
        if not isinstance(listed, list) or len(listed) >= _RULES_READ:
            raise Unavailable("GitHub does not list the rules of a pull request's branch.")
        return "its branch has rules" if any(words(rule, "type") in _GUARDS for rule in listed) else ""

    def _ours(self, listed: Iterable[object], us: str) -> int:
        """Count our pushes within a day; one of which the time is not told is taken for new."""
        since = self.connection.now() - _DAY
        times = [moment(row, "timestamp") for row in listed if _login(row) == us.lower()]
        return sum(at is None or at.timestamp() >= since for at in times)

    def _client(self, ref: PullRequestRef, permissions: tuple[tuple[str, str], ...]) -> Client:
        grant = Grant(ref.installation, ref.repository_id, permissions)
        return Client(self.connection, InstallationToken(self.broker, grant))


def _whole(graph: Graph, ref: PullRequestRef) -> object:
    """Return the repository of an answer that lacks nothing: what is not shown could be what forbids."""
    if graph.errors:
        raise Unavailable("GitHub does not show the App the branch of a pull request.", permanent=True)
    return repository(graph.data, ref)


def _guarded(data: object, name: str) -> str:
    """Say what of the branch itself forbids to push to it; empty when nothing does."""
    pull, branch = dig(data, "pullRequest"), dig(data, "pullRequest", "headRef")
    here = needed_whole(pull, "headRepository", "databaseId") == needed_whole(data, "databaseId")
    default, base = needed_words(data, "defaultBranchRef", "name"), needed_words(pull, "baseRefName")
    reasons = (
        (not here, "its branch lies in another repository"),
        (words(pull, "state") != "OPEN", "it is not open"),
        # Once more: to judge it may have taken minutes.
        (flag(pull, "isDraft") is not False, "it is a draft"),
        (needed_whole(pull, "reviews", "totalCount") != 0, "somebody approved it"),
        (flag(pull, "isInMergeQueue") is not False, "it is in a merge queue"),
        (name in (default, base), "its branch is the default branch or the base branch"),
        (dig(branch, "refUpdateRule") is not None, "its branch is protected"),
        (needed_whole(branch, "associatedPullRequests", "totalCount") != 1, "its branch has other pull requests"),
    )
    return next((why for holds, why in reasons if holds), "")


def _pushers(pull: PullRequest, listed: Iterable[object], *, more: bool) -> Pushers:
    """Return who pushed what is in a pull request; a push whose actor is not told makes it unknown."""
    commits = {pull.head, *(commit.sha for commit in pull.commits)}
    pushes = [row for row in listed if words(row, "after") in commits]
    found = [person(dig(row, "actor")) for row in pushes]
    if more:
        return Pushers((), "its branch was pushed to more often than is read")
    if not any(words(row, "after") == pull.head for row in pushes) or None in found:
        return Pushers((), "GitHub does not list every push")
    return Pushers(tuple({one.id: one for one in found if one is not None}.values()))


def _names(ref: PullRequestRef) -> dict[str, object]:
    return {"owner": ref.owner, "name": ref.name}


def _login(row: object) -> str:
    return (words(row, "actor", "login") or "").lower()
