"""GitHub's JSON, as far as the simulator knows it; the contract's skeleton adds what else is promised."""

from __future__ import annotations

import base64
from typing import Final

from tests.fakes.github.contracts import Shape
from tests.fakes.github.pull_request import PullRequest
from tests.fakes.github.repository import Repository
from tests.fakes.github.state import LEGACY, Account, CheckRun, Comment, Installation, Push, Review, Status, Team
from tests.fakes.github.world import World

SITE: Final = "https://github.com"


def node(kind: str, number: int | str) -> str:
    """Return a node id, opaque as GitHub's are."""
    return base64.b64encode(f"{kind}:{number}".encode()).decode()


def account(who: Account) -> Shape | None:
    """A person, bot or organization; null when deleted."""
    if who.deleted:
        return None
    page = f"{SITE}/apps/{who.short_login}" if who.kind == "Bot" else f"{SITE}/{who.login}"
    return {
        "login": who.login,
        "id": who.id,
        "node_id": node(who.kind, who.id),
        "type": who.kind,
        "site_admin": False,
        "html_url": page,
    }


def repository(repo: Repository) -> Shape:
    """A repository."""
    url = f"{repo.world.api_url}/repos/{repo.full_name}"
    return {
        "id": repo.id,
        "node_id": node("R", repo.id),
        "name": repo.name,
        "full_name": repo.full_name,
        "owner": account(repo.owner),
        "private": repo.private,
        "visibility": "private" if repo.private else "public",
        "fork": repo.source is not None,
        "default_branch": repo.default_branch,
        "url": url,
        "html_url": f"{SITE}/{repo.full_name}",
        "clone_url": f"{SITE}/{repo.full_name}.git",
        "archived": repo.archived,
        "disabled": False,
    }


def _side(label_owner: Account, ref: str, sha: str, repo: Repository | None) -> Shape:
    gone = repo is None
    return {
        "label": None if gone else f"{label_owner.login}:{ref}",
        "ref": ref,
        "sha": sha,
        "user": None if gone else account(label_owner),
        "repo": None if gone else repository(repo) if repo else None,
    }


def pull_request(pull: PullRequest, *, whole: bool = True) -> Shape:
    """A pull request; `whole` adds what GitHub leaves out of lists."""
    repo = pull.repository
    url = f"{repo.world.api_url}/repos/{repo.full_name}/pulls/{pull.number}"
    team_slugs = [(repo.owner.login.lower(), slug) for slug in pull.requested_teams]
    values = {
        "id": pull.id,
        "node_id": node("PR", pull.id),
        "number": pull.number,
        "state": pull.state,
        "locked": False,
        "title": pull.title,
        "body": pull.body,
        "user": account(pull.author),
        "draft": pull.draft,
        "head": _side(pull.head_owner, pull.head_ref, pull.head_sha, pull.head_repository),
        "base": _side(repo.owner, pull.base_ref, pull.base_sha, repo),
        "url": url,
        "html_url": f"{SITE}/{repo.full_name}/pull/{pull.number}",
        "author_association": association(repo, pull.author),
        "created_at": pull.created,
        "updated_at": pull.updated,
        "closed_at": pull.closed_at,
        "merged_at": pull.closed_at if pull.merged else None,
        "merge_commit_sha": pull.merge_commit,
        "requested_reviewers": [account(user) for user in pull.requested_users],
        "requested_teams": [team(repo.world, repo.world.teams[key]) for key in team_slugs],
        "labels": [label(name) for name in repo.labels.get(pull.number, ())],
        "assignees": [],
    }
    return {**values, **_counts(pull)} if whole else values


def _counts(pull: PullRequest) -> Shape:
    merge_base = pull.repository.git.merge_base(pull.range_base, pull.head_sha)
    files = pull.repository.git.differences(merge_base, pull.head_sha) if merge_base else ()
    return {
        "merged": pull.merged,
        "merged_by": account(pull.merged_by) if pull.merged_by else None,
        "mergeable": pull.mergeable,
        "mergeable_state": "unknown" if pull.mergeable is None else "clean" if pull.mergeable else "dirty",
        "comments": len(pull.comments),
        "review_comments": 0,
        "commits": len(pull.commits),
        "additions": sum(file.additions for file in files),
        "deletions": sum(file.deletions for file in files),
        "changed_files": len(files),
        "maintainer_can_modify": False,
    }


def push(one: Push) -> Shape:
    """An entry of a repository's activity."""
    values = {"id": one.id, "node_id": node("PSH", one.id), "before": one.before, "after": one.after, "ref": one.ref}
    return {**values, "timestamp": one.at, "activity_type": one.kind, "actor": account(one.actor)}


def review_requested(pull: PullRequest, place: int) -> Shape:
    """An event of the timeline: somebody, or a team, was asked for a review."""
    when, by, whom = pull.requests[place]
    world = pull.repository.world
    url = f"{world.api_url}/repos/{pull.repository.full_name}/issues/events/{pull.id + place}"
    asked = (
        {"requested_reviewer": account(whom)}
        if isinstance(whom, Account)
        else {"requested_team": team(world, world.teams[pull.repository.owner.login.lower(), whom])}
    )
    return {
        "id": pull.id + place,
        "node_id": node("RRE", pull.id + place),
        "url": url,
        "actor": account(by),
        "event": "review_requested",
        "commit_id": None,
        "commit_url": None,
        "created_at": when,
        "performed_via_github_app": None,
        "review_requester": account(by),
        **asked,
    }


def label(name: str) -> Shape:
    """A label."""
    return {"name": name, "color": "ededed", "default": False}


def team(world: World, one: Team) -> Shape:
    """A team."""
    url = f"{world.api_url}/orgs/{one.organization}/teams/{one.slug}"
    values = {"id": one.id, "node_id": node("T", one.id), "name": one.slug, "slug": one.slug, "type": "organization"}
    parent = team(world, one.parent) if one.parent else None
    return {**values, "url": url, "privacy": "closed", "permission": "pull", "parent": parent}


def association(repo: Repository, who: Account) -> str:
    """How a person stands to a repository."""
    if who is repo.owner:
        return "OWNER"
    if who.login.lower() in repo.world.members.get(repo.owner.login.lower(), ()):
        return "MEMBER"
    return "COLLABORATOR" if repo.is_collaborator(who.login) else "NONE"


def review(pull: PullRequest, one: Review) -> Shape:
    """A review, in REST's spelling."""
    url = f"{pull.repository.world.api_url}/repos/{pull.repository.full_name}/pulls/{pull.number}"
    page = f"{SITE}/{pull.repository.full_name}/pull/{pull.number}#pullrequestreview-{one.id}"
    return {
        "id": one.id,
        "node_id": node("PRR", one.id),
        "user": account(one.author),
        "body": one.body,
        "state": one.state,
        "commit_id": one.commit,
        "submitted_at": one.at,
        "html_url": page,
        "pull_request_url": url,
        "author_association": association(pull.repository, one.author),
    }


def comment(pull: PullRequest, one: Comment) -> Shape:
    """A comment on a pull request's conversation."""
    repo = pull.repository
    return {
        "id": one.id,
        "node_id": node("IC", one.id),
        "user": account(one.author),
        "body": one.body,
        "created_at": one.created,
        "updated_at": one.updated,
        "url": f"{repo.world.api_url}/repos/{repo.full_name}/issues/comments/{one.id}",
        "issue_url": f"{repo.world.api_url}/repos/{repo.full_name}/issues/{pull.number}",
        "html_url": f"{SITE}/{repo.full_name}/pull/{pull.number}#issuecomment-{one.id}",
        "author_association": association(repo, one.author),
    }


def issue(pull: PullRequest) -> Shape:
    """A pull request as the issue that it is too."""
    url = f"{pull.repository.world.api_url}/repos/{pull.repository.full_name}"
    return {
        "id": pull.id,
        "number": pull.number,
        "title": pull.title,
        "body": pull.body,
        "state": pull.state,
        "user": account(pull.author),
        "url": f"{url}/issues/{pull.number}",
        "html_url": f"{SITE}/{pull.repository.full_name}/pull/{pull.number}",
        "pull_request": {"url": f"{url}/pulls/{pull.number}"},
        "comments": len(pull.comments),
        "author_association": association(pull.repository, pull.author),
        "created_at": pull.created,
        "updated_at": pull.updated,
    }


def status(repo: Repository, sha: str, one: Status) -> Shape:
    """A commit status."""
    return {
        "id": one.id,
        "node_id": node("SC", one.id),
        "url": f"{repo.world.api_url}/repos/{repo.full_name}/statuses/{sha}",
        "state": one.state,
        "context": one.context,
        "description": one.description,
        "target_url": one.target_url,
        "created_at": one.at,
        "updated_at": one.at,
        "creator": account(one.creator),
    }


def installation(world: World, one: Installation, app: int, slug: str) -> Shape:
    """The App on one account."""
    return {
        "id": one.id,
        "app_id": app,
        "app_slug": slug,
        "target_id": one.account.id,
        "target_type": one.account.kind,
        "account": account(one.account),
        "repository_selection": "all" if one.repositories is None else "selected",
        "permissions": one.permissions,
        "events": list(one.events),
        "access_tokens_url": f"{world.api_url}/app/installations/{one.id}/access_tokens",
        "repositories_url": f"{world.api_url}/installation/repositories",
        "suspended_at": one.suspended,
        "single_file_name": None,
    }


def role(repo: Repository, who: Account) -> Shape:
    """What a person may do: the old word and the new."""
    name = repo.role(who.login)
    return {
        "permission": LEGACY.get(name, name),
        "role_name": name,
        "user": {**(account(who) or {}), "role_name": name},
    }


def check_run(repo: Repository, one: CheckRun) -> Shape:
    """A check run."""
    output = {"title": None, "summary": None, "text": None, **one.values.get("output", {})}
    output.pop("annotations", None)
    return {
        "id": one.id,
        "node_id": node("CR", one.id),
        "head_sha": one.head_sha,
        "name": one.name,
        "status": one.values.get("status", "queued"),
        "conclusion": one.values.get("conclusion"),
        "started_at": one.values.get("started_at") or repo.world.now(),
        "completed_at": one.values.get("completed_at") or (repo.world.now() if one.values.get("conclusion") else None),
        "external_id": one.values.get("external_id", ""),
        "details_url": one.values.get("details_url") or SITE,
        "url": f"{repo.world.api_url}/repos/{repo.full_name}/check-runs/{one.id}",
        "output": {**output, "annotations_count": len(one.annotations)},
        "app": {"id": one.app},
        "pull_requests": [],
    }
