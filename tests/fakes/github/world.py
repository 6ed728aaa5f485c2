"""The world that the simulator holds: accounts, teams, installations, repositories, and one lock around all."""

from __future__ import annotations

import contextlib
import datetime as dt
import itertools
import pathlib
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from tests.fakes.github.gitobjects import Identity
from tests.fakes.github.state import ROLES, Account, Installation, Team, Token

if TYPE_CHECKING:
    from tests.fakes.github.repository import Repository

FIRST_COMMIT: Final = 1_767_225_600
"""Git dates start here and count up, so that commit ids are the same in every run."""
WEB_FLOW: Final = ("web-flow", 19_864_447, "noreply@github.com")


class World:
    """Everything that GitHub knows. Deterministic but for the clock, which tokens need."""

    def __init__(self, folder: pathlib.Path, clock: Callable[[], float]) -> None:
        self.folder: Final = folder
        self.api_url = "https://api.github.com"
        self.clock: Final = clock
        self.later = 0.0
        self.tree_limit = 100_000
        self.lock: Final = threading.RLock()
        self.accounts: Final[dict[str, Account]] = {}
        self.teams: Final[dict[tuple[str, str], Team]] = {}
        self.owners: Final[dict[str, set[str]]] = {}
        self.members: Final[dict[str, set[str]]] = {}
        self.repositories: Final[dict[int, Repository]] = {}
        self.former_names: Final[dict[str, int]] = {}
        self.installations: Final[dict[int, Installation]] = {}
        self.tokens: Final[dict[str, Token]] = {}
        self.announce: Callable[..., None] = lambda **_: None
        self.unmodelled: Final[set[str]] = set()
        self.violations: Final[list[str]] = []
        self.after: list[Callable[[], object]] = []
        self._ids = itertools.count(1001)
        self._git_time = itertools.count(FIRST_COMMIT)
        self._depth = 0
        name, number, email = WEB_FLOW
        self.accounts[name] = Account(number, name, "User", "GitHub", email)

    def new_id(self) -> int:
        """Return a number that names one thing only."""
        return next(self._ids)

    def now(self) -> str:
        """Return the time as GitHub writes it."""
        moment = dt.datetime.fromtimestamp(self.clock() + self.later, dt.UTC)
        return moment.strftime("%Y-%m-%dT%H:%M:%SZ")

    def seconds(self) -> float:
        """Return the time in seconds since 1970."""
        return self.clock() + self.later

    def git_time(self) -> int:
        """Return a second later than the last."""
        return next(self._git_time)

    @contextlib.contextmanager
    def change(self) -> Iterator[None]:
        """Hold the world still; what was announced meanwhile is sent after the lock is free again."""
        waiting: list[Callable[[], object]] = []
        with self.lock:
            self._depth += 1
            try:
                yield
            finally:
                self._depth -= 1
                if not self._depth:
                    waiting, self.after = self.after, []
        for send in waiting:
            send()

    def account(self, who: str | Account) -> Account:
        """Return an account, made when it is new: a user, or a bot when the login says so."""
        if isinstance(who, Account):
            return who
        if who.lower() not in self.accounts:
            number = self.new_id()
            kind = "Bot" if who.endswith("[bot]") else "User"
            email = f"{number}+{who}@users.noreply.github.com"
            self.accounts[who.lower()] = Account(number, who, kind, who, email)
        return self.accounts[who.lower()]

    def known(self, login: str) -> Account | None:
        """Return an account that exists."""
        found = self.accounts.get(login.lower())
        return None if found is None or found.deleted else found

    def by_email(self, email: str) -> Account | None:
        """Return the account that a commit's email address belongs to."""
        return next((a for a in self.accounts.values() if a.email.lower() == email.lower() and not a.deleted), None)

    def identity(self, who: str | Account | Identity | None, when: int) -> Identity:
        """Return how a person signs a commit."""
        if isinstance(who, Identity):
            return Identity(who.name, who.email, who.when or when)
        account = self.account(who or "octocat")
        return Identity(account.name, account.email, when)

    def repository(self, full_name: str) -> Repository | None:
        """Return the repository that has this name now."""
        name = full_name.lower()
        return next((r for r in self.repositories.values() if r.full_name.lower() == name and not r.deleted), None)

    def installation_of(self, repository: Repository) -> Installation | None:
        """Return the installation that covers a repository."""
        for installation in self.installations.values():
            if installation.account is repository.owner and (
                installation.repositories is None or repository.id in installation.repositories
            ):
                return installation
        return None

    def team_members(self, team: Team) -> dict[str, str]:
        """Return the active members of a team and its child teams with their roles."""
        found = dict(team.members)
        for child in self.teams.values():
            if child.parent is team:
                found = {**self.team_members(child), **found}
        return {login: role for login, role in found.items() if self.known(login)}

    def emit(self, event: str, action: str | None, repository: Repository, sender: Account, **values: Any) -> None:  # noqa: ANN401 - any JSON
        """Announce what happened to the App, if it is installed there and subscribes to the event."""
        self.announce(event=event, action=action, repository=repository, sender=sender, values=values)

    @staticmethod
    def highest(roles: Mapping[str, str] | list[str]) -> str:
        """Return the strongest of some roles."""
        found = list(roles.values()) if isinstance(roles, Mapping) else roles
        return max(found, key=ROLES.index, default="none")
