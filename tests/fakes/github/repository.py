"""A repository: branches in real git, people and their roles, statuses, protection, pull requests."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

from tests.fakes.github.gitobjects import Content, GitCommit, Identity
from tests.fakes.github.gitstore import GitStore
from tests.fakes.github.merge_group import MergeGroup
from tests.fakes.github.pull_request import PullRequest
from tests.fakes.github.state import Account, CheckRun, MergeRefused, Protection, Push, Status
from tests.fakes.github.world import World

ZEROS: Final = "0" * 40
DESCRIPTION_LIMIT: Final = 140
STATUS_LIMIT: Final = 1000


class RuleBroken(Exception):
    """GitHub refuses a value: the field, and what it says of it."""

    def __init__(self, resource: str, field: str, message: str, code: str = "custom") -> None:
        super().__init__(message)
        self.error: Final = {"resource": resource, "code": code, "field": field, "message": message}


class Repository:
    """One repository; `source` is set for a fork, whose objects lie in the source's network."""

    def __init__(
        self, world: World, owner: Account, name: str, *, private: bool, source: Repository | None = None
    ) -> None:
        self.world: Final = world
        self.id: Final = world.new_id()
        self.owner: Final = owner
        self.name = name
        self.private = private
        self.source: Final = source
        self.default_branch = "main"
        self.deleted = False
        self.archived = False
        self.git: Final[GitStore] = GitStore(world.folder / f"{self.id}.git", source.git if source else None)
        self.grants: Final[dict[str, str]] = {}
        self.team_grants: Final[dict[str, str]] = {}
        self.statuses: Final[dict[str, list[Status]]] = {}
        self.check_runs: Final[dict[int, CheckRun]] = {}
        self.pull_requests: Final[dict[int, PullRequest]] = {}
        self.protections: Final[dict[str, Protection]] = {}
        self.queued: Final[dict[str, MergeGroup]] = {}
        self.labels: Final[dict[int, list[str]]] = {}
        self.pushes: Final[list[Push]] = []
        self.forgotten: Final[set[str]] = set()
        self.attestations: Final[dict[str, list[dict[str, object]]]] = {}
        self.next_number = 1
        world.repositories[self.id] = self

    @property
    def full_name(self) -> str:
        """`owner/name`."""
        return f"{self.owner.login}/{self.name}"

    # People

    def grant(self, login: str, role: str) -> None:
        """Make somebody a collaborator with a role (`read`, `triage`, `write`, `maintain`, `admin`)."""
        self.grants[self.world.account(login).login.lower()] = role

    def grant_team(self, slug: str, role: str) -> None:
        """Give a team of the owner a role here; child teams have it too."""
        self.team_grants[slug] = role

    def role(self, login: str) -> str:
        """Return the role that a person has here, `none` when this repository is not shown to them."""
        who, owner = login.lower(), self.owner.login.lower()
        if who == owner or who in self.world.owners.get(owner, ()):
            return "admin"
        roles = [self.grants.get(who, "none"), "none" if self.private else "read"]
        for slug, role in self.team_grants.items():
            team = self.world.teams.get((owner, slug))
            if team and who in self.world.team_members(team):
                roles.append(role)
        return self.world.highest(roles)

    def is_collaborator(self, login: str) -> bool:
        """Say whether somebody was given a role here, beyond what everybody has."""
        who, owner = login.lower(), self.owner.login.lower()
        if who in self.grants or who == owner or who in self.world.owners.get(owner, ()):
            return True
        teams = [self.world.teams[owner, slug] for slug in self.team_grants if (owner, slug) in self.world.teams]
        return any(who in self.world.team_members(team) for team in teams)

    # Code

    def tip(self, branch: str) -> str | None:
        """Return the commit at the tip of a branch."""
        return self.git.tip(f"refs/heads/{branch}")

    def resolve(self, revision: str) -> str | None:
        """Return the commit that a branch, tag, full ref or id names; forks' commits are found by id."""
        if revision in ("", "HEAD"):
            return self.tip(self.default_branch)
        names = [revision] if revision.startswith("refs/") else [f"refs/heads/{revision}", f"refs/tags/{revision}"]
        if re.fullmatch(r"[0-9a-f]{7,40}", revision):
            names.append(revision)
        for name in names:
            found = self.git.read(name)
            if found and found[1] == "commit" and found[0] not in self.forgotten:
                return found[0]
        return None

    def forget(self, sha: str) -> None:
        """Lose a commit that no branch holds any more, as GitHub may some day."""
        self.forgotten.add(sha)

    def commit(
        self,
        branch: str,
        files: Mapping[str, Content],
        *,
        author: str | Account | Identity | None = None,
        committer: str | Account | Identity | None = None,
        message: str = "Change",
        parents: Iterable[str] | None = None,
        co_authors: Iterable[str] = (),
        pusher: str | Account | None = None,
    ) -> str:
        """Push one commit to a branch, as its committer or as somebody else, and return its id.

        `None` as content removes a path. Without `parents` it goes on from the branch's tip, else from the default
        branch's; parents may be ids or branches. Pull requests from this branch are synchronized.
        """
        when = self.world.git_time()
        trailers = [self.world.identity(login, when) for login in co_authors]
        text = message + "".join(f"\n\nCo-authored-by: {t.name} <{t.email}>" for t in trailers)
        with self.world.change():
            names = [branch if self.tip(branch) else self.default_branch] if parents is None else list(parents)
            found = tuple(sha for sha in map(self.resolve, names) if sha)
            wrote = self.world.identity(author, when)
            did = self.world.identity(committer, when) if committer else wrote
            before = self.tip(branch)
            sha = self.git.write(branch, files, GitCommit("", "", found, wrote, did, text))
            by = self.world.account(pusher) if pusher else self.world.by_email(did.email) or self.owner
            self._pushed(branch, before, sha, by)
        return sha

    def branch(self, name: str, at: str | None = None, *, by: str | Account | None = None) -> str:
        """Make or move a branch, by force, and return its tip."""
        with self.world.change():
            sha = self.resolve(at or self.default_branch)
            assert sha, f"no commit {at}"
            before = self.tip(name)
            self.git.move(f"refs/heads/{name}", sha)
            self._pushed(name, before, sha, self.world.account(by) if by else self.owner)
        return sha

    def delete_branch(self, name: str) -> None:
        """Remove a branch."""
        with self.world.change():
            before = self.tip(name)
            self.git.drop(f"refs/heads/{name}")
            self._pushed(name, before, ZEROS, self.owner)

    def _pushed(self, branch: str, before: str | None, after: str, by: Account) -> None:
        if before == after:
            return
        kind = self._kind(before, after)
        name, when = f"refs/heads/{branch}", self.world.now()
        self.pushes.append(Push(self.world.new_id(), name, before or ZEROS, after, by, kind, when))
        flags = {"created": before is None, "deleted": after == ZEROS, "forced": kind == "force_push"}
        values = {"ref": f"refs/heads/{branch}", "before": before or ZEROS, "after": after, **flags}
        self.world.emit("push", None, self, by, **values)
        for repository in list(self.world.repositories.values()):
            for pull_request in repository.pull_requests.values():
                if after != ZEROS and pull_request.comes_from(self, branch):
                    pull_request.synchronize(after, by, forced=kind == "force_push")

    def _kind(self, before: str | None, after: str) -> str:
        """Return GitHub's word for what was done to a branch."""
        if before is None or after == ZEROS:
            return "branch_creation" if before is None else "branch_deletion"
        commit = self.git.commit(after)
        onwards = (commit and before in commit.parents) or self.git.merge_base(before, after) == before
        return "push" if onwards else "force_push"

    def fork(self, owner: str, name: str | None = None) -> Repository:
        """Fork it for a person: a repository of its own, in the same network of objects."""
        with self.world.change():
            account = self.world.account(owner)
            fork = Repository(self.world, account, name or self.name, private=self.private, source=self)
            for ref, sha in self.git.refs("refs/heads/").items():
                fork.git.move(ref, sha)
        return fork

    def delete(self) -> None:
        """Delete it; pull requests from it stay, with a head repository that is null."""
        with self.world.change():
            self.deleted = True

    def rename(self, name: str) -> None:
        """Give it another name; the old one redirects."""
        with self.world.change():
            self.world.former_names[self.full_name.lower()] = self.id
            before, self.name = self.name, name
            changes = {"repository": {"name": {"from": before}}}
            self.world.emit("repository", "renamed", self, self.owner, changes=changes)

    # Gate

    def protect(
        self,
        branch: str,
        contexts: Iterable[str] = (),
        *,
        app_id: int | None = None,
        approvals: int = 0,
        admins_too: bool = True,
        dismiss_stale: bool = False,
        classic: bool = False,
        bypass: Iterable[Mapping[str, str | int | None]] = (),
    ) -> None:
        """Require status contexts (of one App, when named) and approvals before a merge into a branch.

        By a ruleset, which the actors of `bypass` may go past, or by `classic` protection.
        """
        names = tuple(contexts)
        rules = Protection(
            names, dict.fromkeys(names, app_id), approvals, admins_too, dismiss_stale, classic, tuple(bypass)
        )
        self.protections[branch] = rules

    def missing_status(self, protection: Protection, sha: str) -> str | None:
        """Return what GitHub says of the first required status that a commit lacks, `None` when it has all."""
        latest = {status.context.lower(): status for status in self.latest_statuses(sha)}
        for context in protection.contexts:
            status, app = latest.get(context.lower()), protection.apps[context]
            if status is None:
                return f'Required status check "{context}" is expected.'
            if app is not None and status.app != app:
                return f'Required status check "{context}" was not set by the expected GitHub App.'
            if status.state != "success":
                return f'Required status check "{context}" is {status.state}.'
        return None

    def set_status(
        self,
        sha: str,
        context: str,
        state: str,
        *,
        by: str | Account,
        app: int | None = None,
        description: str | None = None,
        target_url: str | None = None,
    ) -> Status:
        """Add a commit status as somebody who may; raises `RuleBroken` for what GitHub refuses."""
        if len(description or "") > DESCRIPTION_LIMIT:
            raise RuleBroken("Status", "description", "description is too long (maximum is 140 characters)")
        with self.world.change():
            kept = self.statuses.setdefault(sha, [])
            if sum(one.context.lower() == context.lower() for one in kept) >= STATUS_LIMIT:
                reason = "This SHA and context has reached the maximum number of statuses."
                raise RuleBroken("Status", "base", reason)
            account, now = self.world.account(by), self.world.now()
            status = Status(self.world.new_id(), context, state, description, target_url, account, app, now)
            kept.append(status)
            self.world.emit("status", None, self, account, status=status, sha=sha)
        return status

    def latest_statuses(self, sha: str) -> list[Status]:
        """Return the newest status of each context, contexts being equal without regard to case; newest first."""
        newest: dict[str, Status] = {}
        for status in self.statuses.get(sha, ()):
            newest.pop(status.context.lower(), None)
            newest[status.context.lower()] = status
        return list(reversed(newest.values()))

    def combined_state(self, sha: str) -> str:
        """Return GitHub's combined state: failure before pending before success; none at all is pending."""
        states = {status.state for status in self.latest_statuses(sha)}
        if states & {"failure", "error"}:
            return "failure"
        return "success" if states == {"success"} else "pending"

    # Pull requests

    def open_pull_request(
        self,
        head: str,
        *,
        base: str = "main",
        title: str = "A change",
        author: str | Account = "octocat",
        body: str | None = None,
        draft: bool = False,
        repository: Repository | None = None,
    ) -> PullRequest:
        """Open a pull request from a branch here or in `repository` (a fork)."""
        source = repository or self
        with self.world.change():
            tip = source.tip(head)
            assert tip, f"no branch {head}"
            assert self.tip(base), f"no branch {base}"
            pull_request = PullRequest(self, self.next_number, source, head_ref=head, base_ref=base)
            self.next_number += 1
            self.pull_requests[pull_request.number] = pull_request
            pull_request.begin(tip, self.world.account(author), title=title, body=body, draft=draft)
        return pull_request

    def queue(self, *pull_requests: PullRequest, by: str | None = None, squash: bool = False) -> MergeGroup:
        """Put pull requests into the merge queue of their base branch, as one group whose head is to be judged."""
        with self.world.change():
            group = MergeGroup(self, pull_requests, squash=squash)
            self.queued[group.head_ref] = group
            group.emit("checks_requested", self.world.account(by or pull_requests[0].author))
        return group

    def merge(self, number: int, by: str) -> str:
        """Merge a pull request as a person; raises `MergeRefused`."""
        if number not in self.pull_requests:
            raise MergeRefused("Not Found")
        return self.pull_requests[number].merge(by)
