"""The way from a registered App to a first policy, wired: what it is installed on, what arrives, what to start from."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from urllib.parse import quote

from app.adapters.github import App, Connection, GitHubForge, Interest
from app.adapters.github.connected import Delivered, default_branch, newest_deliveries
from app.adapters.github.readers import Installed, Readers
from app.adapters.github.roster import Roster
from app.adapters.github.sign_in import site
from app.bootstrap.clock import now
from app.bootstrap.proving import verifier
from app.bootstrap.registries import registries
from app.bootstrap.rotating import reading_key
from app.bootstrap.ways import way_out
from app.core.errors import Unavailable
from app.core.oci import Audience
from app.core.pull_request import PullRequestRef
from app.core.sweep import RepositoryRef
from app.jobs.evidence import Gatherer
from app.jobs.starter import StarterJob
from app.policy import PATH
from app.policy.starter import starter as starter_text
from app.settings import Secret, Settings

__all__ = ["Delivered", "Installed", "Proposal", "Starting", "starting"]

_MOST_OWNERS: Final = 5
_SEEN_SECONDS: Final = 60.0
_KEPT_SECONDS: Final = 600.0
_MOST_KEPT: Final = 20


@dataclass(frozen=True, slots=True)
class Proposal:
    """A policy to start from; `link` opens it as a new file on GitHub. `exists`: the branch has a policy already."""

    repository: RepositoryRef
    branch: str
    text: str
    link: str
    exists: bool


@dataclass(slots=True)
class Starting:
    """Answers the pages after the registration; safe under threads. At most one proposal is made at a time."""

    settings: Settings
    readers: Readers
    roster: Roster
    forge: GitHubForge
    _kept: dict[tuple[int, str], tuple[float, Proposal]] = field(default_factory=dict)
    _seen: dict[int, RepositoryRef] = field(default_factory=dict)
    _seen_until: float = 0.0
    _busy: threading.Lock = field(default_factory=threading.Lock)
    _making: threading.Lock = field(default_factory=threading.Lock)

    def close(self) -> None:
        """Let go of every connection."""
        self.readers.connection.close()

    @property
    def site(self) -> str:
        """Where people see this GitHub."""
        return site(self.settings.github_url)

    @property
    def install_url(self) -> str:
        """Where the App is installed on repositories."""
        # GitHub.com keeps the pages of Apps below one name, an enterprise server below another.
        folder = "apps" if self.site == "https://github.com" else "github-apps"
        return f"{self.site}/{folder}/{quote(self.settings.slug or '', safe='')}/installations/new"

    @property
    def key(self) -> Secret:
        """The App's private key."""
        return self.settings.app().private_key

    def times(self) -> tuple[datetime, datetime] | None:
        """Return when the App was registered, and now; `None` for one that was not registered from the setup page."""
        return None if self.settings.registered_at is None else (self.settings.registered_at, now())

    def installed(self) -> tuple[Installed, ...]:
        """Return what the App is installed on; raises `Unavailable`."""
        return self.readers.installed()

    def delivered(self) -> tuple[Delivered, ...]:
        """Return the newest deliveries, newest first; raises `Unavailable`."""
        return newest_deliveries(self.readers.connection, self.readers.app)

    def repositories(self) -> tuple[RepositoryRef, ...]:
        """Return some of the repositories that the App sees, a hundred of each owner at most; raises `Unavailable`."""
        installed = [one for one in self.installed() if not one.suspended]
        found = [ref for one in installed[:_MOST_OWNERS] for ref in self.roster.repositories(one.id, pages=1)]
        with self._busy:
            self._seen = {**self._seen, **{ref.id: ref for ref in found}}
        return tuple(sorted(found, key=str))

    def repository(self, repository_id: int) -> RepositoryRef | None:
        """Return a repository that the App sees; `None` for any other. Raises `Unavailable`."""
        with self._busy:
            known = self._seen.get(repository_id)
            if known is None and self._seen_until <= time.monotonic():
                # Those of large owners cost a call a hundred, so it is asked now and then, not for every guess.
                installed = [one for one in self.installed() if not one.suspended]
                self._seen = {ref.id: ref for one in installed for ref in self.roster.repositories(one.id)}
                self._seen_until = time.monotonic() + _SEEN_SECONDS
                known = self._seen.get(repository_id)
            return known

    def propose(self, repository: RepositoryRef) -> Proposal | None:
        """Make a policy of what the default branch holds; `None` without one. Raises `Unavailable`."""
        found = default_branch(self.readers, repository)
        if found is None:
            return None
        branch, tip, exists = found
        kept = self._kept.get((repository.id, tip))
        if kept is not None and kept[0] > time.monotonic():
            return kept[1]
        if not self._making.acquire(blocking=False):
            raise Unavailable("Another policy is being made; try again in half a minute.")
        try:
            text = self.text(repository, tip)
        finally:
            self._making.release()
        proposal = Proposal(repository, branch, text, self._link(repository, branch, text), exists)
        if len(self._kept) >= _MOST_KEPT:
            self._kept.clear()
        self._kept[repository.id, tip] = (time.monotonic() + _KEPT_SECONDS, proposal)
        return proposal

    def text(self, repository: RepositoryRef, commit: str) -> str:
        """Write a policy of what a commit holds; raises `Unavailable`."""
        place = PullRequestRef(repository.installation, repository.id, repository.owner, repository.name, 0)
        audience = Audience(repository.installation, repository.owner.lower(), repository.name.lower())
        images = registries(self.settings)
        try:
            gatherer = Gatherer(images.open(audience), verifier(self.settings), (), lambda _: False)
            return starter_text(StarterJob(self.forge.open(place), gatherer.gather).run(commit, repository.owner))
        finally:
            images.close()

    def _link(self, repository: RepositoryRef, branch: str, text: str) -> str:
        where = f"{quote(repository.owner, safe='')}/{quote(repository.name, safe='')}/new/{quote(branch)}"
        return f"{self.site}/{where}?filename={quote(PATH, safe='')}&value={quote(text, safe='')}"


def starting(settings: Settings) -> Starting:
    """Wire it; nothing is sent yet."""
    app = settings.app()
    connection = Connection.to(settings.github_url, way=way_out(settings))
    key = app.private_key.reveal()
    # Nothing is written with it, so that nothing needs a mark.
    forge = GitHubForge(
        connection,
        App(app.app_id, key, b"", settings.slug, read_key=reading_key(settings)),
        Interest(lambda _: False, (), lambda _: False),
    )
    return Starting(settings, Readers.of(connection, app.app_id, key, reading_key(settings)), forge.roster(), forge)
