"""Who may read a repository, asked of GitHub as the App at the moment when somebody wants to see a page of it."""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Self

from app.adapters.github.broker import AppToken, Grant, InstallationToken, TokenBroker
from app.adapters.github.client import Client
from app.adapters.github.connection import Connection
from app.adapters.github.failures import Refused
from app.adapters.github.operations import APP, INSTALLATIONS, OPERATIONS, PERMISSION, RATE_LIMIT, REPOSITORY
from app.adapters.github.people import NOT_FOUND
from app.adapters.github.reading import permission
from app.adapters.github.shapes import dig, rows, whole, words
from app.core.errors import Unavailable
from app.core.pull_request import Permission, Person
from app.core.sweep import RepositoryRef

PERMISSIONS: Final = (("metadata", "read"),)
_LEVELS: Final = {"read": 1, "write": 2, "admin": 3}
_PAGE: Final = 100
_LAST_SECOND: Final = 2**33
MOST_BUDGETS: Final = 10
LONGEST: Final = 10.0  # seconds that budgets are asked for: somebody waits for them
_UNAUTHORIZED: Final = 401


class Standing(enum.Enum):
    """Whether somebody may read a repository; `SOMEBODY_ELSE`: the login is no longer this person's."""

    MAY = "may"
    MAY_NOT = "may not"
    SOMEBODY_ELSE = "somebody else"


@dataclass(frozen=True, slots=True)
class Seen:
    """A repository as GitHub names it now."""

    owner: str
    name: str
    default_branch: str


@dataclass(frozen=True, slots=True)
class Installed:
    """One installation of the App: whose it is, and the permissions (`name: level`) that were not approved there."""

    id: int
    owner: str
    suspended: bool
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Budget:
    """How many requests GitHub still takes from one installation; `reset` is when it takes all of them again."""

    owner: str
    remaining: int
    limit: int
    reset: datetime


@dataclass(frozen=True, slots=True)
class Readers:
    """Asks as the App, with tokens that may read one repository's metadata and nothing else."""

    connection: Connection
    broker: TokenBroker
    app: AppToken

    @classmethod
    def of(
        cls, connection: Connection, app_id: int, private_key: str, read_key: Callable[[], str | None] | None = None
    ) -> Self:
        """Bind the App; nothing is sent yet. `read_key` reads the key again, `None` when that cannot be had now."""
        app = AppToken(connection, app_id, private_key, read_key)
        return cls(connection, TokenBroker(connection, app), app)

    def standing(self, place: RepositoryRef, person: Person) -> tuple[Standing, Seen | None]:
        """Say whether somebody may read a repository, which is `Seen` where they may. Raises `Unavailable`.

        1. The repository under the name that is known of it, wherever that leads: its id must be the one asked for.
        2. The person's permission in it, under the names it has now: the id in the answer must be the person's.

        Where the App itself sees nothing (it was uninstalled, the repository is gone) nobody may.
        """
        grant = Grant(place.installation, place.id, PERMISSIONS)
        client = Client(self.connection, InstallationToken(self.broker, grant))
        try:
            told = client.send(REPOSITORY.at(owner=place.owner, repo=place.name)).json()
        except Unavailable as failure:
            if _is_no(failure):
                return Standing.MAY_NOT, None
            raise
        owner, name = words(told, "owner", "login"), words(told, "name")
        if whole(told, "id") != place.id or owner is None or name is None:
            return Standing.MAY_NOT, None
        found = _permission(client, (owner, name), person)
        seen = Seen(owner, name, words(told, "default_branch") or "")
        return found, seen if found is Standing.MAY else None

    def answers(self) -> None:
        """Raise `Unavailable` when GitHub does not answer the App."""
        self._as_app().send(APP.at())

    def installed(self) -> tuple[Installed, ...]:
        """Return the first hundred installations with what each lacks; raises `Unavailable`."""
        told = self._as_app().send(INSTALLATIONS.at().asking(per_page=_PAGE)).json()
        needs = _needs()
        return tuple(
            Installed(
                number,
                words(row, "account", "login") or "?",
                words(row, "suspended_at") is not None,
                tuple(f"{name}: {level}" for name, level in needs if not _holds(row, name, level)),
            )
            for row in rows({"rows": told}, "rows")
            if (number := whole(row, "id")) is not None
        )

    def office(self) -> tuple[tuple[Installed, ...], tuple[Budget, ...]]:
        """Return the installations, and the budgets of the first few; asking for these costs none. As `installed`."""
        installed = self.installed()
        until = self.connection.now() + LONGEST
        found: list[Budget] = []
        for one in [each for each in installed if not each.suspended][:MOST_BUDGETS]:
            budget = self._budget(one) if self.connection.now() < until else None
            found += [] if budget is None else [budget]
        return installed, tuple(found)

    def _budget(self, one: Installed) -> Budget | None:
        grant = Grant(one.id, None, PERMISSIONS)
        try:
            told = Client(self.connection, InstallationToken(self.broker, grant)).send(RATE_LIMIT.at()).json()
        except Unavailable:
            return None  # one installation that is gone hides none of the others
        core = dig(told, "resources", "core")
        remaining, limit, reset = whole(core, "remaining"), whole(core, "limit"), whole(core, "reset")
        if remaining is None or limit is None or reset is None or not 0 <= reset < _LAST_SECOND:
            return None
        return Budget(one.owner, remaining, limit, datetime.fromtimestamp(reset, UTC))

    def _as_app(self) -> Client:
        return Client(self.connection, self.app)


def _permission(client: Client, names: tuple[str, str], person: Person) -> Standing:
    owner, name = names
    try:
        told = client.send(PERMISSION.at(owner=owner, repo=name, username=person.login)).json()
    except Refused as refused:
        if refused.status == NOT_FOUND:
            return Standing.SOMEBODY_ELSE  # nobody is called that now
        raise
    if whole(told, "user", "id") != person.id:
        return Standing.SOMEBODY_ELSE
    return Standing.MAY if permission(told) >= Permission.READ else Standing.MAY_NOT


def _is_no(failure: Unavailable) -> bool:
    """Say whether GitHub said that the App sees nothing there; that it does not know the App at all is no such no."""
    return failure.permanent and not (isinstance(failure, Refused) and failure.status == _UNAUTHORIZED)


def _needs() -> tuple[tuple[str, str], ...]:
    """Return the permissions that all calls of the App need together, each at the highest level."""
    highest: dict[str, str] = {}
    for operation in OPERATIONS:
        for name, level in operation.needs:
            highest[name] = max(level, highest.get(name, level), key=lambda one: _LEVELS[one])
    return tuple(sorted(highest.items()))


def _holds(row: object, name: str, level: str) -> bool:
    return _LEVELS.get(words(dig(row, "permissions"), name) or "", 0) >= _LEVELS[level]
