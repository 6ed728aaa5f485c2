"""Accounts and teams as GraphQL shows them."""

from __future__ import annotations

from tests.fakes.github.graph.paging import Node, connection
from tests.fakes.github.state import Account, Team
from tests.fakes.github.wire import SITE, node
from tests.fakes.github.world import World


def actor(who: Account) -> Node | None:
    """Return who did something: null when deleted; a bot's login comes without its suffix."""
    return None if who.deleted else _account(who, who.short_login, who.kind)


def git_user(who: Account | None) -> Node | None:
    """Return whom a commit's email address belongs to: always a `User`, bots with their whole login."""
    return None if who is None or who.deleted else _account(who, who.login, "User")


def _account(who: Account, login: str, kind: str) -> Node:
    return {
        "__typename": kind,
        "id": node(who.kind, who.id),
        "databaseId": who.id,
        "login": login,
        "name": who.name,
        "email": "",
        "url": f"{SITE}/{login}",
        "avatarUrl": lambda **_: f"https://avatars.test/{who.id}",
    }


def team_node(world: World, team: Team) -> Node:
    """Return a team; its members are those of its child teams too, unless asked otherwise."""

    def members(membership: str = "ALL", role: str | None = None, **page: object) -> Node:
        every = world.team_members(team)
        own = {login: kind for login, kind in team.members.items() if world.known(login)}
        chosen = {"ALL": every, "IMMEDIATE": own}.get(membership, {k: v for k, v in every.items() if k not in own})
        logins = sorted(login for login, kind in chosen.items() if role in (None, kind.upper()))
        return connection(logins, lambda login: git_user(world.account(login)))(**page)

    return {
        "__typename": "Team",
        "id": node("T", team.id),
        "databaseId": team.id,
        "name": team.slug,
        "slug": team.slug,
        "combinedSlug": f"{team.organization}/{team.slug}",
        "parentTeam": lambda: team_node(world, team.parent) if team.parent else None,
        "members": members,
    }
