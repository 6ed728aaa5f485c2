"""A merge group on GitHub: its combined change, and which pull requests it holds.

The name of its ref tells only the last of them, and the delivery none. They are found from its commits:

1. The way back from its head to the tip of the base branch, by first parents.
2. A merge commit on it brings the pull requests whose head is its other parent: that very head, not one pushed later.
3. Any other commit is the work of the queue (it squashes or rebases): the queue's own list says for which pull request.
4. A commit that neither explains leaves the group's contents unknown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from app.adapters.github.changes import Comparison, compare
from app.adapters.github.client import Client
from app.adapters.github.files import Entry
from app.adapters.github.operations import LOOK, QUEUE
from app.adapters.github.page import GitHubPage, Office, Others, still_ours
from app.adapters.github.queries import GROUP, pull_requests_of
from app.adapters.github.queries import QUEUE as QUEUED
from app.adapters.github.reading import own_statuses, repository
from app.adapters.github.shapes import dig, flag, rows, whole, words
from app.adapters.github.snapshot import Branch, Reader, Snapshot
from app.core.errors import Gone, Unavailable
from app.core.merge_group import Members
from app.core.pull_request import PullRequest, PullRequestRef, PullRequestState
from app.core.tree import ChangedFile

PERMISSIONS = (("contents", "read"), ("merge_queues", "read"), ("metadata", "read"), ("pull_requests", "read"))
MAX_MEMBERS = 100


@dataclass(frozen=True, slots=True)
class _Entry:
    """An entry of the queue: its pull request, how many commits that has, and the commit that ends its part."""

    row: object
    head: str
    commits: int
    position: int


class GitHubGroupPage(GitHubPage):
    """A merge group with credentials bound, read as if it were one pull request that nobody reviewed."""

    def __init__(self, reader: Reader, others: Others, office: Office, queue: Client) -> None:
        """Bind what is needed; `queue` may read merge queues, where that was granted."""
        super().__init__(reader, others, office)
        self._queue = queue
        self._members = Members(unknown="they were not read")

    def get(self) -> PullRequest:
        """Read its combined change, against the tip of the base branch as it is now."""
        ref = self._ref
        head, base_ref = ref.head or "", ref.base_ref or ""
        names = {"owner": ref.owner, "name": ref.name, "head": head, "base": f"refs/heads/{base_ref}"}
        data = repository(still_ours(lambda: self._reader.client.ask(LOOK, GROUP, names)).data, ref)
        if flag(data, "isArchived") is True:
            raise Gone("The repository is archived.")
        tip = words(data, "ref", "target", "oid")
        if tip is None or words(data, "head", "oid") != head:
            raise Unavailable("The merge group or its base branch is gone.", permanent=True)
        found = compare(self._reader.client, ref, f"{tip}...{head}")
        self._members, forked = self._found(found, head)
        files, incomplete = self._changed(found, head)
        pull = PullRequest(
            ref=ref,
            title="",
            author=None,
            state=PullRequestState.OPEN,
            draft=False,
            base_ref=base_ref,
            base_tip=tip,
            merge_base=found.merge_base,
            head=head,
            head_repository_id=None if forked else ref.repository_id,
            private=flag(data, "isPrivate") is not False,
            files=files,
            commits=(),
            reviews=(),
            statuses=own_statuses(dig(data, "head"), self._reader.slug()),
            incomplete=incomplete,
        )
        self._snapshot = Snapshot(pull, (), thread_is_longer=False, branch=Branch(None, None, "", (), more=False))
        self._shown = pull.statuses
        return pull

    def members(self) -> Members:
        """Say which pull requests it holds, as `get` found them."""
        return self._members

    def _found(self, found: Comparison, head: str) -> tuple[Members, bool]:
        """Return the members, and whether the head of any lies in a fork."""
        way = _way_back(found, head)
        if way is None:
            return Members(unknown="its commits do not lead back to the base branch"), True
        entries = {one.head: one for one in queued(self._queue, self._ref)} if _needs_list(way) else {}
        rest, unknown = _told_by_queue(way, entries)
        merged = tuple(dict.fromkeys(parent for _, others in way for parent in others))
        of_heads = self._pull_requests_of(merged[:MAX_MEMBERS])
        for parent in merged:
            if not of_heads.get(parent):
                unknown = unknown or f"no open pull request into the branch has the head {parent[:7]}"
        members = [*rest, *(row for found_rows in of_heads.values() for row in found_rows)]
        here = self._ref.repository_id
        forked = any(whole(row, "headRepository", "databaseId") != here for row in members)
        refs = {ref.number: ref for row in members if (ref := member(row, self._ref)) is not None}
        if not refs:
            unknown = unknown or "it holds no pull request"
        return Members(tuple(refs[number] for number in sorted(refs)), unknown), forked

    def _pull_requests_of(self, commits: tuple[str, ...]) -> Mapping[str, tuple[object, ...]]:
        if not commits:
            return {}
        names = {"owner": self._ref.owner, "name": self._ref.name}
        places = {f"c{place}": commit for place, commit in enumerate(commits)}
        graph = self._reader.client.ask(LOOK, pull_requests_of(len(commits)), names | places)
        data = repository(graph.data, self._ref)
        return {
            commit: tuple(
                row
                for row in rows(data, place, "associatedPullRequests", "nodes")
                if words(row, "headRefOid") == commit and _belongs(row, self._ref)
            )
            for place, commit in places.items()
        }

    def _changed(self, found: Comparison, head: str) -> tuple[tuple[ChangedFile, ...], tuple[str, ...]]:
        if found.whole:
            return tuple(sorted(found.files, key=lambda file: file.path)), ()
        try:
            fetched = self._reader.huge.read(self._ref, (found.merge_base, head), self._reader.interest.fetches)
        except Unavailable as failure:
            cut = f"GitHub lists {len(found.files)} of its changed files, and they could not be fetched: "
            return found.files, (cut + failure.sentence,)
        for place, (file, oid) in fetched.contents.items():
            self._reader.files.known[place] = Entry(file, oid)
        return fetched.files, ()


def queued(client: Client, ref: PullRequestRef) -> tuple[_Entry, ...]:
    """Read the queue of a base branch, first in line first; nothing where there is none, or the App may not see it."""
    names = {"owner": ref.owner, "name": ref.name, "branch": ref.base_ref or ""}
    try:
        data = client.ask(QUEUE, QUEUED, names).data
    except Unavailable as failure:
        if not failure.permanent:
            raise
        return ()
    found = []
    for row in rows(repository(data, ref), "mergeQueue", "entries", "nodes"):
        head, pull = words(row, "headCommit", "oid"), dig(row, "pullRequest")
        if head is not None and _belongs(pull, ref):
            count = whole(pull, "commits", "totalCount") or 1
            found.append(_Entry(pull, head, count, whole(row, "position") or 0))
    return tuple(sorted(found, key=lambda one: one.position))


def groups_with(client: Client, ref: PullRequestRef) -> tuple[str, ...]:
    """Return the heads of the groups that hold a queued pull request: its own, and those of all that wait behind it."""
    entries = queued(client, ref)
    own = [one.position for one in entries if whole(one.row, "number") == ref.number]
    return tuple(one.head for one in entries if own and one.position >= own[0])


def member(row: object, group: PullRequestRef) -> PullRequestRef | None:
    """Read which pull request a row is, with the head that it has now."""
    number = whole(row, "number")
    if number is None:
        return None
    return replace(group, number=number, head=words(row, "headRefOid"))


def _belongs(row: object, ref: PullRequestRef) -> bool:
    base = (words(row, "state"), words(row, "baseRefName"), whole(row, "baseRepository", "databaseId"))
    return base == ("OPEN", ref.base_ref, ref.repository_id)


_Way = tuple[tuple[str, tuple[str, ...]], ...]
"""Commits from a head backwards by first parents, each with its other parents."""


def _way_back(found: Comparison, head: str) -> _Way | None:
    """Return the way to the merge base with the base branch; `None` when it is not shown whole, or is empty."""
    parents = {
        words(row, "sha"): tuple(words(parent, "sha") or "" for parent in rows(row, "parents")) for row in found.commits
    }
    way: list[tuple[str, tuple[str, ...]]] = []
    at = head
    while at != found.merge_base:
        known = parents.pop(at, ())
        if not known:
            return None
        way.append((at, known[1:]))
        at = known[0]
    return tuple(way) or None


def _needs_list(way: _Way) -> bool:
    return any(not others for _, others in way)


def _told_by_queue(way: _Way, entries: Mapping[str, _Entry]) -> tuple[tuple[object, ...], str]:
    """Return what the queue says of commits that merge nothing, and why one of them is nobody's.

    Rebased, a pull request brings at most as many commits as it has; the last of them is the one that the queue names.
    """
    found: list[object] = []
    left = 0
    for commit, others in way:
        entry = entries.get(commit)
        if others:
            left = 0
        elif entry is not None:
            found.append(entry.row)
            left = entry.commits - 1
        elif left > 0:
            left -= 1
        else:
            return tuple(found), f"no pull request in the queue stands for {commit[:7]}"
    return tuple(found), ""
