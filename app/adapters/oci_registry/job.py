"""One job's use of registries: everything that its images share, and the record of what was asked."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from app.adapters.oci_registry.addresses import AddressBook, Resolver, is_loopback, is_named_publicly
from app.adapters.oci_registry.challenges import Challenge
from app.adapters.oci_registry.failure import Failure
from app.adapters.oci_registry.limits import Budget, Deadline, Gate, Limits, Share
from app.adapters.oci_registry.registries import Registry, RegistryTable
from app.adapters.oci_registry.transport import Origin, Request, Response, Transport
from app.core.network import WayOut

_LOG = logging.getLogger("assay.registry")
_MAX_REMEMBERED: Final = 1024


@dataclass(frozen=True, slots=True)
class Span:
    """One request: what for, to whom, and when, in seconds of a clock that only runs forward."""

    kind: str
    host: str
    began: float
    ended: float


@dataclass(slots=True)
class Manners:
    """What registries showed of themselves, for all jobs: how they ask for a login, who lacks the referrers API.

    Nothing in it is a secret or a verdict; a wrong entry costs a request.
    """

    _challenges: dict[str, Challenge] = field(default_factory=dict)
    _without_referrers: dict[str, None] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def challenge(self, registry: str) -> Challenge | None:
        """Return how a registry asked last."""
        with self._lock:
            return self._challenges.get(registry)

    def asked(self, registry: str, challenge: Challenge) -> None:
        """Remember how a registry asks."""
        with self._lock:
            self._challenges[registry] = challenge
            _bound(self._challenges)

    def lacks_referrers(self, registry: str) -> bool:
        """Say whether a registry answered before that it knows no referrers API."""
        with self._lock:
            return registry in self._without_referrers

    def referrers(self, registry: str, *, known: bool) -> None:
        """Remember whether a registry knows the referrers API."""
        with self._lock:
            if known:
                self._without_referrers.pop(registry, None)
            else:
                self._without_referrers[registry] = None
                _bound(self._without_referrers)


def _bound(held: dict[str, Challenge] | dict[str, None]) -> None:
    while len(held) > _MAX_REMEMBERED:
        held.pop(next(iter(held)))


@dataclass(frozen=True, slots=True)
class World:
    """What a process sets once: limits, connections, the operator's registries, and two seams for tests.

    `resolver` turns names into addresses, `pause` waits so many seconds.
    """

    limits: Limits
    transport: Transport
    table: RegistryTable
    resolver: Resolver
    pause: Callable[[float], None]
    manners: Manners = field(default_factory=Manners)
    way: WayOut = field(default_factory=WayOut)


class Job:
    """Requests of one job under its limits. Its time begins with the first image."""

    def __init__(self, world: World) -> None:
        """Begin a job."""
        self.world = world
        self.limits = world.limits
        self.manners = world.manners
        self._addresses = AddressBook(world.resolver, world.limits.connect)
        self._gate = Gate(world.limits)
        self._budget = Budget(world.limits.job_bytes)
        self._deadline: Deadline | None = None
        self._spans: list[Span] = []
        self._lock = threading.Lock()

    @property
    def spans(self) -> tuple[Span, ...]:
        """Every request so far, by when it began."""
        with self._lock:
            return tuple(sorted(self._spans, key=lambda span: span.began))

    def share(self) -> Share:
        """Give one image its share of the job's time and bytes; raises `Failure` when the job's time is over."""
        with self._lock:
            if self._deadline is None:
                self._deadline = Deadline(self.limits.job)
            job = self._deadline
        job.left()
        return Share(Deadline(self.limits.image, within=job), Budget(self.limits.image_bytes, within=self._budget))

    def get(self, kind: str, request: Request, registry: Registry, share: Share) -> Response:
        """Send a request for one registry, to it or to where it led; raises `Failure`."""
        origin = request.origin
        addresses = self._checked(origin, registry)
        with self._gate.passing(origin.authority, share.deadline):
            began = time.monotonic()
            try:
                response = self.world.transport.get(request, addresses, share)
            except Failure as failure:
                self._note(Span(kind, origin.authority, began, time.monotonic()), failure.code)
                raise
            self._note(Span(kind, origin.authority, began, time.monotonic()), str(response.status))
            return response

    def _checked(self, origin: Origin, registry: Registry) -> tuple[str, ...]:
        # A public registry that leads to a private one which the operator allows does so on behalf of a stranger.
        private = registry.allow_private and origin.authority in self.world.table.allowed
        if not private and self.world.way.proxy_for(origin.host) is not None:
            # Only the proxy knows its addresses: it must refuse private ones, and is given no name of an inner network.
            if origin.scheme != "https" or not is_named_publicly(origin.host):
                raise Failure("refused-address")
            return (origin.host,)
        try:
            addresses = self._addresses.addresses(origin.host, origin.port, allow_private=private)
        except Failure as failure:
            _log(Span("address", origin.authority, 0.0, 0.0), failure.code)
            raise
        if origin.scheme != "https" and not (private and all(is_loopback(address) for address in addresses)):
            raise Failure("refused-address")
        return addresses

    def _note(self, span: Span, outcome: str) -> None:
        with self._lock:
            self._spans.append(span)
        _log(span, outcome)


def _log(span: Span, outcome: str) -> None:
    """Log a request without header, path and query: nothing in it can be a secret."""
    seconds = round(span.ended - span.began, 4)
    fields = {"kind": span.kind, "registry_host": span.host, "seconds": seconds, "outcome": outcome}
    _LOG.info("registry request: %(kind)s at %(registry_host)s: %(outcome)s after %(seconds)s s", fields, extra=fields)
