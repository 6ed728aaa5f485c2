"""Organizations, their teams, and the App's installations on them, with what GitHub announces of each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from tests.fakes.github import wire
from tests.fakes.github.app import App
from tests.fakes.github.deliveries import Deliveries
from tests.fakes.github.repository import Repository
from tests.fakes.github.state import Account, Installation, Team
from tests.fakes.github.world import World


def found(world: World, login: str, *, members: Iterable[str], owners: Iterable[str]) -> Account:
    """Make an organization with its people."""
    account = world.account(login)
    account.kind = "Organization"
    key = account.login.lower()
    world.owners[key] = {world.account(one).login.lower() for one in owners}
    world.members[key] = {world.account(one).login.lower() for one in members} | world.owners[key]
    return account


def team(
    world: World, full_slug: str, members: Iterable[str], *, parent: str | None = None, pending: Iterable[str] = ()
) -> Team:
    """Make or change a team."""
    organization, slug = full_slug.lower().split("/")
    logins = {world.account(one).login.lower(): "member" for one in members}
    invited = {world.account(one).login.lower() for one in pending}
    above = world.teams[organization, parent.split("/")[-1].lower()] if parent else None
    world.members.setdefault(organization, set()).update(logins)
    made = Team(world.new_id(), organization, slug, logins, invited, above)
    known = world.teams.setdefault((organization, slug), made)
    known.members, known.pending, known.parent = logins, invited, above
    return known


def join(world: World, hook: Deliveries, full_slug: str, login: str) -> None:
    """Add somebody to a team and announce it."""
    organization, slug = full_slug.lower().split("/")
    one, account = world.teams[organization, slug], world.account(login)
    with world.change():
        one.members[account.login.lower()] = "member"
        one.pending.discard(account.login.lower())
        world.members.setdefault(organization, set()).add(account.login.lower())
        membership(hook, "added", one, account)


def leave(world: World, hook: Deliveries, full_slug: str, login: str) -> None:
    """Take somebody out of a team and announce it."""
    organization, slug = full_slug.lower().split("/")
    one, account = world.teams[organization, slug], world.account(login)
    with world.change():
        del one.members[account.login.lower()]
        membership(hook, "removed", one, account)


def membership(hook: Deliveries, action: str, one: Team, account: Account) -> None:
    """Announce a change of a team's members, where the App is installed and subscribes to it."""
    world = hook.world
    organization = world.account(one.organization)
    values = {
        "scope": "team",
        "member": wire.account(account),
        "team": wire.team(world, one),
        "organization": {"login": organization.login, "id": organization.id},
    }
    for installation in world.installations.values():
        if installation.account is organization and "membership" in installation.events and not installation.suspended:
            hook.deliver("membership", action, installation, values, sender=organization)


def install(
    app: App, login: str, repositories: Iterable[Repository] | None, permissions: Mapping[str, str] | None
) -> Installation:
    """Install the App on an account, in place of an earlier installation there, and announce it."""
    world = app.world
    account = world.account(login)
    chosen = None if repositories is None else {repository.id for repository in repositories}
    held = dict(permissions or app.permissions) | {"metadata": "read"}
    one = Installation(world.new_id(), account, chosen, held, app.events)
    with world.change():
        for number in [old.id for old in world.installations.values() if old.account is account]:
            del world.installations[number]
        world.installations[one.id] = one
        announce(app.deliveries, one, "created")
    return one


def turn(hook: Deliveries, one: Installation, action: str, suspended: str | None) -> None:
    """Suspend, unsuspend or delete an installation and announce it: these events need no subscription."""
    with hook.world.change():
        one.suspended = suspended
        announce(hook, one, action)


def announce(hook: Deliveries, one: Installation, action: str) -> None:
    """Announce what happened to an installation."""
    app, slug = hook.app
    hook.deliver(
        "installation", action, one, {"installation": wire.installation(hook.world, one, app, slug)}, sender=one.account
    )
