"""The counters, and what each label may say."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Concatenate, Final, ParamSpec

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

FOLDER: Final = "PROMETHEUS_MULTIPROC_DIR"
"""The library reads it when it is imported: with it, processes count into files there instead of for themselves."""

OTHER: Final = "other"
EVENTS: Final = frozenset(
    {
        *("check_run", "check_suite", "installation", "installation_repositories", "installation_target"),
        *("issue_comment", "member", "membership", "merge_group", "organization", "ping", "pull_request"),
        *("pull_request_review", "push", "repository", "status", "team"),
    }
)
KINDS: Final = frozenset({"look", "again", "recheck", "command", "merge group", "sweep"})
DELIVERED: Final = frozenset({"taken", "refused", "unavailable"})
OUTCOMES: Final = frozenset({"done", "again", "later", "unavailable", "moved", "crashed"})
WORDS: Final = frozenset({"verified", "untrusted signer", "invalid", "absent", "unreadable", "unknown"})
ANSWERS: Final = frozenset({"found", "not there", "failed"})
CODES: Final = frozenset(
    {
        *("", "timeout", "connection", "tls", "refused-address", "refused-host", "redirect-refused", "realm-refused"),
        *("unauthorized", "forbidden", "not-found-or-not-allowed", "not-allowed", "rate-limited", "server-error"),
        *("unexpected-status", "too-large", "too-many", "digest-mismatch", "malformed", "unsupported", "encoded"),
    }
)
CALLS: Final = frozenset({"read", "query", "write", "token"})
STATUSES: Final = frozenset({"2xx", "3xx", "4xx", "5xx", "limited", "none"})
REGISTRIES: Final = frozenset(
    {
        *("docker.io", "ghcr.io", "quay.io", "gcr.io", "registry.k8s.io", "public.ecr.aws", "mcr.microsoft.com"),
        *("registry.gitlab.com", "cgr.dev", "registry.redhat.io"),
    }
)
MAX_REGISTRIES: Final = 50
_SECONDS: Final = (0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 120, 300, 900, 3600, 10_800)
_MAX_BUDGETS: Final = 10_000
_HOUR: Final = 3600.0


_log = logging.getLogger(__name__)
_Told = ParamSpec("_Told")


def _harmless(
    method: Callable[Concatenate[Metrics, _Told], None],
) -> Callable[Concatenate[Metrics, _Told], None]:
    """Let nothing that is counted fail because it cannot be: the folder may be gone, or its disk full."""

    def count(self: Metrics, /, *told: _Told.args, **named: _Told.kwargs) -> None:
        try:
            method(self, *told, **named)
        except (OSError, ValueError) as error:
            _log.warning("something could not be counted: %s", type(error).__name__)

    return count


class Metrics:
    """Counts what happens. `registries` are hosts that get a label of their own beside the well-known ones."""

    def __init__(self, registries: Iterable[str] = (), clock: Callable[[], float] = time.time) -> None:
        """Make every series that needs no label from outside; nothing is served here."""
        # Here and not above: the library looks for the folder when it is imported.
        from prometheus_client import CollectorRegistry  # noqa: PLC0415 - as said

        self.registry: Final[CollectorRegistry] = CollectorRegistry()
        self._hosts: Final = REGISTRIES | frozenset(sorted(registries)[:MAX_REGISTRIES])
        self._clock: Final = clock
        self._lock: Final = threading.Lock()
        self._budgets: dict[int, tuple[float, float]] = {}
        self._writes: dict[int, tuple[float, float]] = {}
        self._deliveries = self._counter("deliveries", "Deliveries of GitHub by event and outcome", "event", "outcome")
        self._jobs = self._counter("jobs", "Looks, commands and sweeps by what they ended in", "kind", "outcome")
        self._job_seconds = self._histogram("job_seconds", "How long they took", "kind")
        self._waits = self._histogram("wait_seconds", "Time between when work was due and when it began")
        self._running = self._gauge("jobs_running", "Looks that run now")
        self._last_verdict = self._gauge("last_verdict_timestamp_seconds", "When a look last came to its end")
        self._queue = self._gauge("queue_jobs", "Work in the queue by state", "state")
        self._oldest = self._gauge("queue_oldest_seconds", "How long the oldest work that could run has waited")
        self._tick = self._gauge("worker_tick_timestamp_seconds", "When the worker last saw its queue")
        self._calls = self._counter("github_requests", "Requests to GitHub by kind and answer", "kind", "status")
        self._left = self._gauge("github_budget_left_ratio", "Requests left of the worst installation, 0 to 1")
        self._writes_left = self._gauge("github_writes_left_ratio", "Writes left of the worst installation, 0 to 1")
        self._lookups = self._counter("registry_lookups", "What registries answered", "host", "answer")
        self._errors = self._counter("registry_errors", "What went wrong with registries, by kind", "host", "code")
        self._verified = self._counter("verifications", "Signatures and attestations by what proving them gave", "word")
        self._root = self._gauge("trusted_root_age_seconds", "Age of the oldest trusted root that is refreshed")

    @_harmless
    def delivery(self, event: str, outcome: str) -> None:
        """Count a delivery; of an event that is not ours the name is not told."""
        self._deliveries.labels(_one(event, EVENTS), _one(outcome, DELIVERED)).inc()

    @_harmless
    def began(self, waited: float | None) -> None:
        """Count a job that begins, after so many seconds in which it could have begun."""
        self._running.inc()
        if waited is not None:
            self._waits.observe(max(0.0, waited))

    @_harmless
    def ended(self, kind: str, outcome: str, seconds: float) -> None:
        """Count a job that ended."""
        self._running.dec()
        self._jobs.labels(_one(kind, KINDS), _one(outcome, OUTCOMES)).inc()
        self._job_seconds.labels(_one(kind, KINDS)).observe(seconds)
        if outcome in {"done", "again"}:
            self._last_verdict.set(self._clock())

    @_harmless
    def queue(self, states: dict[str, int], oldest: float) -> None:
        """Tell how much lies in the queue; that it could be told is a sign of life."""
        for state in ("ready", "waiting", "given up"):
            self._queue.labels(state).set(states.get(state, 0))
        self._oldest.set(oldest)
        self._tick.set(self._clock())

    @_harmless
    def github(self, kind: str, status: str) -> None:
        """Count a request to GitHub."""
        self._calls.labels(_one(kind, CALLS), _one(status, STATUSES)).inc()

    @_harmless
    def requests_left(self, whose: int, ratio: float, until: float) -> None:
        """Tell which part of a budget is left until it is filled again; the worst of all is shown."""
        self._left.set(self._worst(self._budgets, (whose, ratio, until)))

    @_harmless
    def writes_left(self, installation: int, ratio: float) -> None:
        """Tell which part of an installation's writes is left; the worst of the last hour is shown."""
        self._writes_left.set(self._worst(self._writes, (installation, ratio, self._clock() + _HOUR)))

    @_harmless
    def lookup(self, host: str, answer: str, code: str) -> None:
        """Count what a registry answered; a host that is not on the list is one of the others."""
        place = _one(host, self._hosts)
        self._lookups.labels(place, _one(answer, ANSWERS)).inc()
        if answer == "failed":
            self._errors.labels(place, _one(code, CODES)).inc()

    @_harmless
    def verification(self, word: str) -> None:
        """Count what proving a bundle gave."""
        self._verified.labels(_one(word, WORDS)).inc()

    @_harmless
    def root_age(self, seconds: float) -> None:
        """Tell how old the oldest trusted root is that is to be refreshed."""
        self._root.set(seconds)

    def _worst(self, kept: dict[int, tuple[float, float]], told: tuple[int, float, float]) -> float:
        whose, ratio, until = told
        now = self._clock()
        with self._lock:
            kept[whose] = (ratio, until)
            for key in [key for key, (_, end) in kept.items() if end < now]:
                del kept[key]
            if len(kept) > _MAX_BUDGETS:
                kept.clear()
            return min((left for left, _ in kept.values()), default=1.0)

    def _counter(self, name: str, words: str, *labels: str) -> Counter:
        from prometheus_client import Counter  # noqa: PLC0415 - as above

        return Counter(f"assay_{name}", words, labels, registry=self.registry)

    def _histogram(self, name: str, words: str, *labels: str) -> Histogram:
        from prometheus_client import Histogram  # noqa: PLC0415 - as above

        return Histogram(f"assay_{name}", words, labels, buckets=_SECONDS, registry=self.registry)

    def _gauge(self, name: str, words: str, *labels: str) -> Gauge:
        from prometheus_client import Gauge  # noqa: PLC0415 - as above

        mode = "livesum" if name == "jobs_running" else "mostrecent"
        return Gauge(f"assay_{name}", words, labels, registry=self.registry, multiprocess_mode=mode)  # type: ignore[arg-type]


def _one(said: str, known: frozenset[str]) -> str:
    """Return a label's value: what strangers say is a label only where it is on our list (AT-190)."""
    return said if said in known else OTHER
