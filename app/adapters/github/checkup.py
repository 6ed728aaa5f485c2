"""What GitHub says of the App itself: its registration, its webhook, its installations."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from app.adapters.github.branch_rules import RuleBook
from app.adapters.github.broker import AppToken, Grant, InstallationToken, TokenBroker
from app.adapters.github.client import Client
from app.adapters.github.connection import Connection
from app.adapters.github.failures import server_time
from app.adapters.github.operations import APP, HOOK_CONFIG, INSTALLATIONS
from app.adapters.github.queries import PAGE
from app.adapters.github.shapes import dig, needed_whole, needed_words, rows, whole, words
from app.core.diagnosis import AppSeen, Asked, HookSeen, InstallationSeen
from app.core.gate import BranchRules
from app.core.pull_request import PullRequestRef
from app.core.sweep import RepositoryRef

MAX_PAGES: Final = 50
READING: Final = (("contents", "read"), ("metadata", "read"), ("pull_requests", "read"))


@dataclass(frozen=True, slots=True)
class Checkup:
    """Asks as the App; every method raises `Unavailable`."""

    connection: Connection
    app: AppToken
    broker: TokenBroker
    book: RuleBook

    def registration(self) -> AppSeen:
        """Return the App as it is registered."""
        answer = self._client.send(APP.at())
        told, now = answer.json(), self.connection.now()
        skew = (server_time(answer.response) or now) - now
        return AppSeen(needed_whole(told, "id"), needed_words(told, "slug"), _asked(told), skew)

    def hook(self) -> HookSeen:
        """Return where deliveries go. GitHub shows a secret as stars, and none where there is none."""
        told = self._client.send(HOOK_CONFIG.at()).json()
        insecure = words(told, "insecure_ssl") or str(whole(told, "insecure_ssl") or 0)
        return HookSeen(
            url=words(told, "url") or "",
            json=words(told, "content_type") == "json",
            secret=bool(words(told, "secret")),
            verified_tls=insecure == "0",
        )

    def installations(self) -> tuple[InstallationSeen, ...]:
        """Return the installations, at most some thousands."""
        found: list[InstallationSeen] = []
        for page in range(1, MAX_PAGES + 1):
            listed = rows(
                {"rows": self._client.send(INSTALLATIONS.at().asking(per_page=PAGE, page=page)).json()}, "rows"
            )
            found += _installations(listed)
            if len(listed) < PAGE:
                break
        return tuple(found)

    def rules(self, repository: RepositoryRef, branch: str, wanted: Iterable[str]) -> BranchRules:
        """Return what is required before a merge into a branch; what cannot be read is said in it."""
        ref = PullRequestRef(repository.installation, repository.id, repository.owner, repository.name, 0)
        grant = Grant(repository.installation, repository.id, READING)
        return self.book.of(Client(self.connection, InstallationToken(self.broker, grant)), ref, (branch, wanted))

    @property
    def _client(self) -> Client:
        return Client(self.connection, self.app)


def _installations(listed: Iterable[object]) -> Iterable[InstallationSeen]:
    for row in listed:
        number, account = whole(row, "id"), words(row, "account", "login")
        if number is not None and account is not None:
            yield InstallationSeen(
                id=number,
                account=account,
                given=_asked(row),
                suspended=words(row, "suspended_at") is not None,
                whole=words(row, "repository_selection") == "all",
            )


def _asked(told: object) -> Asked:
    permissions = dig(told, "permissions")
    named = permissions if isinstance(permissions, dict) else {}
    events = rows(told, "events")
    return Asked(
        {name: level for name, level in named.items() if isinstance(level, str)},
        frozenset(one for one in events if isinstance(one, str)),
    )
