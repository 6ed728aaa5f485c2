"""A pull request: what people and pushes do to it, and whether it may be merged."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

from tests.fakes.github.gitobjects import Content
from tests.fakes.github.gitstore import Conflict
from tests.fakes.github.state import ROLES, Account, Comment, MergeRefused, Protection, Review

if TYPE_CHECKING:
    from tests.fakes.github.repository import Repository

WRITE: Final = ROLES.index("write")
DECIDING: Final = frozenset({"APPROVED", "CHANGES_REQUESTED", "DISMISSED"})


class PullRequest:
    """One pull request. `base_sha` is frozen at opening and refreshed by a push to the head, as GitHub does."""

    def __init__(
        self, repository: Repository, number: int, source: Repository, *, head_ref: str, base_ref: str
    ) -> None:
        self.repository: Final = repository
        self.number: Final = number
        self.id: Final = repository.world.new_id()
        self.head_ref: Final = head_ref
        self.head_owner: Final = source.owner
        self.base_ref = base_ref
        self.head_sha = ""
        self.base_sha = ""
        self.title = ""
        self.body: str | None = None
        self.author = source.owner
        self.draft = False
        self.state = "open"
        self.merged_by: Account | None = None
        self.merge_commit: str | None = None
        self.mergeable: bool | None = None
        self.created = self.updated = repository.world.now()
        self.closed_at: str | None = None
        self.reviews: Final[list[Review]] = []
        self.comments: Final[list[Comment]] = []
        self.retargets: Final[list[tuple[str, str, str]]] = []
        self.forced: Final[list[tuple[str, Account]]] = []
        self.requests: Final[list[tuple[str, Account, Account | str]]] = []
        self.requested_users: Final[list[Account]] = []
        self.requested_teams: Final[list[str]] = []
        self._source: Final = source

    @property
    def head_repository(self) -> Repository | None:
        """Where the head lies; `None` for a fork that was deleted."""
        return None if self._source.deleted else self._source

    @property
    def merged(self) -> bool:
        """Whether it was merged."""
        return self.merge_commit is not None

    @property
    def commits(self) -> tuple[str, ...]:
        """Its commits, oldest first, through every parent."""
        return self.repository.git.between(self.range_base, self.head_sha)

    @property
    def range_base(self) -> str:
        """The commit that its own commits are counted from: the base's tip, or what it was at the merge."""
        if self.merge_commit:
            merge = self.repository.git.commit(self.merge_commit)
            assert merge
            return merge.parents[0]
        return self.repository.tip(self.base_ref) or self.base_sha

    def comes_from(self, repository: Repository, branch: str) -> bool:
        """Say whether a push to that branch moves this pull request."""
        return self.state == "open" and self._source is repository and self.head_ref == branch

    # What happens to it

    def begin(self, head: str, author: Account, *, title: str, body: str | None, draft: bool) -> None:
        """Open it; `Repository.open_pull_request` is the door."""
        self.author, self.title, self.body, self.draft = author, title, body, draft
        self._see(head)
        self._emit("opened", author)

    def push(self, files: Mapping[str, Content], **how: Any) -> str:  # noqa: ANN401 - of Repository.commit
        """Push one commit to its branch; see `Repository.commit` for the rest."""
        return self._source.commit(self.head_ref, files, **how)

    def force_push(self, to: str, by: str | None = None) -> None:
        """Move its branch to another commit."""
        self._source.branch(self.head_ref, to, by=by)

    def synchronize(self, head: str, by: Account, *, forced: bool = False) -> None:
        """Follow a push to its branch."""
        before = self.head_sha
        if forced:
            self.forced.append((self.repository.world.now(), by))
        self._see(head)
        protection = self.repository.protections.get(self.base_ref)
        if protection and protection.dismiss_stale:
            for review in self.reviews:
                review.state = "DISMISSED" if review.state == "APPROVED" else review.state
        self._emit("synchronize", by, before=before, after=head)

    def _see(self, head: str) -> None:
        self.head_sha = head
        self.base_sha = self.repository.tip(self.base_ref) or self.base_sha
        self.repository.git.move(f"refs/pull/{self.number}/head", head)
        self.updated = self.repository.world.now()

    def retarget(self, base: str, by: str | None = None) -> None:
        """Point it at another base branch."""
        with self.repository.world.change():
            changes = {"base": {"ref": {"from": self.base_ref}, "sha": {"from": self.base_sha}}}
            self.retargets.append((self.repository.world.now(), self.base_ref, base))
            self.base_ref = base
            self._see(self.head_sha)
            self._emit("edited", self._who(by), changes=changes)

    def edit(self, *, title: str | None = None, body: str | None = None, by: str | None = None) -> None:
        """Change title or body."""
        with self.repository.world.change():
            changes: dict[str, Any] = {}
            if title is not None:
                changes["title"], self.title = {"from": self.title}, title
            if body is not None:
                changes["body"], self.body = {"from": self.body or ""}, body
            self._emit("edited", self._who(by), changes=changes)

    def close(self, by: str | None = None) -> None:
        """Close it without a merge."""
        self._turn("closed", by, state="closed")

    def reopen(self, by: str | None = None) -> None:
        """Open it again."""
        self._turn("reopened", by, state="open")

    def ready(self, by: str | None = None) -> None:
        """Mark a draft as ready for review."""
        self._turn("ready_for_review", by, draft=False)

    def to_draft(self, by: str | None = None) -> None:
        """Make it a draft."""
        self._turn("converted_to_draft", by, draft=True)

    def _turn(self, action: str, by: str | None, **fields: object) -> None:
        with self.repository.world.change():
            for name, value in fields.items():
                setattr(self, name, value)
            self.closed_at = self.repository.world.now() if self.state == "closed" else None
            self.updated = self.repository.world.now()
            self._emit(action, self._who(by))

    # What people say of it

    def review(self, user: str | Account, state: str, body: str = "", commit: str | None = None) -> Review:
        """Review it as a person with at least read: APPROVED, CHANGES_REQUESTED, COMMENTED or PENDING."""
        with self.repository.world.change():
            world, author = self.repository.world, self.repository.world.account(user)
            if author is self.author and state in ("APPROVED", "CHANGES_REQUESTED"):
                raise MergeRefused("Can not approve your own pull request")
            review = Review(world.new_id(), author, state, commit or self.head_sha, body, world.now())
            self.reviews.append(review)
            self.updated = world.now()
            if author in self.requested_users:
                self.requested_users.remove(author)
            if state != "PENDING":
                world.emit("pull_request_review", "submitted", self.repository, author, pull=self, review=review)
        return review

    def dismiss(self, review: Review, by: str | None = None) -> None:
        """Dismiss a review."""
        with self.repository.world.change():
            review.state = "DISMISSED"
            self.updated = self.repository.world.now()
            who, values = self._who(by), {"pull": self, "review": review}
            self.repository.world.emit("pull_request_review", "dismissed", self.repository, who, **values)

    def comment(self, user: str | Account, body: str, app: int | None = None) -> Comment:
        """Comment on it as anybody."""
        with self.repository.world.change():
            world, author = self.repository.world, self.repository.world.account(user)
            comment = Comment(world.new_id(), author, body, world.now(), world.now(), app)
            self.comments.append(comment)
            self.updated = world.now()
            world.emit("issue_comment", "created", self.repository, author, pull=self, comment=comment)
        return comment

    def edit_comment(self, comment: Comment, body: str, by: str | Account | None = None) -> None:
        """Edit a comment."""
        with self.repository.world.change():
            world, before = self.repository.world, comment.body
            comment.body, comment.updated, comment.edits = body, world.now(), comment.edits + 1
            values = {"pull": self, "comment": comment, "changes": {"body": {"from": before}}}
            world.emit("issue_comment", "edited", self.repository, world.account(by or comment.author), **values)

    def delete_comment(self, comment: Comment, by: str | Account | None = None) -> None:
        """Delete a comment."""
        with self.repository.world.change():
            world = self.repository.world
            self.comments.remove(comment)
            who = world.account(by or comment.author)
            world.emit("issue_comment", "deleted", self.repository, who, pull=self, comment=comment)

    def request(self, users: Iterable[Account], teams: Iterable[str], by: Account) -> None:
        """Ask people and teams for a review."""
        with self.repository.world.change():
            for user in users:
                if user not in self.requested_users:
                    self.requested_users.append(user)
                    self.requests.append((self.repository.world.now(), by, user))
                    self._emit("review_requested", by, requested_reviewer=user)
            for team in teams:
                if team not in self.requested_teams:
                    self.requested_teams.append(team)
                    self.requests.append((self.repository.world.now(), by, team))
                    self._emit("review_requested", by, requested_team=team)

    # Whether it may be merged

    def approvals(self, *, on_head: bool = False) -> set[str]:
        """Return who approves it with write access; only the latest decision of a person counts."""
        latest: dict[str, Review] = {}
        for review in self.reviews:
            if review.state in DECIDING:
                latest[review.author.login] = review
        return {
            login
            for login, review in latest.items()
            if review.state == "APPROVED"
            and ROLES.index(self.repository.role(login)) >= WRITE
            and not (on_head and review.commit != self.head_sha)
        }

    def obstacle(self, by: str) -> str | None:
        """Return what GitHub says when this person presses merge, `None` when it merges."""
        role = self.repository.role(by)
        if ROLES.index(role) < WRITE:
            return "Not Found" if role == "none" else "Must have push access to merge"
        if self.state != "open":
            return "Pull Request is not open"
        if self.draft:
            return "Pull Request is still a draft"
        protection = self.repository.protections.get(self.base_ref)
        if protection is None or (role == "admin" and not protection.admins_too):
            return None
        return self._unmet(protection)

    def _unmet(self, protection: Protection) -> str | None:
        missing_status = self.repository.missing_status(protection, self.head_sha)
        if missing_status:
            return missing_status
        missing = protection.approvals - len(self.approvals(on_head=protection.dismiss_stale))
        if missing > 0:
            return f"At least {protection.approvals} approving review is required by reviewers with write access."
        return None

    def merge(self, by: str) -> str:
        """Merge it as a person and return the merge commit; raises `MergeRefused` with GitHub's words."""
        with self.repository.world.change():
            repository, reason = self.repository, self.obstacle(by)
            if reason:
                raise MergeRefused(reason)
            tip = repository.tip(self.base_ref)
            assert tip
            try:
                label = f"{self.head_owner.login}/{self.head_ref}"
                merge = repository.git.merge(tip, self.head_sha, f"Merge pull request #{self.number} from {label}")
            except Conflict as conflict:
                raise MergeRefused("Pull Request is not mergeable") from conflict
            repository.branch(self.base_ref, merge)
            self.merged_as(merge, repository.world.account(by))
        return merge

    def merged_as(self, merge: str, by: Account) -> None:
        """Close it as merged by that commit."""
        self.merge_commit, self.merged_by, self.state = merge, by, "closed"
        self.closed_at = self.repository.world.now()
        self._emit("closed", by)

    def _who(self, login: str | None) -> Account:
        return self.author if login is None else self.repository.world.account(login)

    def _emit(self, action: str, sender: Account, **values: object) -> None:
        self.repository.world.emit("pull_request", action, self.repository, sender, pull=self, **values)
