"""GitHub as the place that holds pull requests, behind the port `Forge`."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from app.adapters.github import check_runs
from app.adapters.github.attestations import GitHubAttestations
from app.adapters.github.branch_rules import RuleBook
from app.adapters.github.broker import AppToken, Grant, InstallationToken, TokenBroker
from app.adapters.github.checkup import Checkup
from app.adapters.github.client import Client
from app.adapters.github.connection import Connection
from app.adapters.github.evidence_files import HeadBranches
from app.adapters.github.files import Files
from app.adapters.github.floor import Floors
from app.adapters.github.huge import Fetching, Huge
from app.adapters.github.merge_group import PERMISSIONS as QUEUE_PERMISSIONS
from app.adapters.github.merge_group import GitHubGroupPage, groups_with
from app.adapters.github.merges import EvidenceBranch, GitHubMerges
from app.adapters.github.notes import GitHubNotes
from app.adapters.github.page import GitHubPage, Office, Others
from app.adapters.github.past import FetchingPast, GitHubPasts
from app.adapters.github.publishing import StatusBoard
from app.adapters.github.roster import Roster
from app.adapters.github.snapshot import Interest, Reader
from app.adapters.github.source_history import GitHubSourceHistory
from app.core.pull_request import PullRequestRef

PAGE_PERMISSIONS = (("contents", "read"), ("metadata", "read"), ("pull_requests", "write"), ("statuses", "write"))
TEAM_PERMISSIONS = (("members", "read"), ("metadata", "read"))
# What an installation from before may not have granted is asked for alone: without it there is no report.
REPORT_PERMISSIONS = check_runs.PERMISSIONS
# Who asks a team for its review must see the team.
ASKING_PERMISSIONS = (("members", "read"), ("metadata", "read"), ("pull_requests", "write"))


@dataclass(frozen=True, slots=True)
class App:
    """Who we are to GitHub: the App's id and key, and the secret key of our comment's marker.

    `slug` is asked of GitHub when it is `None`. `pages` is where people read what was judged, `None` for nowhere.
    `read_key` reads the private key again, `None` when that cannot be had now.
    """

    id: int
    private_key: str = field(repr=False)
    marker_key: bytes = field(repr=False)
    slug: str | None = None
    pages: str | None = None
    read_key: Callable[[], str | None] | None = field(default=None, repr=False)


class GitHubForge:
    """Opens pull requests of one GitHub; safe to share between threads."""

    def __init__(self, connection: Connection, app: App, interest: Interest, git: Fetching | None = None) -> None:
        """Bind the way, the App, what is read along, and git for huge pull requests; nothing is sent yet."""
        self._connection = connection
        self._interest = interest
        self._app = AppToken(connection, app.id, app.private_key, app.read_key)
        self._broker = TokenBroker(connection, self._app)
        self._office = Office(
            Floors(connection, self._broker),
            StatusBoard(app.pages),
            app.marker_key,
            RuleBook(connection, app.id),
            reports=check_runs.CheckRuns(app.id, app.pages),
        )
        self._huge = Huge(connection, self._broker, git)
        self._slug = app.slug
        self._lock = threading.Lock()

    def open(self, ref: PullRequestRef) -> GitHubPage:
        """Bind credentials and repository for one job; reads nothing yet."""
        return GitHubPage(self._reader(ref), self._others(ref), self._office)

    def open_group(self, ref: PullRequestRef) -> GitHubGroupPage:
        """Bind credentials for one merge group; reads nothing yet."""
        queue = self._client(ref, QUEUE_PERMISSIONS)
        return GitHubGroupPage(self._reader(ref), self._others(ref), self._office, queue)

    def groups_with(self, ref: PullRequestRef) -> tuple[str, ...]:
        """Return the heads of the merge groups that hold a pull request; nothing where no queue is to be seen."""
        return groups_with(self._client(ref, QUEUE_PERMISSIONS), ref)

    def attestations(self) -> GitHubAttestations:
        """Return the port to the attestations that this GitHub keeps."""
        return GitHubAttestations(self._connection, self._broker)

    def roster(self) -> Roster:
        """Return the port to what the App is installed on."""
        return Roster(self._connection, self._app, self._broker)

    def source_history(self) -> GitHubSourceHistory:
        """Return the port to the commits of source repositories that the App was given."""
        return GitHubSourceHistory(self._connection, self._broker)

    def pasts(self, git: FetchingPast | None) -> GitHubPasts:
        """Return the port to the past of base branches, which `git` fetches; `None` where the operator forbids it."""
        return GitHubPasts(self._connection, self._broker, git)

    def checkup(self) -> Checkup:
        """Return the port to what GitHub says of the App."""
        return Checkup(self._connection, self._app, self._broker, self._office.rules)

    def merges(self) -> GitHubMerges:
        """Return the port to what was merged."""
        return GitHubMerges(self._connection, self._broker)

    def evidence_branch(self, name: str) -> EvidenceBranch:
        """Return a branch of each repository to which merge records are copied."""
        return EvidenceBranch(self._connection, self._broker, name)

    def notes(self, ref: str) -> GitHubNotes:
        """Return the notes of each repository, by the full name of their ref, to which merge records are copied."""
        return GitHubNotes(self._connection, self._broker, ref)

    def head_branches(self) -> HeadBranches:
        """Return the port to the branches that pull requests come from."""
        return HeadBranches(self._connection, self._broker, self.slug)

    def renew_key(self) -> None:
        """Use the App's private key as it is now."""
        self._app.renew()

    def slug(self) -> str:
        """Return the App's slug, asked of GitHub once; raises `Unavailable`."""
        with self._lock:
            if self._slug is None:
                self._slug = self._broker.slug()
            return self._slug

    def _reader(self, ref: PullRequestRef) -> Reader:
        client = self._client(ref, PAGE_PERMISSIONS)
        return Reader(client, Files(client, ref), self._interest, self.slug, self._huge)

    def _others(self, ref: PullRequestRef) -> Others:
        return Others(
            self._client(ref, TEAM_PERMISSIONS),
            self._client(ref, ASKING_PERMISSIONS),
            self._client(ref, REPORT_PERMISSIONS),
        )

    def _client(self, ref: PullRequestRef, permissions: tuple[tuple[str, str], ...]) -> Client:
        grant = Grant(ref.installation, ref.repository_id, permissions)
        return Client(self._connection, InstallationToken(self._broker, grant))
