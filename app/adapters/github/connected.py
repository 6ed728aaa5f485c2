"""Whether an App is connected: the newest deliveries, and the branch that a repository begins with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from app.adapters.github.broker import AppToken, Grant, InstallationToken
from app.adapters.github.client import Client
from app.adapters.github.connection import Connection
from app.adapters.github.operations import DELIVERIES, OPEN_PULL_REQUESTS
from app.adapters.github.readers import Readers
from app.adapters.github.roster import DEFAULT_BRANCH, PERMISSIONS, POLICY
from app.adapters.github.shapes import dig, moment, rows, whole, words
from app.core.errors import Unavailable
from app.core.sweep import RepositoryRef

_NEWEST: Final = 20
_OK: Final = range(200, 300)


@dataclass(frozen=True, slots=True)
class Delivered:
    """One attempt of a delivery, as GitHub tells it; `status` is the answer's, 0 where there was none."""

    event: str
    at: datetime | None
    status: int

    @property
    def arrived(self) -> bool:
        """Whether it was taken."""
        return self.status in _OK


def newest_deliveries(connection: Connection, app: AppToken) -> tuple[Delivered, ...]:
    """Return the newest deliveries, newest first; raises `Unavailable`."""
    told = Client(connection, app).send(DELIVERIES.at().asking(per_page=_NEWEST)).json()
    return tuple(
        Delivered(words(row, "event") or "?", moment(row, "delivered_at"), whole(row, "status_code") or 0)
        for row in rows({"rows": told}, "rows")
    )


def default_branch(readers: Readers, repository: RepositoryRef) -> tuple[str, str, bool] | None:
    """Return the default branch, its tip, and whether it has a policy; `None` for an empty repository.

    Raises `Unavailable`.
    """
    grant = Grant(repository.installation, repository.id, PERMISSIONS)
    client = Client(readers.connection, InstallationToken(readers.broker, grant))
    names = {"owner": repository.owner, "name": repository.name, "path": POLICY}
    told = client.ask(OPEN_PULL_REQUESTS, DEFAULT_BRANCH, names).data
    if whole(told, "repository", "databaseId") != repository.id:
        raise Unavailable(f"{repository} is another repository now, or not to be read.", permanent=True)
    branch = dig(told, "repository", "defaultBranchRef")
    name, tip = words(branch, "name"), words(branch, "target", "oid")
    if name is None or tip is None:
        return None
    return name, tip, dig(branch, "target", "file") is not None
