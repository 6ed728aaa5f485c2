"""How two commits of a source repository stand to each other, where the App may read that repository.

1. Only a repository of the installation's own account, on the same GitHub, with a token for exactly it that may read
   its contents. Where GitHub gives none (the App has not got this repository), nothing is known.
2. The second page of a comparison is asked for: it says the same of the two commits, and lists no file.
3. Two commits never come to stand otherwise, so that an answer is remembered, for the account that it was given to.
"""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from typing import Final
from urllib.parse import urlsplit

from app.adapters.github.broker import Grant, InstallationToken, TokenBroker
from app.adapters.github.client import Client
from app.adapters.github.connection import Connection
from app.adapters.github.operations import COMPARE
from app.adapters.github.shapes import words
from app.core.errors import Unavailable
from app.core.oci import Audience
from app.core.versions import Order

_PERMISSIONS: Final = (("contents", "read"), ("metadata", "read"))
_COMMIT: Final = re.compile(r"[0-9a-f]{40}")
_REPOSITORY: Final = re.compile(r"[a-z]+://([^/?#@]+)/([A-Za-z0-9-]{1,39})/([A-Za-z0-9._-]{1,100})")
_ORDERS: Final = {"ahead": Order.FORWARD, "behind": Order.BACK, "identical": Order.SAME, "diverged": None}
_MOST: Final = 2000

_Key = tuple[int, str, str, str]


class GitHubSourceHistory:
    """Compares commits of one GitHub; safe to share between threads."""

    def __init__(self, connection: Connection, broker: TokenBroker) -> None:
        """Bind the way and where tokens come from."""
        self._connection = connection
        self._broker = broker
        host = urlsplit(connection.url).netloc
        self._host = "github.com" if host == "api.github.com" else host
        self._known: OrderedDict[_Key, Order | None] = OrderedDict()
        self._lock = threading.Lock()

    def order(self, repository: str, commits: tuple[str, str], audience: Audience) -> Order | None:
        """Say how the second commit stands to the first; `None` for neither, or where it is not known. Never raises."""
        stated, installation = _REPOSITORY.fullmatch(repository), audience.installation
        if stated is None or installation is None or not all(map(_COMMIT.fullmatch, commits)):
            return None
        host, owner, name = stated.groups()
        if host != self._host or owner.lower() != (audience.owner or "").lower():
            return None
        key = (installation, f"{owner}/{name}".lower(), *commits)
        with self._lock:
            if key in self._known:
                self._known.move_to_end(key)
                return self._known[key]
        try:
            said = self._asked(Grant(installation, name, _PERMISSIONS), owner, commits)
        except Unavailable:
            return None
        return self._remembered(key, _ORDERS[said]) if said in _ORDERS else None

    def _asked(self, grant: Grant, owner: str, commits: tuple[str, str]) -> str:
        # Without a token nothing is asked: what everybody may read has a limit of sixty an hour for all of it.
        self._broker.token(grant)
        client = Client(self._connection, InstallationToken(self._broker, grant))
        call = COMPARE.at(owner=owner, repo=str(grant.repository), basehead="...".join(commits))
        return words(client.send(call.asking(per_page=1, page=2)).json(), "status") or ""

    def _remembered(self, key: _Key, order: Order | None) -> Order | None:
        with self._lock:
            self._known[key] = order
            while len(self._known) > _MOST:
                self._known.popitem(last=False)
        return order
