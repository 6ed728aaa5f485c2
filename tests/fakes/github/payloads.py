"""What a webhook says of each event, before the contract's skeleton completes it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from tests.fakes.github import wire, wire_git
from tests.fakes.github.contracts import Shape
from tests.fakes.github.repository import ZEROS, Repository
from tests.fakes.github.state import Account

Values = Mapping[str, Any]


def body_of(event: str, repository: Repository, values: Values) -> Shape:
    """Return the part of a payload that belongs to the event."""
    return BODIES[event](repository, values) if event in BODIES else dict(values)


def pull_request(repository: Repository, values: Values) -> Shape:
    """A pull request was opened, pushed to, edited, closed …"""
    pull = values["pull"]
    body: Shape = {"number": pull.number, "pull_request": wire.pull_request(pull)}
    body |= {key: values[key] for key in ("before", "after", "changes") if key in values}
    if isinstance(values.get("requested_reviewer"), Account):
        body["requested_reviewer"] = wire.account(values["requested_reviewer"])
    if "requested_team" in values:
        key = (repository.owner.login.lower(), values["requested_team"])
        body["requested_team"] = wire.team(repository.world, repository.world.teams[key])
    return body


def review(_: Repository, values: Values) -> Shape:
    """A review was given or dismissed; webhooks spell the state in lower case."""
    pull, one = values["pull"], wire.review(values["pull"], values["review"])
    return {"pull_request": wire.pull_request(pull, whole=False), "review": {**one, "state": one["state"].lower()}}


def comment(_: Repository, values: Values) -> Shape:
    """A comment was made, edited or deleted."""
    pull = values["pull"]
    body: Shape = {"issue": wire.issue(pull), "comment": wire.comment(pull, values["comment"])}
    return body | {key: values[key] for key in ("changes",) if key in values}


def status(repository: Repository, values: Values) -> Shape:
    """A commit status was set."""
    one, sha = values["status"], values["sha"]
    body = wire.status(repository, sha, one)
    commit = repository.git.commit(sha)
    assert commit
    heads = [ref.removeprefix("refs/heads/") for ref, at in repository.git.refs("refs/heads/").items() if at == sha]
    branches = [{"name": name, "protected": False, "commit": {"sha": sha}} for name in heads]
    shown = {
        key: body[key] for key in ("id", "state", "description", "target_url", "created_at", "updated_at", "context")
    }
    return {
        **shown,
        "sha": sha,
        "name": repository.full_name,
        "commit": wire_git.commit(repository, commit),
        "branches": branches,
    }


def push(repository: Repository, values: Values) -> Shape:
    """A branch was made, moved or removed."""
    commit = None if values["after"] == ZEROS else repository.git.commit(values["after"])
    head = pushed(repository, commit.sha) if commit else None
    pusher = {"name": repository.owner.login, "email": repository.owner.email}
    return {**values, "head_commit": head, "commits": [head] if head else [], "base_ref": None, "pusher": pusher}


def pushed(repository: Repository, sha: str) -> Shape:
    """A commit in a push."""
    commit = repository.git.commit(sha)
    assert commit
    people = {"author": commit.author, "committer": commit.committer}
    return {
        "id": sha,
        "tree_id": commit.tree,
        "distinct": True,
        "message": commit.message,
        "timestamp": wire_git.moment(commit.committer.when),
        "url": f"{wire.SITE}/{repository.full_name}/commit/{sha}",
        "added": [],
        "removed": [],
        "modified": [],
        **{role: {"name": who.name, "email": who.email} for role, who in people.items()},
    }


def merge_group(repository: Repository, values: Values) -> Shape:
    """A group waits for its checks, or ended; it names commits and refs, no pull request."""
    group = values["group"]
    commit = repository.git.commit(group.head_sha)
    assert commit
    people = {"author": commit.author, "committer": commit.committer}
    head = {
        "id": commit.sha,
        "tree_id": commit.tree,
        "message": commit.message,
        "timestamp": wire_git.moment(commit.committer.when),
        **{role: {"name": who.name, "email": who.email} for role, who in people.items()},
    }
    shown = {"head_sha": group.head_sha, "head_ref": group.head_ref, "base_sha": group.base_sha}
    body: Shape = {"merge_group": {**shown, "base_ref": f"refs/heads/{group.base_ref}", "head_commit": head}}
    return body | {key: values[key] for key in ("reason",) if key in values}


BODIES: Final[Mapping[str, Callable[[Repository, Values], Shape]]] = {
    "pull_request": pull_request,
    "pull_request_review": review,
    "issue_comment": comment,
    "status": status,
    "push": push,
    "merge_group": merge_group,
}
