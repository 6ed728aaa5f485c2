"""Pages for people, wired: who signs in, who may read, what was recorded, what waits."""

from __future__ import annotations

import hashlib
import hmac
import importlib.metadata
import platform
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import partial

from app.adapters.github import Connection
from app.adapters.github.readers import Readers
from app.adapters.github.sign_in import SignIn, site
from app.adapters.github.tips import default_tip
from app.adapters.ledger.pages import LedgerPages
from app.adapters.work_queue import WorkInbox
from app.adapters.work_queue.looking import Looking
from app.bootstrap.clock import now
from app.bootstrap.doctoring import diagnose
from app.bootstrap.rotating import reading_key
from app.bootstrap.ways import way_out
from app.core.diagnosis import Diagnosis
from app.core.release import VERSION
from app.core.sweep import RepositoryRef
from app.jobs.open_waivers import OpenWaivers, open_waivers
from app.jobs.ports import Clock
from app.settings import Settings

CALLBACK = "/sign-in/callback"
"""Where GitHub sends people back to; one of the App's callback URLs."""

_PATIENCE = 5.0


@dataclass(frozen=True, slots=True)
class Paging:
    """What the pages need. `url` is where they are reached, `site` where people see GitHub.

    `secret` seals what browsers hold. `operators` are logins in lower case. `replay` runs work again that was given up,
    `diagnose` looks at the whole installation.
    """

    url: str
    site: str
    secret: bytes = field(repr=False)
    sign_in: SignIn
    readers: Readers
    records: LedgerPages
    queue: Looking
    replay: Callable[[str], bool]
    operators: frozenset[str]
    diagnose: Callable[[], Iterable[Diagnosis]]
    clock: Clock = now

    def waivers(self, repository: RepositoryRef) -> OpenWaivers | None:
        """Read the waivers on the default branch; `None` for an empty repository. Raises `Unavailable`."""
        tip = default_tip(self.readers, repository)
        return None if tip is None else open_waivers(tip, (tip.branch, tip.commit), self.clock)

    @property
    def secure(self) -> bool:
        """Whether browsers reach the pages over HTTPS; plain HTTP is for this machine only."""
        return self.url.startswith("https://")

    def versions(self) -> tuple[tuple[str, str], ...]:
        """Return what runs, with its versions; raises `Unavailable` when the database does not answer."""
        return (
            ("Assay", VERSION),
            ("Python", platform.python_version()),
            ("Database", self.records.version()),
            ("sigstore", importlib.metadata.version("sigstore")),
        )


def paging(settings: Settings, inbox: WorkInbox) -> Paging | None:
    """Wire the pages; `None` where nobody can sign in. Nothing is connected or sent before the first page."""
    url, client, secret = settings.pages_url, settings.client_id, settings.client_secret
    if url is None or client is None or secret is None:
        return None
    app = settings.app()
    key = app.private_key.reveal()
    # Somebody waits for the page: a try that fails is repeated at once, or not at all.
    github = replace(Connection.to(settings.github_url, way=way_out(settings)), timeout=_PATIENCE, sleep=lambda _: None)
    database = settings.database_url.reveal()
    return Paging(
        url=url,
        site=site(settings.github_url),
        secret=hmac.new(key.encode(), b"assay pages", hashlib.sha256).digest(),
        sign_in=SignIn(github, client, secret.reveal(), url + CALLBACK),
        readers=Readers.of(github, app.app_id, key, reading_key(settings)),
        records=LedgerPages(database),
        queue=Looking(database),
        replay=inbox.replay,
        operators=settings.operators,
        diagnose=partial(diagnose, settings),
    )
