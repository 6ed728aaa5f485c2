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
from dataclasses import dataclass, replace
from typing import Final, Protocol, TypeVar

from app.core.attestation import Answer, Attached, Fetched, Lookup, Resolution
from app.core.image_facts import ImageFacts
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

    def attached(self, place: ImageName, image: Fetched) -> Attached:
        """Fetch what another repository holds."""
        ...

    def claims(self, image: Fetched) -> tuple[Lookup, ...]:
        """Look for what nobody signed."""
        ...

    def described(self, image: Fetched) -> Fetched:
        """Read what each platform says of itself."""
        ...


class Registries(Protocol):
    """Where a registry is opened."""

    def open(self, audience: Audience) -> Registry:
        """Open one for an audience."""
        ...


class Attestations(Protocol):
    """What is wrapped beside it: the port to attestations that GitHub keeps."""

    def fetch(self, repository: str, digest: Digest, audience: Audience) -> Attached:
        """Fetch what GitHub keeps."""
        ...


@dataclass(frozen=True, slots=True)
class CacheLimits:
    """How much is kept, and for how many seconds."""

    entries: int = 2000
    size: int = 128 * 1024 * 1024
    found: float = 600.0
    empty: float = 60.0


@dataclass(frozen=True, slots=True)
class Asked:
    """What is remembered: what lies at `place` about a digest and, where they were asked for, these platforms of it.

    `place` names it so that no two places share an answer.
    """

    place: str
    digest: Digest
    platforms: tuple[Digest, ...] = ()


_Key = tuple[str | Audience, Asked]
_Answer = TypeVar("_Answer", Fetched, Attached)


@dataclass(frozen=True, slots=True)
class _Entry:
    answer: Fetched | Attached
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

    def before(self, attestations: Attestations) -> CachedAttestations:
        """Put the same memory before the port to GitHub's attestations."""
        return CachedAttestations(self, attestations)

    def answer(self, audience: Audience, asked: Asked, fetch: Callable[[], _Answer]) -> _Answer:
        """Return what this audience may see of an earlier answer, or fetch it and keep it; `asked` decides its type."""
        known = self._recall(audience, asked)
        if known is not None:
            return known  # type: ignore[return-value]  # each place has one type of answer
        fetched = fetch()
        self._remember(audience, asked, fetched)
        return fetched

    def _recall(self, audience: Audience, asked: Asked) -> Fetched | Attached | None:
        now = self._monotonic()
        with self._lock:
            for scope in (_SHARED, audience):
                key = (scope, asked)
                entry = self._entries.get(key)
                if entry is not None and entry.until > now:
                    self._entries.move_to_end(key)
                    return entry.answer
                if entry is not None:
                    self._forget(key)
        return None

    def _remember(self, audience: Audience, asked: Asked, answer: Fetched | Attached) -> None:
        """Keep an answer in which nothing failed."""
        if any(lookup.answer is Answer.FAILED for lookup in answer.lookups):
            return
        facts = (answer.facts, *answer.each) if isinstance(answer, Fetched) else ()
        if any(isinstance(one, Lookup) and one.answer is Answer.FAILED for one in facts):
            return
        size = _OVERHEAD + sum(one.weight for one in facts if isinstance(one, ImageFacts))
        size += sum(
            len(bundle.content) + sum(len(name) + len(text) for name, text in bundle.annotations.items())
            for bundle in answer.bundles
        )
        if size > self._limits.size:
            return
        credentialed = any(lookup.credentials for lookup in answer.lookups)
        scope = audience if credentialed else _SHARED
        # What a digest says of itself never changes; a signature may be added any time.
        kept = answer.bundles or (isinstance(answer, Fetched) and answer.each)
        seconds = self._limits.found if kept else self._limits.empty
        key = (scope, asked)
        with self._lock:
            self._forget(key)
            self._entries[key] = _Entry(answer, self._monotonic() + seconds, size)
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
        if reference.digest is None:
            return self._registry.fetch(reference)
        asked = Asked(f"image {reference.name}", reference.digest)
        known = self._cache.answer(self._audience, asked, lambda: self._registry.fetch(reference))
        return replace(known, reference=reference)

    def attached(self, place: ImageName, image: Fetched) -> Attached:
        """Return what another repository holds about an image, from memory where that still holds."""
        if image.reference.digest is None:
            return self._registry.attached(place, image)
        # An image that could not be fetched has no platforms: its answer is no answer for the whole image.
        platforms = tuple(descriptor.digest for descriptor in image.platforms)
        asked = Asked(f"repository {place}", image.reference.digest, platforms)
        return self._cache.answer(self._audience, asked, lambda: self._registry.attached(place, image))

    def claims(self, image: Fetched) -> tuple[Lookup, ...]:
        """Look for what nobody signed; it decides nothing and is not kept."""
        return self._registry.claims(image)

    def described(self, image: Fetched) -> Fetched:
        """Return what each platform of an image says of itself, from memory where that still holds."""
        digest = image.reference.digest
        if digest is None:
            return self._registry.described(image)
        asked = Asked(f"platforms {image.reference.name}", digest, tuple(one.digest for one in image.platforms))
        known = self._cache.answer(self._audience, asked, lambda: self._registry.described(image))
        return replace(known, reference=image.reference)


class CachedAttestations:
    """The port to GitHub's attestations, with the memory in front."""

    def __init__(self, cache: EvidenceCache, attestations: Attestations) -> None:
        """Ask `cache` first, then `attestations`."""
        self._cache = cache
        self._attestations = attestations

    def fetch(self, repository: str, digest: Digest, audience: Audience) -> Attached:
        """Return what GitHub keeps for a digest, from memory where that still holds."""
        asked = Asked(f"GitHub {repository.lower()}", digest)
        return self._cache.answer(audience, asked, lambda: self._attestations.fetch(repository, digest, audience))
