"""The one place that knows jobs and adapters: settings in, programs ready to run out."""

from __future__ import annotations

import hashlib
import hmac
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from app import formats
from app.adapters.evidence_cache import EvidenceCache
from app.adapters.exploit_lists import UnusableExploitList, read_known_exploited, read_likelihoods
from app.adapters.fresh_roots import DEFAULT, FreshRoots, RootFiles, open_roots, read_root
from app.adapters.git_clone import GitClone
from app.adapters.github import App, Connection, GitHubAttestations, GitHubForge, Interest
from app.adapters.ledger import DatabaseLedger, prepare_ledger
from app.adapters.log_lines import configure_logs
from app.adapters.oci_layout import OciLayout
from app.adapters.oci_registry import InvalidCredentials, OciRegistries, RegistrySettings, read_credentials
from app.adapters.work_queue import Again, Done, Work, WorkInbox, prepare
from app.core.assessment import Assessment
from app.core.attestation import Attached
from app.core.errors import Unavailable, Unsaid
from app.core.exploited import ExploitLists
from app.core.oci import Audience, Digest
from app.jobs.assess import Assessor
from app.jobs.commit_range import CommitRangeJob
from app.jobs.evidence import Gatherer
from app.jobs.ports import Registry
from app.jobs.pull_request import PullRequestJob
from app.jobs.search import Beyond, Search
from app.jobs.verify_image import VerifyJob, Wish
from app.policy import PATH
from app.settings import Secret, Settings, SettingsError

_log = logging.getLogger(__name__)
_T = TypeVar("_T")
_TERMINAL = "the person at the terminal"


def now() -> datetime:
    """Say what time it is: the program's only clock."""
    return datetime.now(UTC)  # noqa: TID251 - the one place where the clock port is served


def logs(settings: Settings) -> None:
    """Send the process's logs to standard error as lines of JSON that hold none of the settings' secrets."""
    configure_logs(secret.reveal() for secret in _secrets(settings))


def make_tables(settings: Settings) -> None:
    """Create or migrate every table; run before web and worker start."""
    url = settings.database_url.reveal()
    make_ledger(settings)
    prepare(url)


def make_ledger(settings: Settings) -> None:
    """Create or migrate the ledger's tables, and the folder of an SQLite file."""
    url = settings.database_url.reveal()
    if url.startswith("sqlite:///"):
        Path(url.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
    prepare_ledger(url)


def inbox(settings: Settings) -> WorkInbox:
    """Open the side of the queue that the web puts work in."""
    return WorkInbox(settings.database_url.reveal())


def verifier(settings: Settings, only: Path | None = None) -> FreshRoots:
    """Load the trusted roots that come with the program and the operator's, or `only` one file's.

    Raises `UnusableTrustedRoot`.
    """
    if only is not None:
        return FreshRoots((read_root(DEFAULT, only),), now)
    return open_roots(RootFiles(settings.trusted_root, settings.trusted_roots, settings.tuf), now)


def exploit_lists(settings: Settings) -> ExploitLists:
    """Read the operator's lists of exploitation; raises `SettingsError` for a file that is not what it must be."""
    return ExploitLists(
        _list("ASSAY_KEV_FILE", settings.kev_file, read_known_exploited),
        _list("ASSAY_EPSS_FILE", settings.epss_file, read_likelihoods),
    )


def _list(variable: str, path: Path | None, read: Callable[[Path], _T]) -> _T | None:
    try:
        return None if path is None else read(path)
    except UnusableExploitList as error:
        raise SettingsError(variable, str(error)) from error


def registries(settings: Settings, *, terminal: bool = False) -> OciRegistries:
    """Open registries with the operator's credentials; at the terminal each may be used by the person there."""
    config = settings.registry_config
    logins = "\n".join(f"{one.host}={one.user}:{one.password.reveal()}" for one in settings.registry_logins)
    try:
        credentials = read_credentials(
            docker_config=None if config is None else config.read_text(encoding="utf-8"),
            environment=logins or None,
            users={} if terminal else settings.credential_users,
            owner=_TERMINAL if terminal else settings.owner,
        )
    except InvalidCredentials as error:
        # The logins of the environment were read before: it is the file that is wrong.
        raise InvalidCredentials(f"ASSAY_REGISTRY_CONFIG: {error} ({config}); correct the file.") from error
    return OciRegistries(RegistrySettings(credentials, settings.private_registries, settings.realms))


def terminal_audience() -> Audience:
    """Name the person at the terminal, whose credentials these are."""
    return Audience(owner=_TERMINAL)


class CurrentRegistries:
    """The operator's registries, read anew when their credentials change; jobs that run keep what they opened."""

    def __init__(self, settings: Settings) -> None:
        """Read the credentials; raises `InvalidCredentials`."""
        self._settings = settings
        self._registries = registries(settings)

    def open(self, audience: Audience) -> Registry:
        """Open the registries for an audience."""
        return self._registries.open(audience)

    def reload(self) -> None:
        """Read the credentials again; what cannot be read leaves the last good ones in force."""
        try:
            self._registries = registries(self._settings)
        except (InvalidCredentials, OSError, UnicodeDecodeError) as error:
            _log.warning("the registry credentials cannot be read, the last ones stay in force: %s", error)

    def close(self) -> None:
        """Close connections that are kept open."""
        self._registries.close()


@dataclass(frozen=True, slots=True)
class WorkerProgram:
    """What the worker runs: `handle` looks at one pull request, `show_crash` says on it that a look failed.

    `recheck` is the same job without a memory: a person who asks again has just added what was missing. `reload` reads
    the registry credentials again; `refresh` fetches fresh trusted roots where the operator wants them.
    """

    job: PullRequestJob
    recheck: PullRequestJob
    reload: Callable[[], None]
    closing: tuple[Callable[[], None], ...] = ()
    refresh: Callable[[], bool] | None = None

    def close(self) -> None:
        """Let go of every connection."""
        for close in self.closing:
            close()

    def handle(self, work: Work) -> Done | Again:
        """Look; an assessment that lacks an answer of the world is tried again.

        Raises `Unavailable` when GitHub or the database does not answer, after it was tried to show that.
        """
        try:
            job = self.job if work.recheck_by is None else self.recheck
            return _after(job.run(work.ref, work.recheck_by))
        except Unsaid:
            raise  # the statuses say what they should, and do not depend on the comment
        except Unavailable:
            self._show_unread(work)
            raise

    def _show_unread(self, work: Work) -> None:
        try:
            self.job.show_unread(work.ref)
        except Unavailable as error:
            _log.warning("that could not be shown either: %s", error)

    def show_crash(self, work: Work) -> None:
        """Set both statuses to `error`, with a reference that the log lines carry as `delivery`."""
        self.job.show_crash(work.ref, work.delivery[:36])


def worker_program(settings: Settings) -> WorkerProgram:
    """Wire the main job."""
    app = settings.app()
    key = app.private_key.reveal()
    # Derived, so that it needs no setting of its own; it only marks our comment, GitHub says whose it is.
    marker = hmac.new(key.encode(), b"assay comment marker", hashlib.sha256).digest()
    interest = Interest(reads=formats.reads, policy_paths=(PATH,))
    github, images, ledger = (
        Connection.to(settings.github_url),
        CurrentRegistries(settings),
        DatabaseLedger(settings.database_url.reveal()),
    )
    forge, cache = GitHubForge(github, App(app.app_id, key, marker), interest), EvidenceCache(images)
    beyond = Beyond(cache.before(forge.attestations()), settings.mirrors)
    proving, lists = verifier(settings), exploit_lists(settings)
    job = PullRequestJob(
        forge=forge,
        assessor=Assessor(cache, proving, beyond, lists),
        ledger=ledger,
        clock=now,
        floor_required=settings.floor_required,
    )
    refresh = None if settings.tuf is None else proving.refresh
    anew = Assessor(images, proving, Beyond(forge.attestations(), settings.mirrors), lists)
    return WorkerProgram(
        job, replace(job, assessor=anew), images.reload, (github.close, images.close, ledger.close), refresh
    )


def commit_range_job(folder: str, settings: Settings) -> CommitRangeJob:
    """Wire the review of a local range."""
    # At the terminal there is no App: GitHub is asked as everybody.
    beyond = Beyond(GitHubAttestations(Connection.to(settings.github_url)), settings.mirrors)
    assessor = Assessor(registries(settings, terminal=True), verifier(settings), beyond, exploit_lists(settings))
    return CommitRangeJob(GitClone(folder), assessor, now, terminal_audience())


def verify_job(wish: Wish, settings: Settings, only: Path | None = None) -> VerifyJob:
    """Wire the verification of one image or bundle, against `only` this trusted root where one is given."""
    return VerifyJob(verifier(settings, only), wish)


def search(job: VerifyJob, registry: Registry, settings: Settings) -> Search:
    """Search for what a verification asks, in a registry or a layout and wherever else the main job would look."""
    gatherer = Gatherer(registry, job.verifier, job.keys())
    beyond = Beyond(_PublicAttestations(settings.github_url), settings.mirrors)
    return Search(gatherer, job.wish, beyond, terminal_audience())


@dataclass(frozen=True, slots=True)
class _PublicAttestations:
    """GitHub's attestations as everybody may read them, over a connection of its own that is open while it asks.

    To open one costs about as much as to verify an image, which mostly asks GitHub nothing.
    """

    url: str

    def fetch(self, repository: str, digest: Digest, audience: Audience) -> Attached:
        """Fetch what GitHub keeps in `owner/repository` for a digest; never raises."""
        connection = Connection.to(self.url)
        try:
            return GitHubAttestations(connection).fetch(repository, digest, audience)
        finally:
            connection.close()


def layout(folder: str) -> OciLayout:
    """Open an image layout on disk."""
    return OciLayout(Path(folder))


def terminal_registry(settings: Settings) -> Registry:
    """Open the registries for the person at the terminal."""
    return registries(settings, terminal=True).open(terminal_audience())


def _after(assessment: Assessment | None) -> Done | Again:
    if assessment is None or not assessment.waits_for_the_world:
        return Done()
    return Again(assessment.retry_after, "something that the policy asks for could not be found out")


def _secrets(settings: Settings) -> tuple[Secret, ...]:
    key = () if settings.private_key is None else (settings.private_key,)
    passwords = tuple(login.password for login in settings.registry_logins)
    return (settings.database_url, *key, *settings.webhook_secrets, *passwords)
