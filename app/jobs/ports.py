"""What the jobs ask of the world. Adapters fit by shape; `mypy --strict` checks the fit in `app.bootstrap`.

Every method may raise `core.errors.Unavailable` unless it says that it never raises; nothing else crosses a port.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from app.core.attestation import (
    Attached,
    Bundle,
    Fetched,
    Lookup,
    PublicKey,
    Rejection,
    Resolution,
    RootState,
    SignedStatement,
)
from app.core.command import Reaction
from app.core.gate import BranchRules
from app.core.merge_group import Members
from app.core.oci import Audience, Digest, ImageName, ImageReference
from app.core.pull_request import (
    Asked,
    CommitStatus,
    Floor,
    Objects,
    Past,
    People,
    Place,
    Publication,
    PullRequest,
    PullRequestRef,
    Pushers,
    Record,
    Report,
    ReviewedCommit,
)
from app.core.sweep import LastLook, OpenPullRequest, RepositoryRef, Undelivered
from app.core.tree import ChangedFile, File, Listing, Tool
from app.core.versions import Order


class Source(Protocol):
    """A git tree at any commit, read from a forge or from a clone."""

    def read(self, commit: str, paths: Iterable[str]) -> Mapping[str, File]:
        """Return each path's content at `commit`; a path that does not exist there is not in the answer."""
        ...

    def list(self, commit: str, folder: str) -> Listing:
        """Return every path below a folder at `commit`; the empty name is the root of the repository."""
        ...


class Clone(Source, Protocol):
    """A local repository."""

    def resolve(self, revision: str) -> str:
        """Return the commit that a revision names; raises `Unavailable` (permanent) when there is none."""
        ...

    def merge_base(self, base: str, head: str) -> str:
        """Return the best common ancestor of two commits."""
        ...

    def changed_files(self, base: str, head: str) -> Sequence[ChangedFile]:
        """Return what differs between the trees of two commits, renames paired, sorted by path."""
        ...


class PullRequestPage(Source, Protocol):
    """One pull request, with credentials bound for this job."""

    def get(self) -> PullRequest:
        """Read it as it is now."""
        ...

    def floor(self) -> Floor:
        """Read the owner's floor (`assay.yml` in the owner's `.github` repository).

        NOT_READABLE is what waiting does not change; raises `Unavailable` when GitHub merely does not answer now.
        """
        ...

    def people(self, asked: Asked) -> People:
        """Read the members of these teams and the permissions of these people."""
        ...

    def pushers(self) -> Pushers:
        """Read who pushed the commits that `get` read; what cannot be known is said in the answer."""
        ...

    def changed_at(self, commit: str) -> ReviewedCommit:
        """Compare a commit that somebody reviewed with the base's tip that `get` read; the answer says why not."""
        ...

    def objects(self, places: Iterable[Place]) -> Objects:
        """Read mode and git id of paths at commits; those of a commit that is not shown are left out."""
        ...

    def rules(self, contexts: Iterable[str]) -> BranchRules:
        """Say what is required before a merge into the base branch, above all of these contexts; never raises."""
        ...

    def merged_at(self, number: int) -> datetime | None:
        """Say when another pull request of this repository was merged; `None` when it was not."""
        ...

    def announce(self, statuses: Iterable[CommitStatus]) -> None:
        """Set these statuses on the head that `get` read, leaving out those that say the same already."""
        ...

    def announce_on(self, head: str, statuses: Iterable[CommitStatus]) -> None:
        """Set statuses on a commit that only a delivery named, for when `get` itself fails."""
        ...

    def publish(self, publication: Publication) -> int | None:
        """Show the result on the head that `get` read; return the comment's id, `None` when there is none.

        Reads head, base branch, base tip and siblings again first and raises `core.errors.Moved` when any differs;
        raises `core.errors.Unsaid` when the statuses are set and only the comment could not be written.
        """
        ...

    def report(self, report: Report, *, anew: bool = False) -> None:
        """Show the long form beside the verdict, on the head that `get` read; never raises: nothing hangs on it.

        Takes what is left of the writes that one look may make. Nothing is written where the same stands already, but
        `anew` (somebody pressed its button) where one write says that it was seen.
        """
        ...

    def give_up(self, head: str, status: CommitStatus) -> bool:
        """Set a status on a commit where ours of the same context still says pending; say whether it did."""
        ...

    def request_reviewers(self, names: Iterable[str]) -> None:
        """Ask these teams (`owner/slug`) and people for a review, each once; never raises: no verdict hangs on it."""
        ...

    def react(self, comment: str, reaction: Reaction) -> None:
        """React to a comment, given by its node id; never raises: nothing hangs on it."""
        ...

    def answer(self, comment: str, text: str) -> None:
        """Answer a comment, given by its node id, once however often it is asked."""
        ...

    def new_file_link(self, path: str, text: str) -> str:
        """Return where a new file can be proposed for the base branch."""
        ...


class MergeGroupPage(PullRequestPage, Protocol):
    """One merge group, read as if it were one pull request that nobody reviewed."""

    def members(self) -> Members:
        """Say which pull requests it holds, as `get` found them."""
        ...


class MergeQueues(Protocol):
    """Where pull requests wait to be merged together."""

    def open_group(self, ref: PullRequestRef) -> MergeGroupPage:
        """Bind credentials for one merge group; reads nothing yet."""
        ...

    def groups_with(self, ref: PullRequestRef) -> Sequence[str]:
        """Return the heads of the groups that hold a pull request; nothing where no queue is to be seen."""
        ...


class Forge(Protocol):
    """A place that holds pull requests."""

    def open(self, ref: PullRequestRef) -> PullRequestPage:
        """Bind credentials and repository for one job; reads nothing yet."""
        ...


class Renderer(Protocol):
    """Programs that build what a folder deploys."""

    def render(self, tool: Tool, folder: str, files: Mapping[str, str]) -> File:
        """Return what a program makes of a folder of these files, or the problem; never raises.

        The program sees these files and no others, and reaches no network.
        """
        ...


class Registry(Protocol):
    """Image registries as one audience may see them. No method raises: what failed is in the answer."""

    def resolve(self, reference: ImageReference) -> Resolution:
        """Ask what a tag names now; for a reference with a digest the digest itself, without a request."""
        ...

    def fetch(self, reference: ImageReference) -> Fetched:
        """Fetch all that is attached to the image; `reference.digest` must be set."""
        ...

    def attached(self, place: ImageName, image: Fetched) -> Attached:
        """Fetch what another repository holds about an image that was fetched, and about its platforms."""
        ...

    def claims(self, image: Fetched) -> tuple[Lookup, ...]:
        """Look for what lies beside an image that was fetched and is signed by nobody; each lookup is of `claims`."""
        ...

    def described(self, image: Fetched) -> Fetched:
        """Read what each platform of an image that was fetched says of itself, into `each`."""
        ...


class Registries(Protocol):
    """Where a registry for an audience is opened."""

    def open(self, audience: Audience) -> Registry:
        """Bind the credentials that this audience may use."""
        ...


class Attestations(Protocol):
    """Attestations that GitHub keeps for what was built on it."""

    def fetch(self, repository: str, digest: Digest, audience: Audience) -> Attached:
        """Fetch what GitHub keeps in `owner/repository` for a digest; never raises, what failed is in the answer."""
        ...


class SourceHistory(Protocol):
    """The commits of source repositories."""

    def order(self, repository: str, commits: tuple[str, str], audience: Audience) -> Order | None:
        """Say how the second commit of a repository stands to the first; `None` for not known. Never raises."""
        ...


class Verifier(Protocol):
    """Proves signatures, each wholly against one of its trusted roots."""

    def verify(
        self, bundle: Bundle, subjects: Sequence[Digest], keys: Sequence[PublicKey]
    ) -> SignedStatement | Rejection:
        """Prove a bundle for one of `subjects`; never raises, whatever the bundle holds."""
        ...

    def roots(self) -> tuple[RootState, ...]:
        """Say which trusted roots are in use, the default first, and how fresh each is."""
        ...


class Ledger(Protocol):
    """Assessments kept as records."""

    def past(self, ref: PullRequestRef, base_ref: str) -> Past:
        """Return what was recorded before of this pull request and its base branch."""
        ...

    def siblings(
        self, ref: PullRequestRef, head: str, numbers: Iterable[int]
    ) -> Mapping[int, tuple[CommitStatus, ...]]:
        """Return the recorded statuses of other pull requests at this head; one without a record is not there."""
        ...

    def record(self, record: Record) -> None:
        """Keep a record; an earlier one of the same pull request and head stays in the history."""
        ...


class Documents(Protocol):
    """Assessments as they were kept."""

    def history(self, ref: PullRequestRef, limit: int) -> Sequence[tuple[datetime, str, str]]:
        """Return the newest records of a pull request, newest first: time, head, document."""
        ...


class Looks(Protocol):
    """What the ledger knows of looks in the past, for those who go over open pull requests."""

    def looks(self, repository_id: int) -> Mapping[int, LastLook]:
        """Return the newest record of each pull request of a repository, by its number."""
        ...

    def judged(self, installation: int) -> frozenset[int]:
        """Return the ids of the repositories of an installation that have records."""
        ...

    def floor_seen(self, installation: int) -> bool:
        """Say whether a floor was ever present for an installation."""
        ...

    def said(self, repository_id: int, head: str) -> frozenset[CommitStatus]:
        """Return the statuses that each pull request's newest record for a commit holds."""
        ...


class Branches(Protocol):
    """The branches of repositories."""

    def judged_branch(self, repository: RepositoryRef) -> tuple[str, str] | None:
        """Return the default branch and its tip where that holds a policy file; `None` where it does not."""
        ...


class Roster(Protocol):
    """What the App is installed on, as GitHub lists it."""

    def installations(self) -> Sequence[int]:
        """Return the installations that are not suspended."""
        ...

    def repositories(self, installation: int) -> Sequence[RepositoryRef]:
        """Return the repositories that an installation covers."""
        ...

    def open_pull_requests(self, repository: RepositoryRef) -> Sequence[OpenPullRequest]:
        """Return the open pull requests of a repository."""
        ...

    def undelivered(self, since: datetime) -> Sequence[Undelivered]:
        """Return the deliveries that GitHub could not hand over since then, one attempt of each."""
        ...

    def redeliver(self, attempt: Undelivered) -> None:
        """Ask GitHub to deliver once more."""
        ...


Clock = Callable[[], datetime]
"""Says what time it is, in UTC."""
