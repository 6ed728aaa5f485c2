"""A verifier whose trusted roots are replaced while it is used: the packaged ones, then what TUF proved fresh."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Final, Protocol

from app.adapters.kept_roots import KeptRoot, KeptRoots, TufSource
from app.adapters.sigstore_verifier import (
    NamedRoot,
    SeveralRoots,
    UnusableTrustedRoot,
    bootstrap_of,
    check_root,
    github_root,
    packaged_root,
)
from app.core.attestation import Bundle, PublicKey, Rejection, RootState, SignedStatement
from app.core.errors import Unavailable
from app.core.network import WayOut
from app.core.oci import Digest

_log = logging.getLogger(__name__)


class RootStore(Protocol):
    """Fetches roots and keeps them."""

    def last_good(self, source: TufSource) -> KeptRoot | None:
        """Return what was kept, without any request; `None` when there is nothing that can be used."""
        ...

    def refresh(self, source: TufSource) -> KeptRoot:
        """Fetch, prove and keep a source's root; raises `Unavailable` and leaves the last good one in force."""
        ...


@dataclass(frozen=True, slots=True)
class Refreshment:
    """How roots are kept fresh: from which sources, into which store; without sources nothing is."""

    sources: tuple[TufSource, ...]
    store: RootStore


@dataclass(frozen=True, slots=True)
class _State:
    name: str
    version: int | None = None
    refreshed_at: datetime | None = None
    warning: str = ""


@dataclass(frozen=True, slots=True)
class _InUse:
    verifier: SeveralRoots
    states: tuple[_State, ...]


class FreshRoots:
    """Verifies with the freshest good roots; `refresh` replaces them at once, between two verifications.

    What was kept on disk is used from the start. Raises `UnusableTrustedRoot`. Safe to share between threads.
    """

    def __init__(
        self, roots: Sequence[NamedRoot], now: Callable[[], datetime], refreshment: Refreshment | None = None
    ) -> None:
        self._now = now
        self._fetching = () if refreshment is None else tuple((one, refreshment.store) for one in refreshment.sources)
        self._roots = tuple(roots)
        self._states = {root.name: _State(root.name) for root in roots}
        for source, store in self._fetching:
            kept = store.last_good(source)
            if kept is not None:
                self._take(source.name, kept)
        self._in_use = self._made()

    def verify(
        self, bundle: Bundle, subjects: Sequence[Digest], keys: Sequence[PublicKey]
    ) -> SignedStatement | Rejection:
        """Prove a bundle for one of `subjects`; never raises."""
        return self._in_use.verifier.verify(bundle, subjects, keys)

    def roots(self) -> tuple[RootState, ...]:
        """Say which roots are in use, the default first, and how fresh each is."""
        now = self._now()
        return tuple(
            RootState(one.name, one.version, None if one.refreshed_at is None else now - one.refreshed_at, one.warning)
            for one in self._in_use.states
        )

    def refresh(self) -> bool:
        """Fetch every root that has a source; say whether all could be. Never raises, and never in a job's thread."""
        done = True
        for source, store in self._fetching:
            try:
                self._take(source.name, store.refresh(source))
            except Unavailable as error:
                done = False
                self._states[source.name] = replace(self._states[source.name], warning=error.sentence)
                _log.warning("the trusted root %s could not be refreshed: %s", source.name, error)
            else:
                _log.info("the trusted root %s is fresh", source.name)
        self._in_use = self._made()
        return done

    def _take(self, name: str, kept: KeptRoot) -> None:
        fresh = NamedRoot(name, kept.content)
        self._roots = tuple(fresh if root.name == name else root for root in self._roots)
        self._states[name] = _State(name, kept.version, kept.refreshed_at)

    def _made(self) -> _InUse:
        return _InUse(SeveralRoots(self._roots, self._now), tuple(self._states[root.name] for root in self._roots))


DEFAULT = "default"
"""The name of the operator's own default root; where there is none, the default is `public-good`."""

_TUF: Final = {"public-good": "https://tuf-repo-cdn.sigstore.dev", "github": "https://tuf-repo.github.com"}
_LARGEST: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class TufSite:
    """Where the operator's TUF repository of a root is; `root` is its first root metadata, `None` for a built-in's."""

    url: str
    root: Path | None = None


@dataclass(frozen=True, slots=True)
class RootFiles:
    """What the operator chose: a file in place of the default root, further ones by name, the folder of fresh ones.

    `sites` are the TUF repositories of roots, by name, besides those of the built-in ones or in their place, `way` how
    they are reached.
    """

    default: Path | None = None
    named: Mapping[str, Path] = field(default_factory=dict)
    folder: Path | None = None
    sites: Mapping[str, TufSite] = field(default_factory=dict)
    way: WayOut = field(default_factory=WayOut)


def open_roots(chosen: RootFiles, now: Callable[[], datetime]) -> FreshRoots:
    """Load the roots that come with the program and the operator's; one of the same name takes the place.

    Raises `UnusableTrustedRoot`.
    """
    packaged = {"public-good": packaged_root(), "github": github_root()}
    roots = {name: NamedRoot(name, content) for name, content in packaged.items()}
    roots |= {name: read_root(name, path) for name, path in sorted(chosen.named.items())}
    own = () if chosen.default is None else (read_root(DEFAULT, chosen.default),)
    refreshment = (
        None if chosen.folder is None else Refreshment(_sources(chosen), _TufStore(chosen.folder, now, chosen.way))
    )
    return FreshRoots((*own, *roots.values()), now, refreshment)


def read_root(name: str, path: Path) -> NamedRoot:
    """Read a trusted root of the operator's; raises `UnusableTrustedRoot`, which names the file."""
    try:
        content = path.read_bytes()
        check_root(content)
    except (UnusableTrustedRoot, OSError) as error:
        raise UnusableTrustedRoot(f"{path}: {error} Give a trusted_root.json, or none for the public one.") from error
    return NamedRoot(name, content)


def _sources(chosen: RootFiles) -> tuple[TufSource, ...]:
    """Return what is refreshed: built-in roots that no file takes the place of, and those with the operator's site."""
    built_in = {name: TufSite(url) for name, url in _TUF.items() if name not in chosen.named}
    sites = sorted({**built_in, **chosen.sites}.items())
    return tuple(TufSource(name, site.url, _bootstrap(name, site.root)) for name, site in sites)


def _bootstrap(name: str, path: Path | None) -> bytes:
    """Read the root metadata that is trusted from the start; whether it is sound is seen with the first refresh."""
    if path is None:
        return bootstrap_of(name)
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST)
        found = json.loads(content)["signed"]["_type"] == "root"
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        content, found = b"", False
    if not found:
        raise UnusableTrustedRoot(f"{path}: no TUF root metadata. Give the repository's first root.json.")
    return content


class _TufStore:
    """The store on disk; TUF itself is loaded with the first refresh, for most processes never refresh."""

    def __init__(self, folder: Path, now: Callable[[], datetime], way: WayOut) -> None:
        self._folder = folder
        self._now = now
        self._way = way

    def last_good(self, source: TufSource) -> KeptRoot | None:
        return KeptRoots(self._folder, check_root).last_good(source)

    def refresh(self, source: TufSource) -> KeptRoot:
        from app.adapters.tuf_refresh import TufRefresh  # noqa: PLC0415 - slow, and seldom needed

        return TufRefresh(self._folder, self._now, check_root, self._way).refresh(source)
