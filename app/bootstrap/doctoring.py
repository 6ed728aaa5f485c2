"""The doctor: what of this machine and of GitHub is looked at."""

from __future__ import annotations

import shutil
import stat
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from app import formats
from app.adapters.database import newer_version, open_engine, reachable
from app.adapters.dsse_key import SigningKey
from app.adapters.github import App, Connection, GitHubForge, Interest
from app.adapters.ledger import DatabaseChain
from app.adapters.work_queue.looking import Looking
from app.bootstrap.clock import now
from app.bootstrap.floor import operator_floor
from app.bootstrap.proving import exploit_lists, verifier
from app.bootstrap.registries import registries
from app.bootstrap.setting_up import manifest
from app.bootstrap.terminal import terminal_audience
from app.bootstrap.ways import way_out
from app.core.diagnosis import Asked, Diagnosis, Health
from app.core.errors import Unavailable
from app.jobs.doctor import Check, Expected, GitHubDoctor, examine, roots
from app.policy import PATH
from app.settings import Settings

FINE, LOOK, WRONG = Health.FINE, Health.LOOK, Health.WRONG
_PATIENCE = 5.0
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def diagnose(settings: Settings) -> Iterator[Diagnosis]:
    """Look at everything, the machine first; what cannot be asked is told."""
    machine = Machine(settings)
    yield from examine(machine.checks())
    if not settings.registered:
        remedy = "Start `assay serve`: its first page registers one (docs/operations.md)."
        yield Diagnosis("GitHub App", "registration", WRONG, "no App is registered", remedy)
        return
    connection = Connection.to(settings.github_url, settings.bundle_hosts, way_out(settings))
    try:
        app = settings.app()
        identity = App(app.app_id, app.private_key.reveal(), b"")
        forge = GitHubForge(connection, identity, Interest(formats.reads, (PATH,), formats.may_move))
        writing = frozenset(one.partition("/")[0] for one in settings.evidence_files)
        floor = settings.floor_file is not None
        expected = Expected(app.app_id, _asked(), settings.public_url, floor=floor, writing=writing)
        yield from examine(GitHubDoctor(forge.checkup(), forge.roster(), now, expected).checks())
    finally:
        connection.close()


def _asked() -> Asked:
    wanted = manifest()
    permissions, events = wanted.get("default_permissions"), wanted.get("default_events")
    return Asked(
        dict(permissions) if isinstance(permissions, dict) else {},
        frozenset(events) if isinstance(events, list) else frozenset(),
    )


@dataclass(frozen=True, slots=True)
class Machine:
    """Looks at settings, files, programs, the database, trusted roots and registries."""

    settings: Settings

    def checks(self) -> tuple[tuple[str, Check], ...]:
        """Return what is to be looked at, each with its area."""
        return (
            ("settings", self.files),
            ("settings", self.addresses),
            ("programs", self.programs),
            ("database", self.database),
            ("trusted roots", lambda: roots(verifier(self.settings).roots())),
            ("registries", self.registries),
        )

    def files(self) -> Iterator[Diagnosis]:
        """Look at the files that settings name: readable, and private where they hold a secret."""
        exploit_lists(self.settings)
        operator_floor(self.settings)
        ledger = self.settings.ledger_key_file
        if ledger is not None:
            try:
                SigningKey(ledger.read_bytes())
            except OSError as error:
                raise Unavailable(f"ASSAY_LEDGER_KEY_FILE: {ledger} cannot be read ({error.strerror}).") from error
        keys = (ledger, self.settings.private_key_file, self.settings.registration_file, self.settings.registry_config)
        for file in (one for one in (*keys, self._database_file()) if one is not None):
            if file.exists() and file.stat().st_mode & _OTHERS:
                remedy = f"chmod 600 {file}"
                yield Diagnosis("settings", str(file), WRONG, "others on this machine may read or write it", remedy)
        yield Diagnosis("settings", "all", FINE, "read without a mistake")

    def addresses(self) -> Iterator[Diagnosis]:
        """Say what is off because an address or a sign-in is not set."""
        if self.settings.public_url is None:
            remedy = "Set ASSAY_PUBLIC_URL to where people reach this server."
            yield Diagnosis("settings", "pages", LOOK, "no page is shown: this server's address is not set", remedy)
        elif self.settings.client_id is None:
            remedy = "Set ASSAY_CLIENT_ID and ASSAY_CLIENT_SECRET, from the App's settings page."
            yield Diagnosis("settings", "pages", LOOK, "no page is shown: nobody can sign in", remedy)
        else:
            yield Diagnosis("settings", "pages", FINE, self.settings.public_url)

    def programs(self) -> Iterator[Diagnosis]:
        """Look for the programs that settings make use of."""
        wanted = ["git"] if self.settings.git_fetch is not None else []
        wanted += ["kustomize", "helm"] if self.settings.render else []
        for name in wanted:
            if shutil.which(name) is None:
                off = "ASSAY_GIT_FETCH=off" if name == "git" else "ASSAY_RENDER=off"
                yield Diagnosis("programs", name, WRONG, "not installed", f"Install it, or set {off}.")
            else:
                yield Diagnosis("programs", name, FINE, "installed")

    def database(self) -> Iterator[Diagnosis]:
        """Ask the database, and look at what waits in it."""
        url = self.settings.database_url.reveal()
        file = self._database_file()
        if file is not None and not file.exists():
            remedy = "It is made at the first start."
            yield Diagnosis("database", "tables", LOOK, f"{file} is not there yet", remedy)
            return
        engine = open_engine(url, patience=_PATIENCE, size=1)
        try:
            reachable(engine)
            newer = newer_version(engine)
        finally:
            engine.dispose()
        if newer:
            yield Diagnosis("database", "version", WRONG, newer)
            return
        yield Diagnosis("database", "answer", FINE, "SQLite" if file is not None else "PostgreSQL")
        with closing(Looking(url)) as looking:
            given_up = len(looking.queue().given_up)
        if given_up:
            said = f"{given_up} pieces of work were given up"
            yield Diagnosis("database", "given up", LOOK, said, "See the operator's page, or push or recheck there.")
        else:
            yield Diagnosis("database", "given up", FINE, "nothing was given up")
        yield from self._copied(url)

    def _copied(self, url: str) -> Iterator[Diagnosis]:
        """Say how many records of merges wait to be copied, where the operator wants copies."""
        if self.settings.ledger_key_file is None or self.settings.ledger_copy is None:
            return
        with closing(DatabaseChain(url)) as chain:
            left = chain.uncopied_count()
        where = ":".join(self.settings.ledger_copy)
        if left:
            said = f"{left} not copied to {where} yet"
            remedy = "The next sweeps copy them, a hundred a repository; the worker's log says what stands in the way."
            yield Diagnosis("database", "records of merges", LOOK, said, remedy)
        else:
            yield Diagnosis("database", "records of merges", FINE, f"all are copied to {where}")

    def registries(self) -> Iterable[Diagnosis]:
        """Ask each registry that a credential is stored for to let us in."""
        opened = registries(self.settings, terminal=True)
        try:
            registry = opened.open(terminal_audience())
            for host in sorted({one.host for one in self.settings.registry_logins}):
                why = registry.knock(host)
                remedy = (
                    "Check the credential (ASSAY_REGISTRY_AUTH) and whether this machine reaches it." if why else ""
                )
                yield Diagnosis("registries", host, WRONG if why else FINE, why or "lets us in", remedy)
        finally:
            opened.close()

    def _database_file(self) -> Path | None:
        url = self.settings.database_url.reveal()
        return Path(url.removeprefix("sqlite:///")) if url.startswith("sqlite:///") else None
