"""Read GitHub's answers as the core's values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from app.adapters.github.shapes import dig, flag, needed_whole, needed_words, rows, whole, words
from app.core.errors import Unavailable
from app.core.pull_request import (
    Commit,
    CommitStatus,
    Permission,
    Person,
    PullRequestRef,
    Review,
    ReviewState,
    StatusState,
)
from app.core.tree import ChangedFile, FileStatus

_REVIEW_STATES = {state.value: state for state in ReviewState}
_STATUS_STATES = {state.value.upper(): state for state in StatusState} | {"EXPECTED": StatusState.PENDING}
_FILE_STATES = {
    "added": FileStatus.ADDED,
    "copied": FileStatus.ADDED,
    "removed": FileStatus.REMOVED,
    "renamed": FileStatus.RENAMED,
}
_ROLES = {role.name.lower(): role for role in Permission} | {"pull": Permission.READ, "push": Permission.WRITE}
_BOT = "[bot]"  # no person's login may hold a bracket
_NO_OBJECT = frozenset({"0" * 40, "0" * 64})


@dataclass(frozen=True, slots=True)
class Position:
    """Where a pull request stands: what is compared with what."""

    base_ref: str
    base_tip: str
    head: str


def repository(data: object, ref: PullRequestRef) -> object:
    """Return the repository of an answer; raises `Unavailable` when it is not the one that was meant.

    Names can change hands: after a rename somebody else may own the name, and a token reads anyone's public files.
    """
    found = dig(data, "repository")
    if found is None:
        raise Unavailable(f"{ref.owner}/{ref.name} is not there, or the App may not see it.", permanent=True)
    if whole(found, "databaseId") != ref.repository_id:
        raise Unavailable(f"{ref.owner}/{ref.name} now names another repository.", permanent=True)
    return found


def pull_request(data: object, ref: PullRequestRef) -> object:
    """Return the pull request of an answer."""
    found = dig(repository(data, ref), "pullRequest")
    if found is None:
        raise Unavailable(f"{ref} is not there, or the App may not see it.", permanent=True)
    return found


def position(pull: object) -> Position:
    """Read where a pull request stands; the base tip is the branch's tip now, not what GitHub froze in `base.sha`."""
    tip = words(pull, "baseRef", "target", "oid")
    if tip is None:
        raise Unavailable("The base branch of this pull request is gone.", permanent=True)
    return Position(needed_words(pull, "baseRefName"), tip, needed_words(pull, "headRefOid"))


def person(actor: object) -> Person | None:
    """Read an account; `None` for a deleted one. GraphQL leaves out the `[bot]` that REST and people write."""
    login = words(actor, "login")
    number = whole(actor, "databaseId") or whole(actor, "user", "databaseId") or whole(actor, "id")  # REST says id
    if login is None or number is None:
        return None
    bot = "Bot" in {words(actor, "__typename"), words(actor, "type")} or login.endswith(_BOT)
    return Person(number, login if not bot or login.endswith(_BOT) else login + _BOT, bot)


def retargeted(pull: object) -> str | None:
    """Return when the pull request was last pointed at another base branch, `None` when it never was."""
    return next((needed_words(row, "createdAt") for row in rows(pull, "timelineItems", "nodes")), None)


def review(row: object, since: str | None = None) -> Review | None:
    """Read a review; `None` for one that was not handed in. A state we do not know counts like a mere comment.

    One that is not later than `since` spoke of another base branch (AT-158); GitHub writes all times alike.
    """
    state = words(row, "state")
    if state == "PENDING":
        return None
    return Review(
        person=person(dig(row, "author")),
        state=_REVIEW_STATES.get(state or "", ReviewState.COMMENTED),
        commit=words(row, "commit", "oid"),
        can_push=flag(row, "authorCanPushToRepository") is True,
        other_base=since is not None and (words(row, "submittedAt") or "") <= since,
    )


def commits(graph: Iterable[object], rest: Iterable[object]) -> tuple[Commit, ...]:
    """Join what GraphQL (co-authors) and REST (bots as authors) tell of the pull request's commits.

    A commit that only REST lists is kept, as not wholly attributed.
    """
    by_sha = {words(row, "sha"): row for row in rest}
    found = [_commit(dig(row, "commit"), by_sha.pop(words(row, "commit", "oid"), None)) for row in graph]
    found += [_commit({"oid": sha}, row) for sha, row in by_sha.items()]
    return tuple(found)


def _commit(node: object, row: object) -> Commit:
    authors = rows(node, "authors", "nodes")
    people = [person(dig(author, "user")) for author in authors] or [None]
    if (whole(node, "authors", "totalCount") or 0) > len(people):
        people.append(None)
    people[0] = person(dig(row, "author")) or people[0]
    committer = person(dig(row, "committer")) or person(dig(node, "committer", "user"))
    if committer is not None or flag(node, "committedViaWeb") is not True:
        people.append(committer)  # what is committed in the browser has GitHub itself as committer
    known = {one.id: one for one in people if one is not None}
    return Commit(needed_words(node, "oid"), tuple(known.values()), unattributed=None in people)


def own_statuses(head: object, slug: str) -> tuple[CommitStatus, ...]:
    """Read the statuses on a commit that this App wrote and nobody has overwritten since.

    Anyone with write access can post under our context, and GitHub takes contexts that differ in case for one.
    """
    latest: dict[str, object] = {}
    for row in sorted(rows(head, "status", "contexts"), key=lambda row: words(row, "createdAt") or ""):
        latest[(words(row, "context") or "").lower()] = row
    return tuple(_status(row) for row in latest.values() if _is_ours(dig(row, "creator"), slug))


def listed_statuses(listed: Iterable[object], slug: str) -> tuple[CommitStatus, ...]:
    """Read our statuses from REST's list, which is newest first and holds every one that was ever set."""
    contexts = [
        {
            "context": words(row, "context"),
            "state": (words(row, "state") or "").upper(),
            "description": words(row, "description"),
            "createdAt": words(row, "created_at"),
            "creator": {"__typename": words(row, "creator", "type"), "login": words(row, "creator", "login")},
        }
        for row in listed
    ]
    return own_statuses({"status": {"contexts": contexts[::-1]}}, slug)


def our_comments(comments: Iterable[object], slug: str) -> tuple[object, ...]:
    """Return the comments that our App wrote."""
    return tuple(row for row in comments if flag(row, "viewerDidAuthor") is True or _is_ours(dig(row, "author"), slug))


def _is_ours(creator: object, slug: str) -> bool:
    login = words(creator, "login") or ""
    return words(creator, "__typename") == "Bot" and login.removesuffix(_BOT).lower() == slug.lower()


def _status(row: object) -> CommitStatus:
    return CommitStatus(
        context=words(row, "context") or "",
        state=_STATUS_STATES.get(words(row, "state") or "", StatusState.PENDING),
        description=words(row, "description") or "",
    )


def siblings(found: object, ref: PullRequestRef, at: Position) -> tuple[int, ...]:
    """Return the numbers of the other open pull requests with this head and this base branch."""
    candidates = rows(found, "head", "associatedPullRequests", "nodes") + rows(found, "pullRequests", "nodes")
    numbers = {
        needed_whole(row, "number")
        for row in candidates
        if words(row, "state") == "OPEN"
        and words(row, "headRefOid") == at.head
        and words(row, "baseRefName") == at.base_ref
        and whole(row, "baseRepository", "databaseId") == ref.repository_id
    }
    return tuple(sorted(numbers - {ref.number}))


def changed_file(row: object) -> ChangedFile:
    """Read one entry of a file list. Its `patch` is never looked at: it is absent for big files."""
    previous = words(row, "previous_filename")
    status = _FILE_STATES.get(words(row, "status") or "", FileStatus.MODIFIED)
    if status is FileStatus.RENAMED and previous is None:
        raise Unavailable("GitHub does not tell the old name of a renamed file.")
    blob = words(row, "sha")
    blob = None if blob in _NO_OBJECT else blob
    removed = status is FileStatus.REMOVED
    return ChangedFile(
        path=needed_words(row, "filename"),
        status=status,
        previous_path=previous if status is FileStatus.RENAMED else None,
        before=blob if removed else None,
        after=None if removed else blob,
    )


def permission(answer: Mapping[str, object] | object) -> Permission:
    """Read a person's role; a custom role counts as the built-in one that it stands on."""
    role = _ROLES.get(words(answer, "role_name") or "")
    return role if role is not None else _ROLES.get(words(answer, "permission") or "", Permission.NONE)
