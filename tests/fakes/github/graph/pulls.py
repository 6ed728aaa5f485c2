"""Pull requests as GraphQL shows them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from tests.fakes.github.app import App
from tests.fakes.github.gitobjects import GitCommit
from tests.fakes.github.graph.code import Code
from tests.fakes.github.graph.paging import Node, connection, refusal
from tests.fakes.github.graph.people import actor, team_node
from tests.fakes.github.pull_request import PullRequest
from tests.fakes.github.repository import Repository
from tests.fakes.github.state import ROLES, Account, Comment, Review
from tests.fakes.github.wire import SITE, association, label, node

COMMIT_LIMIT: Final = 250
CHANGE_TYPES: Final = {"A": "ADDED", "D": "DELETED", "M": "MODIFIED", "R": "RENAMED", "C": "COPIED", "T": "CHANGED"}
MERGEABLE: Final = {None: "UNKNOWN", True: "MERGEABLE", False: "CONFLICTING"}


class Pulls:
    """The pull requests of one repository."""

    def __init__(
        self,
        repo: Repository,
        app: App,
        asks: Callable[..., None],
        code: Code,
        *,
        repository: Callable[[Repository], Node],
    ) -> None:
        self._repo: Final = repo
        self._app: Final = app
        self._asks: Final = asks
        self._code: Final = code
        self._repository: Final = repository

    def one(self, number: int) -> Node:
        """Return a pull request by its number."""
        self._asks(self._repo, "pull_requests:read")
        if number not in self._repo.pull_requests:
            raise refusal("NOT_FOUND", f"Could not resolve to a PullRequest with the number of {number}.")
        return self.pull_request(self._repo.pull_requests[number])

    def listed(
        self,
        states: Sequence[str] | None = None,
        headRefName: str | None = None,  # noqa: N803 - the schema's word
        baseRefName: str | None = None,  # noqa: N803 - the schema's word
        orderBy: Mapping[str, str] | None = None,  # noqa: N803 - the schema's word
        **page: object,
    ) -> Node:
        """Return pull requests, filtered by state and branches; oldest first unless ordered."""
        self._asks(self._repo, "pull_requests:read")
        chosen = [
            pull
            for pull in self._repo.pull_requests.values()
            if (states is None or state(pull) in states)
            and headRefName in (None, pull.head_ref)
            and baseRefName in (None, pull.base_ref)
        ]
        if orderBy:
            by_update = orderBy["field"] == "UPDATED_AT"
            chosen.sort(
                key=lambda pull: (pull.updated if by_update else pull.created, pull.number),
                reverse=orderBy["direction"] == "DESC",
            )
        return connection(chosen, self.pull_request)(**page)

    def pull_request(self, pull: PullRequest) -> Node:
        """Return a pull request."""
        return {**self._said(pull), **self._heads(pull), **self._lists(pull)}

    def _said(self, pull: PullRequest) -> Node:
        return {
            "__typename": "PullRequest",
            "id": node("PR", pull.id),
            "databaseId": pull.id,
            "fullDatabaseId": str(pull.id),
            "number": pull.number,
            "title": pull.title,
            "body": pull.body or "",
            "url": f"{SITE}/{self._repo.full_name}/pull/{pull.number}",
            "permalink": f"{SITE}/{self._repo.full_name}/pull/{pull.number}",
            "author": lambda: actor(pull.author),
            "authorAssociation": association(self._repo, pull.author),
            "isDraft": pull.draft,
            "state": state(pull),
            "closed": pull.state == "closed",
            "merged": pull.merged,
            "mergedAt": pull.closed_at if pull.merged else None,
            "mergedBy": lambda: actor(pull.merged_by) if pull.merged_by else None,
            "mergeable": MERGEABLE[pull.mergeable],
            "mergeCommit": lambda: self._code.by_id(pull.merge_commit) if pull.merge_commit else None,
            "createdAt": pull.created,
            "updatedAt": pull.updated,
            "closedAt": pull.closed_at,
            "locked": False,
        }

    def _heads(self, pull: PullRequest) -> Node:
        head = pull.head_repository

        def head_ref() -> Node | None:
            # Of another repository only the name is modelled.
            if head is self._repo:
                return self._code.ref(f"refs/heads/{pull.head_ref}")
            tip = head.tip(pull.head_ref) if head else None
            named = {"id": node("REF", pull.head_ref), "name": pull.head_ref, "prefix": "refs/heads/"}
            return None if tip is None else named

        return {
            "baseRefName": pull.base_ref,
            "baseRefOid": pull.base_sha,
            "baseRef": lambda: self._code.ref(f"refs/heads/{pull.base_ref}"),
            "baseRepository": lambda: self._repository(self._repo),
            "headRefName": pull.head_ref,
            "headRefOid": pull.head_sha,
            "headRef": head_ref,
            "headRepository": lambda: self._repository(head) if head else None,
            "headRepositoryOwner": lambda: actor(head.owner) if head else None,
            "isCrossRepository": head is not self._repo,
            "isInMergeQueue": any(pull in [one for one, _ in group.entries] for group in self._repo.queued.values()),
            "repository": lambda: self._repository(self._repo),
        }

    def _lists(self, pull: PullRequest) -> Node:
        shown = [one for one in pull.reviews if one.state != "PENDING" or one.author is self._app.bot]
        asked: list[Account | str] = [*pull.requested_users, *pull.requested_teams]
        labels = self._repo.labels.get(pull.number, [])
        return {
            "commits": lambda **page: self._commits(pull, **page),
            "changedFiles": lambda: len(self._differences(pull)),
            "files": lambda **page: self._files(pull, **page),
            "reviews": lambda states=None, **page: self._reviews(pull, shown, states, **page),
            "reviewRequests": connection(asked, self._request),
            "reviewDecision": None,
            # GraphQL calls a resolver with the names of its arguments.
            "timelineItems": lambda itemTypes=None, **page: connection(_timeline(pull, itemTypes), dict)(**page),  # noqa: N803
            "comments": connection(pull.comments, lambda one: self._comment(pull, one)),
            "labels": connection(labels, lambda name: {**label(name), "id": node("L", name)}),
        }

    def _commits(self, pull: PullRequest, **page: object) -> Node:
        read = [commit for commit in map(self._repo.git.commit, pull.commits) if commit]

        def item(commit: GitCommit) -> Node:
            return {"id": node("PRC", commit.sha), "commit": lambda: self._code.commit(commit)}

        return connection(read, item, COMMIT_LIMIT)(**page)

    def _differences(self, pull: PullRequest) -> list[Node]:
        base = self._repo.git.merge_base(pull.range_base, pull.head_sha)
        found = self._repo.git.differences(base, pull.head_sha) if base else ()
        return [
            {
                "path": one.path,
                "additions": one.additions,
                "deletions": one.deletions,
                "changeType": CHANGE_TYPES[one.status],
            }
            for one in found
        ]

    def _files(self, pull: PullRequest, **page: object) -> Node:
        return connection(self._differences(pull), lambda item: item)(**page)

    def _reviews(self, pull: PullRequest, shown: list[Review], states: Sequence[str] | None, **page: object) -> Node:
        chosen = [one for one in shown if states is None or one.state in states]
        return connection(chosen, lambda one: self._review(pull, one))(**page)

    def _review(self, pull: PullRequest, one: Review) -> Node:
        can_push = not one.author.deleted and ROLES.index(self._repo.role(one.author.login)) >= ROLES.index("write")
        return {
            "__typename": "PullRequestReview",
            "id": node("PRR", one.id),
            "databaseId": one.id,
            "fullDatabaseId": str(one.id),
            "state": one.state,
            "body": one.body,
            "createdAt": one.at,
            "submittedAt": None if one.state == "PENDING" else one.at,
            "author": lambda: actor(one.author),
            "authorAssociation": association(self._repo, one.author),
            "authorCanPushToRepository": can_push,
            "commit": lambda: self._code.by_id(one.commit) if one.commit else None,
            "url": f"{SITE}/{self._repo.full_name}/pull/{pull.number}#pullrequestreview-{one.id}",
        }

    def _request(self, asked: Account | str) -> Node:
        if isinstance(asked, Account):
            return {"asCodeOwner": False, "requestedReviewer": lambda: actor(asked)}
        team = self._repo.world.teams[self._repo.owner.login.lower(), asked]
        return {"asCodeOwner": False, "requestedReviewer": lambda: team_node(self._repo.world, team)}

    def _comment(self, pull: PullRequest, one: Comment) -> Node:
        return {
            "__typename": "IssueComment",
            "id": node("IC", one.id),
            "databaseId": one.id,
            "fullDatabaseId": str(one.id),
            "body": one.body,
            "author": lambda: actor(one.author),
            "authorAssociation": association(self._repo, one.author),
            "viewerDidAuthor": one.author is self._app.bot,
            "createdAt": one.created,
            "updatedAt": one.updated,
            "lastEditedAt": one.updated if one.edits else None,
            "isMinimized": False,
            "url": f"{SITE}/{self._repo.full_name}/pull/{pull.number}#issuecomment-{one.id}",
        }


def _timeline(pull: PullRequest, kinds: Sequence[str] | None) -> list[Node]:
    """Return the changes of the base branch and the forced pushes: of the timeline nothing else is modelled."""
    found = _retargets(pull) if kinds is None or "BASE_REF_CHANGED_EVENT" in kinds else []
    return found + (_forced(pull) if kinds is None or "HEAD_REF_FORCE_PUSHED_EVENT" in kinds else [])


def _forced(pull: PullRequest) -> list[Node]:
    def shown(by: Account) -> Callable[[], Node | None]:
        return lambda: actor(by)

    kind = "HeadRefForcePushedEvent"
    return [
        {"__typename": kind, "id": node("HRF", place), "createdAt": at, "actor": shown(by)}
        for place, (at, by) in enumerate(pull.forced)
    ]


def _retargets(pull: PullRequest) -> list[Node]:
    return [
        {
            "__typename": "BaseRefChangedEvent",
            "id": node("BRC", place),
            "createdAt": at,
            "previousRefName": before,
            "currentRefName": after,
        }
        for place, (at, before, after) in enumerate(pull.retargets)
    ]


def state(pull: PullRequest) -> str:
    """Return GraphQL's word: a merged one is not closed there."""
    return "MERGED" if pull.merged else pull.state.upper()
