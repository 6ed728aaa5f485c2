"""People: roles in a repository, members of organizations and teams."""

from __future__ import annotations

from typing import Final

from tests.fakes.github import wire
from tests.fakes.github.access import R
from tests.fakes.github.app import at_least
from tests.fakes.github.exchange import Exchange, Refused, Reply, not_found
from tests.fakes.github.state import Team


def permission(x: Exchange) -> Reply:
    """GET somebody's role: the old word folds maintain into write and triage into read, `role_name` tells."""
    account = x.world.known(x.params["username"])
    if account is None:
        raise Refused(404, f"{x.params['username']} is not a user")
    return Reply(wire.role(x.repo, account))


def found_team(x: Exchange) -> Team:
    """Return the team in the path."""
    team = x.world.teams.get((x.params["org"].lower(), x.params["team_slug"].lower()))
    if team is None:
        raise not_found()
    return team


def members(x: Exchange) -> Reply:
    """GET a team's members with those of its child teams."""
    found, role = x.world.team_members(found_team(x)), x.query.get("role", "all")
    return x.page([wire.account(x.world.account(login)) for login in sorted(found) if role in ("all", found[login])])


def membership(x: Exchange) -> Reply:
    """GET somebody's membership; one that was not accepted yet is pending and does not count."""
    team, login = found_team(x), x.params["username"].lower()
    active = x.world.team_members(team)
    if login not in active and login not in team.pending:
        raise not_found()
    state = "active" if login in active else "pending"
    return Reply({"role": active.get(login, "member"), "state": state, "url": f"{x.world.api_url}{x.path}"})


def teams(x: Exchange) -> Reply:
    """GET an organization's teams."""
    org = x.params["org"].lower()
    return x.page([wire.team(x.world, team) for (owner, _), team in sorted(x.world.teams.items()) if owner == org])


def is_member(x: Exchange) -> Reply:
    """GET whether somebody is a member; who may not see members is sent on to the public ones."""
    org, login = x.params["org"].lower(), x.params["username"].lower()
    token = x.caller.token
    if token is None or not at_least(token.permissions, "members", "read"):
        return Reply(status=302, headers={"Location": f"{x.world.api_url}/orgs/{org}/public_members/{login}"})
    if login not in x.world.members.get(org, set()) | x.world.owners.get(org, set()):
        raise not_found()
    return Reply(status=204)


ROUTES: Final = {
    ("GET", f"{R}/collaborators/{{username}}/permission"): permission,
    ("GET", "/orgs/{org}/teams/{team_slug}/members"): members,
    ("GET", "/orgs/{org}/teams/{team_slug}/memberships/{username}"): membership,
    ("GET", "/orgs/{org}/teams"): teams,
    ("GET", "/orgs/{org}/members/{username}"): is_member,
}
