"""What is seen from outside: metrics and traces, by ports that are wrapped where the program is wired.

Nothing is wrapped where the operator asked for neither.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import cast

from app.adapters.github import Connection
from app.adapters.github.watched import watched
from app.adapters.metrics import FOLDER, Metrics
from app.adapters.traces import NotInstalled, Traces
from app.adapters.work_queue import WorkInbox
from app.adapters.work_queue.depth import depth
from app.core.assessment import AssessedChange
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
    Word,
)
from app.core.errors import Unavailable
from app.core.inventory import ImageChange
from app.core.oci import Audience, Digest, ImageName, ImageReference
from app.core.pull_request import CommitStatus, Publication, PullRequestRef
from app.jobs.assess import Assessor, Viewer
from app.jobs.ports import Forge, PullRequestPage, Registries, Registry, Verifier
from app.policy import Policy
from app.settings import Settings, SettingsError

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Watch:
    """Counts, and opens spans; each may be absent."""

    metrics: Metrics | None = None
    traces: Traces | None = None

    def __bool__(self) -> bool:
        """Whether anybody watches at all."""
        return self.metrics is not None or self.traces is not None

    @contextmanager
    def span(self, name: str, **attributes: str | int) -> Iterator[None]:
        """Measure what is done inside, where traces are wanted."""
        if self.traces is None:
            yield
            return
        with self.traces.span(name, **attributes):
            yield

    @contextmanager
    def request(self, kind: str) -> Iterator[None]:
        """Measure a request to GitHub."""
        with self.span("github", kind=kind):
            yield

    def answered(self, kind: str, status: str) -> None:
        """Count what GitHub answered."""
        if self.metrics is not None:
            self.metrics.github(kind, status)

    def left(self, whose: int, ratio: float, until: float) -> None:
        """Tell what is left of a budget of requests."""
        if self.metrics is not None:
            self.metrics.requests_left(whose, ratio, until)

    def writes_left(self, installation: int, ratio: float) -> None:
        """Tell what is left of an installation's writes."""
        if self.metrics is not None:
            self.metrics.writes_left(installation, ratio)

    def way(self, inner: Connection) -> Connection:
        """Watch the way to GitHub."""
        return watched(inner, self) if self else inner

    def registries(self, inner: Registries) -> Registries:
        """Watch the registries."""
        return WatchedRegistries(inner, self) if self else inner

    def verifier(self, inner: Verifier) -> Verifier:
        """Watch the verifier."""
        return WatchedVerifier(inner, self) if self else inner

    def forge(self, inner: Forge) -> Forge:
        """Watch what is shown on pull requests, where traces are wanted."""
        return inner if self.traces is None else WatchedForge(inner, self)

    def assessor(self, inner: Assessor) -> Assessor:
        """Watch the middle of each job, where traces are wanted."""
        if self.traces is None:
            return inner
        return _Assessor(inner.registries, inner.verifier, inner.beyond, inner.lists, watch=self)

    def lookups(self, lookups: Sequence[Lookup]) -> None:
        """Count what registries answered."""
        if self.metrics is not None:
            for one in lookups:
                self.metrics.lookup(one.host, one.answer.value, one.code)

    def proved(self, outcome: SignedStatement | Rejection) -> None:
        """Count what proving a bundle gave."""
        if self.metrics is not None:
            word = outcome.word if isinstance(outcome, Rejection) else Word.VERIFIED
            self.metrics.verification(word.value)

    def tick(self, inbox: WorkInbox, roots: Sequence[RootState]) -> bool:
        """Tell how the queue stands and how old the roots are; false when the database does not answer."""
        if self.metrics is None:
            return True
        ages = [root.age.total_seconds() for root in roots if root.age is not None]
        if ages:
            self.metrics.root_age(max(ages))
        try:
            found = depth(inbox)
        except Unavailable:
            return False
        states = {"ready": found.ready, "waiting": found.waiting, "given up": found.given_up}
        self.metrics.queue(states, found.oldest)
        return True

    def close(self) -> None:
        """Send what is left."""
        if self.traces is not None:
            self.traces.close()


def open_watch(settings: Settings) -> Watch:
    """Open what the operator asked for; raises `SettingsError` when traces are wanted and cannot be made."""
    return Watch(metrics(settings), _traces(settings))


def metrics(settings: Settings) -> Metrics | None:
    """Count for the process that answers; `None` where nobody asks, or its folder is not to be had."""
    if not os.environ.get(FOLDER):
        return None
    try:
        return Metrics(settings.private_registries | frozenset(settings.credential_users))
    except OSError as error:
        _log.warning("nothing is counted: %s", type(error).__name__)
        return None


def _traces(settings: Settings) -> Traces | None:
    try:
        return None if settings.traces_url is None else Traces(settings.traces_url)
    except NotInstalled as error:
        raise SettingsError("ASSAY_TRACES_URL", f"set, but {error}") from error


@dataclass(frozen=True, slots=True)
class WatchedRegistries:
    """The registries port, watched."""

    inner: Registries
    watch: Watch

    def open(self, audience: Audience) -> Registry:
        """Open one for an audience."""
        return WatchedRegistry(self.inner.open(audience), self.watch)


@dataclass(frozen=True, slots=True)
class WatchedRegistry:
    """The registry port, watched; says nothing of what was asked for but the host that answered."""

    inner: Registry
    watch: Watch

    def resolve(self, reference: ImageReference) -> Resolution:
        """Ask what a tag names."""
        with self.watch.span("registry", asked="tag"):
            found = self.inner.resolve(reference)
        self.watch.lookups((found.lookup,) if reference.digest is None else ())
        return found

    def fetch(self, reference: ImageReference) -> Fetched:
        """Fetch what is attached."""
        with self.watch.span("registry", asked="attached"):
            found = self.inner.fetch(reference)
        self.watch.lookups(found.lookups)
        return found

    def attached(self, place: ImageName, image: Fetched) -> Attached:
        """Fetch what another repository holds."""
        with self.watch.span("registry", asked="elsewhere"):
            found = self.inner.attached(place, image)
        self.watch.lookups(found.lookups)
        return found

    def claims(self, image: Fetched) -> tuple[Lookup, ...]:
        """Look for what nobody signed."""
        with self.watch.span("registry", asked="claims"):
            found = self.inner.claims(image)
        self.watch.lookups(found)
        return found

    def described(self, image: Fetched) -> Fetched:
        """Read what each platform says of itself."""
        with self.watch.span("registry", asked="platforms"):
            return self.inner.described(image)


@dataclass(frozen=True, slots=True)
class WatchedVerifier:
    """The verifier port, watched."""

    inner: Verifier
    watch: Watch

    def verify(
        self, bundle: Bundle, subjects: Sequence[Digest], keys: Sequence[PublicKey]
    ) -> SignedStatement | Rejection:
        """Prove a bundle."""
        with self.watch.span("verify"):
            outcome = self.inner.verify(bundle, subjects, keys)
        self.watch.proved(outcome)
        return outcome

    def roots(self) -> tuple[RootState, ...]:
        """Say which trusted roots are in use."""
        return self.inner.roots()


@dataclass(frozen=True, slots=True)
class _Assessor(Assessor):
    """The middle of a job as one span."""

    watch: Watch = field(default_factory=Watch)

    def assess(self, changes: Sequence[ImageChange], policy: Policy, viewer: Viewer) -> tuple[AssessedChange, ...]:
        with self.watch.span("assess", images=len(changes)):
            return Assessor.assess(self, changes, policy, viewer)


class _Published:
    """A page whose last step is a span; all else is the page's own."""

    def __init__(self, page: PullRequestPage, watch: Watch) -> None:
        self._page = page
        self._watch = watch

    def __getattr__(self, name: str) -> object:
        return getattr(self._page, name)

    def announce(self, statuses: Sequence[CommitStatus]) -> None:
        with self._watch.span("announce"):
            self._page.announce(statuses)

    def publish(self, publication: Publication) -> int | None:
        with self._watch.span("publish"):
            return self._page.publish(publication)


@dataclass(frozen=True, slots=True)
class WatchedForge:
    """The forge port, watched."""

    inner: Forge
    watch: Watch

    def open(self, ref: PullRequestRef) -> PullRequestPage:
        """Bind credentials for one job."""
        # What it does not have itself it takes from the page, which the checker cannot follow.
        return cast("PullRequestPage", _Published(self.inner.open(ref), self.watch))
