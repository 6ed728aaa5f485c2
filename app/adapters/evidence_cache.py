"""A registry that remembers: answers by image, for as long and as far as they may be shared.

A digest never changes what it names, but signatures are added to it: a found answer is kept for minutes, an empty one
for a minute, and one with a failure in it never (AT-055). What was fetched without a credential may be shown to all;
what was fetched with one only to the very audience that it was fetched for: a credential may be bound to a repository.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

from app.core.attestation import Answer, Fetched, Resolution
from app.core.oci import Audience, Digest, ImageName, ImageReference

_SHARED: Final = "shared with all"
_OVERHEAD: Final = 2048
"""Bytes that an entry costs beside its bundles."""


class Registry(Protocol):
    """What is wrapped: the registry port."""

    def resolve(self, reference: ImageReference) -> Resolution:
        """Ask what a tag names."""
        ...

    def fetch(self, reference: ImageReference) -> Fetched:
        """Fetch what is attached."""
        ...


class Registries(Protocol):
    """Where a registry is opened."""

    def open(self, audience: Audience) -> Registry:
        """Open one for an audience."""
        ...


@dataclass(frozen=True, slots=True)
class CacheLimits:
    """How much is kept, and for how many seconds."""

    entries: int = 2000
    size: int = 128 * 1024 * 1024
    found: float = 600.0
    empty: float = 60.0


_Key = tuple[str | Audience, ImageName, Digest]


@dataclass(frozen=True, slots=True)
class _Entry:
    fetched: Fetched
    until: float
    size: int


class EvidenceCache:
    """Opens registries that share one memory; safe for threads."""

    def __init__(
        self,
        registries: Registries,
        limits: CacheLimits = CacheLimits(),
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Wrap `registries`; `monotonic` says how many seconds have passed since some moment."""
        self._registries = registries
        self._limits = limits
        self._monotonic = monotonic
        self._entries: OrderedDict[_Key, _Entry] = OrderedDict()
        self._size = 0
        self._lock = threading.Lock()

    def open(self, audience: Audience) -> CachedRegistry:
        """Open the wrapped registry for an audience."""
        return CachedRegistry(self, self._registries.open(audience), audience)

    def recall(self, audience: Audience, reference: ImageReference) -> Fetched | None:
        """Return what this audience may see of an earlier answer; `None` when there is none that still holds."""
        if reference.digest is None:
            return None
        now = self._monotonic()
        with self._lock:
            for scope in (_SHARED, audience):
                key = (scope, reference.name, reference.digest)
                entry = self._entries.get(key)
                if entry is not None and entry.until > now:
                    self._entries.move_to_end(key)
                    return entry.fetched
                if entry is not None:
                    self._forget(key)
        return None

    def remember(self, audience: Audience, fetched: Fetched) -> None:
        """Keep an answer in which nothing failed."""
        digest = fetched.reference.digest
        if digest is None or any(lookup.answer is Answer.FAILED for lookup in fetched.lookups):
            return
        size = _OVERHEAD + sum(
            len(bundle.content) + sum(len(name) + len(text) for name, text in bundle.annotations.items())
            for bundle in fetched.bundles
        )
        if size > self._limits.size:
            return
        credentialed = any(lookup.credentials for lookup in fetched.lookups)
        scope = audience if credentialed else _SHARED
        seconds = self._limits.found if fetched.bundles else self._limits.empty
        key = (scope, fetched.reference.name, digest)
        with self._lock:
            self._forget(key)
            self._entries[key] = _Entry(fetched, self._monotonic() + seconds, size)
            self._size += size
            while len(self._entries) > self._limits.entries or self._size > self._limits.size:
                self._forget(next(iter(self._entries)))

    def _forget(self, key: _Key) -> None:
        entry = self._entries.pop(key, None)
        if entry is not None:
            self._size -= entry.size


class CachedRegistry:
    """The registry port for one audience, with the memory in front."""

    def __init__(self, cache: EvidenceCache, registry: Registry, audience: Audience) -> None:
        """Ask `cache` first, then `registry`."""
        self._cache = cache
        self._registry = registry
        self._audience = audience

    def resolve(self, reference: ImageReference) -> Resolution:
        """Ask what a tag names: never from memory, for a tag moves."""
        return self._registry.resolve(reference)

    def fetch(self, reference: ImageReference) -> Fetched:
        """Return what is attached to the image, from memory where that still holds."""
        known = self._cache.recall(self._audience, reference)
        if known is not None:
            return Fetched(reference, known.descriptor, known.platforms, known.bundles, known.lookups)
        fetched = self._registry.fetch(reference)
        self._cache.remember(self._audience, fetched)
        return fetched
