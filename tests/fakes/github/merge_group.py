"""A merge queue's group: several pull requests merged on a branch of its own, to be judged before they land."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tests.fakes.github.pull_request import PullRequest
from tests.fakes.github.state import Account, MergeRefused

if TYPE_CHECKING:
    from tests.fakes.github.repository import Repository


class MergeGroup:
    """Pull requests of one base branch, merged one on the other; its name tells only the last of them."""

    def __init__(self, repository: Repository, pull_requests: tuple[PullRequest, ...], *, squash: bool = False) -> None:
        self.repository: Final = repository
        self.pull_requests: Final = pull_requests
        self.base_ref: Final = pull_requests[0].base_ref
        tip = repository.tip(self.base_ref)
        assert tip
        self.base_sha: Final = tip
        self.merges: Final[list[str]] = []
        for pull in pull_requests:
            assert pull.base_ref == self.base_ref
            message = f"Merge pull request #{pull.number}"
            tip = repository.git.merge(tip, pull.head_sha, message, squash=squash)
            self.merges.append(tip)
        self.head_sha: Final = tip
        name = f"gh-readonly-queue/{self.base_ref}/pr-{pull_requests[-1].number}-{self.base_sha}"
        self.head_ref: Final = f"refs/heads/{name}"
        repository.git.move(self.head_ref, self.head_sha)

    @property
    def entries(self) -> tuple[tuple[PullRequest, str], ...]:
        """Return each pull request with the commit that ends its part."""
        return tuple(zip(self.pull_requests, self.merges, strict=True))

    def finish(self) -> str:
        """Land the group when its head has every required status; raises `MergeRefused` when it has not."""
        repository = self.repository
        with repository.world.change():
            protection = repository.protections.get(self.base_ref)
            reason = repository.missing_status(protection, self.head_sha) if protection else None
            if reason:
                raise MergeRefused(reason)
            if repository.tip(self.base_ref) != self.base_sha:
                raise MergeRefused("The base branch has moved")
            repository.branch(self.base_ref, self.head_sha)
            for pull, merge in zip(self.pull_requests, self.merges, strict=True):
                pull.merged_as(merge, pull.author)
            self.destroy("merged")
        return self.head_sha

    def destroy(self, reason: str) -> None:
        """End the group: `merged`, `invalidated` (a member left or the base moved) or `dequeued`."""
        with self.repository.world.change():
            self.repository.queued.pop(self.head_ref, None)
            self.emit("destroyed", self.pull_requests[0].author, reason=reason)
            self.repository.git.drop(self.head_ref)

    def emit(self, action: str, by: Account, **values: str) -> None:
        """Announce what happened to it; the payload names no pull request."""
        self.repository.world.emit("merge_group", action, self.repository, by, group=self, **values)
