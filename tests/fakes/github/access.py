"""Which credentials and permissions each operation asks for, and what GitHub answers without them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from tests.fakes.github.app import App, at_least
from tests.fakes.github.contracts import Operation
from tests.fakes.github.exchange import NOT_ACCESSIBLE, Caller, Refused, not_found
from tests.fakes.github.repository import Repository
from tests.fakes.github.world import World

R: Final = "/repos/{owner}/{repo}"
TALK_READ: Final = ("issues:read", "pull_requests:read")
TALK_WRITE: Final = ("issues:write", "pull_requests:write")
MEMBERS: Final = ("members:read",)

# Any one of the permissions will do. Source: the permission tables of GitHub's REST reference.
NEEDS: Final[Mapping[tuple[str, str], tuple[str, ...]]] = {
    ("GET", R): ("metadata:read",),
    ("GET", f"{R}/attestations/{{subject_digest}}"): ("attestations:read",),
    ("GET", f"{R}/activity"): ("contents:read",),
    ("GET", f"{R}/pulls"): ("pull_requests:read",),
    ("GET", f"{R}/pulls/{{pull_number}}"): ("pull_requests:read",),
    ("GET", f"{R}/pulls/{{pull_number}}/files"): ("pull_requests:read",),
    ("GET", f"{R}/pulls/{{pull_number}}/commits"): ("pull_requests:read",),
    ("GET", f"{R}/pulls/{{pull_number}}/reviews"): ("pull_requests:read",),
    ("POST", f"{R}/pulls/{{pull_number}}/reviews"): ("pull_requests:write",),
    ("PUT", f"{R}/pulls/{{pull_number}}/reviews/{{review_id}}/dismissals"): ("pull_requests:write",),
    ("GET", f"{R}/pulls/{{pull_number}}/requested_reviewers"): ("pull_requests:read",),
    ("POST", f"{R}/pulls/{{pull_number}}/requested_reviewers"): ("pull_requests:write",),
    ("DELETE", f"{R}/pulls/{{pull_number}}/requested_reviewers"): ("pull_requests:write",),
    ("GET", f"{R}/contents/{{path}}"): ("contents:read",),
    ("GET", f"{R}/git/blobs/{{file_sha}}"): ("contents:read",),
    ("GET", f"{R}/git/trees/{{tree_sha}}"): ("contents:read",),
    ("GET", f"{R}/git/commits/{{commit_sha}}"): ("contents:read",),
    ("GET", f"{R}/git/ref/{{ref}}"): ("contents:read",),
    ("POST", f"{R}/git/blobs"): ("contents:write",),
    ("POST", f"{R}/git/trees"): ("contents:write",),
    ("POST", f"{R}/git/commits"): ("contents:write",),
    ("POST", f"{R}/git/refs"): ("contents:write",),
    ("PATCH", f"{R}/git/refs/{{ref}}"): ("contents:write",),
    ("GET", f"{R}/compare/{{basehead}}"): ("contents:read",),
    ("GET", f"{R}/commits/{{ref}}"): ("contents:read",),
    ("GET", f"{R}/commits/{{ref}}/status"): ("statuses:read",),
    ("GET", f"{R}/commits/{{ref}}/statuses"): ("statuses:read",),
    ("GET", f"{R}/commits/{{ref}}/check-runs"): ("checks:read",),
    ("GET", f"{R}/commits/{{commit_sha}}/pulls"): ("pull_requests:read",),
    ("POST", f"{R}/statuses/{{sha}}"): ("statuses:write",),
    ("POST", f"{R}/check-runs"): ("checks:write",),
    ("GET", f"{R}/check-runs/{{check_run_id}}"): ("checks:read",),
    ("PATCH", f"{R}/check-runs/{{check_run_id}}"): ("checks:write",),
    ("GET", f"{R}/issues/{{issue_number}}/comments"): TALK_READ,
    ("POST", f"{R}/issues/{{issue_number}}/comments"): TALK_WRITE,
    ("PATCH", f"{R}/issues/comments/{{comment_id}}"): TALK_WRITE,
    ("DELETE", f"{R}/issues/comments/{{comment_id}}"): TALK_WRITE,
    ("GET", f"{R}/issues/{{issue_number}}/timeline"): TALK_READ,
    ("POST", f"{R}/issues/{{issue_number}}/labels"): TALK_WRITE,
    ("GET", f"{R}/collaborators/{{username}}/permission"): ("metadata:read",),
    ("GET", f"{R}/rules/branches/{{branch}}"): ("metadata:read",),
    ("GET", f"{R}/rulesets/{{ruleset_id}}"): ("metadata:read",),
    ("GET", f"{R}/branches/{{branch}}/protection"): ("administration:read",),
    ("GET", "/orgs/{org}/teams/{team_slug}/members"): MEMBERS,
    ("GET", "/orgs/{org}/teams/{team_slug}/memberships/{username}"): MEMBERS,
    ("GET", "/orgs/{org}/teams"): MEMBERS,
}
# What the App asks as itself, with its JSON web token.
AS_APP: Final = re.compile(r"/app(/.*)?|/repos/\{owner\}/\{repo\}/installation")
OPEN: Final = frozenset({"/rate_limit", "/markdown", "/app-manifests/{code}/conversions"})
# What is asked without a login here; GitHub lets everybody read more of what is public.
FOR_EVERYBODY: Final = frozenset({("GET", R), ("GET", f"{R}/attestations/{{subject_digest}}")})
# GitHub hides teams from who may not see them: absent and hidden look the same.
HIDDEN: Final = re.compile(r"/orgs/\{org\}/teams/.*")


def admit(app: App, caller: Caller, operation: Operation, repository: Repository | None) -> None:
    """Let a request in, or raise `Refused` as GitHub does."""
    template = operation.template
    if template in OPEN:
        return
    if AS_APP.fullmatch(template):
        if caller.kind != "jwt":
            raise Refused(401, "A JSON web token could not be decoded")
        return
    if caller.kind == "jwt":
        raise Refused(403, NOT_ACCESSIBLE)
    if caller.token is None:
        admit_anybody(operation, repository)
        return
    needs = NEEDS.get((operation.method, template), ())
    if template.startswith(R):
        admit_to_repository(app, caller, needs, repository, write=operation.method != "GET")
    elif needs:
        admit_to_organization(caller, operation, needs)


def admit_anybody(operation: Operation, repository: Repository | None) -> None:
    """Let somebody without a login read what is public."""
    if (operation.method, operation.template) not in FOR_EVERYBODY:
        raise Refused(401, "Requires authentication")
    if repository is None or repository.private:
        raise not_found()


def admit_to_repository(
    app: App, caller: Caller, needs: tuple[str, ...], repository: Repository | None, *, write: bool
) -> None:
    """Check reach and permissions; public repositories beyond the installation can be read by everybody."""
    assert caller.token
    if repository is None:
        raise not_found()
    if not app.covers(caller.token.installation, repository.id, caller.token):
        if repository.private:
            raise not_found()
        if write:
            raise Refused(403, NOT_ACCESSIBLE)
        return
    if not any(at_least(caller.token.permissions, *need.split(":")) for need in needs):
        raise Refused(403, NOT_ACCESSIBLE)
    if write and repository.archived:
        raise Refused(403, "Repository was archived so is read-only.")


def admit_to_organization(caller: Caller, operation: Operation, needs: tuple[str, ...]) -> None:
    """Check that the token is of this organization and may see its members."""
    assert caller.token
    org = operation.params["org"].lower()
    held = caller.token.installation.account.login.lower() == org
    if held and any(at_least(caller.token.permissions, *need.split(":")) for need in needs):
        return
    raise not_found() if HIDDEN.fullmatch(operation.template) or not held else Refused(403, NOT_ACCESSIBLE)


def repository_of(world: World, operation: Operation) -> Repository | None:
    """Return the repository that a path names; raises `Renamed` for a former name."""
    if not operation.template.startswith(R):
        return None
    name = f"{operation.params['owner']}/{operation.params['repo']}"
    found = world.repository(name)
    if found is None and name.lower() in world.former_names:
        raise Renamed(world.former_names[name.lower()])
    return found


class Renamed(Exception):
    """The repository has another name now; its number is in the redirect."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number: Final = number
