"""What a repository holds, for a policy to start from: images, who signed them, policies of the cluster, teams.

Everything is bounded: a person waits for a page meanwhile. What was not read or looked up is said, never guessed.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextvars import copy_context
from dataclasses import dataclass
from typing import Final

from app import admission, formats
from app.core.attestation import SIGNATURE, Evidence, SignedStatement
from app.core.errors import Unreadable
from app.core.inventory import Artifact, ImageUse
from app.core.oci import ImageName, ImageReference
from app.core.tree import File
from app.jobs.ports import Source
from app.policy.starter import Found, FoundImage, SignedBy
from app.predicates import ALIASES

MOST_FILES: Final = 300
MOST_TEXT: Final = 8 * 1024 * 1024
MOST_LOOKED_UP: Final = 15
PATIENCE: Final = 20.0
"""Seconds that all look-ups together may take."""

_AT_ONCE: Final = 50
_PARALLEL: Final = 5
_CODEOWNERS: Final = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS")
_ENGINES: Final = ("kyverno.io", "gatekeeper.sh", "sigstore.dev", "ratify.deislabs.io", "admissionregistration.k8s.io")
_TEAM: Final = re.compile(r"(?<!\S)@([A-Za-z0-9-]{1,39}/[A-Za-z0-9_-]{1,100})(?!\S)")
_PROVENANCE: Final = ALIASES["slsa-provenance"]


@dataclass(frozen=True, slots=True)
class StarterJob:
    """Reads a commit of a repository, and looks images up with `look`, which never raises."""

    source: Source
    look: Callable[[ImageReference], Evidence]
    patience: float = PATIENCE

    def run(self, commit: str, owner: str) -> Found:
        """Read what the commit holds; raises `Unavailable`."""
        listing = self.source.list(commit, "")
        paths = frozenset(listing.paths)
        wanted = sorted((path for path in paths if _is_worth(path)), key=lambda path: (path.count("/"), path))
        owners = [path for path in _CODEOWNERS if path in paths][:1]
        files = dict(self.source.read(commit, owners)) if owners else {}
        manifests, unread = self._manifests(commit, wanted)
        uses = tuple(_uses(manifests))
        return Found(
            images=self._images(uses),
            policies=tuple(_places(manifests)),
            teams=tuple(_teams(files, owners, owner)),
            # A list that was cut hides at least one.
            unread=unread + (not listing.whole),
        )

    def _manifests(self, commit: str, wanted: Sequence[str]) -> tuple[list[File], int]:
        """Read files until they are many or large; return them, and how many were not read."""
        found: list[File] = []
        read = size = 0
        while read < min(len(wanted), MOST_FILES) and size < MOST_TEXT:
            some = wanted[read : min(read + _AT_ONCE, MOST_FILES)]
            files = self.source.read(commit, some)
            found += [files[path] for path in some if path in files]
            size += sum(len(file.text or "") for file in files.values())
            read += len(some)
        return found, len(wanted) - read

    def _images(self, uses: tuple[ImageUse, ...]) -> tuple[FoundImage, ...]:
        """Return every image once; of those that are used most often, who signed them."""
        by_name: dict[ImageName, list[ImageReference]] = {}
        for use in uses:
            if use.reference is not None:
                by_name.setdefault(use.reference.name, []).append(use.reference)
        often = sorted(by_name, key=lambda name: (-len(by_name[name]), name))
        one_of = {name: Counter(by_name[name]).most_common(1)[0][0] for name in often}
        evidence = self._looked_up([one_of[name] for name in often[:MOST_LOOKED_UP]])
        return tuple(_image(name, by_name[name], evidence.get(one_of[name])) for name in sorted(by_name))

    def _looked_up(self, references: Iterable[ImageReference]) -> Mapping[ImageReference, Evidence]:
        pool = ThreadPoolExecutor(max_workers=_PARALLEL)
        found: dict[ImageReference, Future[Evidence]] = {
            one: pool.submit(copy_context().run, self.look, one) for one in references
        }
        done, _ = wait(found.values(), timeout=self.patience)
        # Who is still asked answers to nobody; each request ends by its own limit.
        pool.shutdown(wait=False, cancel_futures=True)
        return {one: future.result() for one, future in found.items() if future in done}


def _is_worth(path: str) -> bool:
    return (formats.reads(path) and formats.deploys(path)) or admission.reads(path)


def _uses(files: Iterable[File]) -> Iterable[ImageUse]:
    for file in files:
        if file.text is None or not formats.reads(file.path) or not formats.deploys(file.path):
            continue
        try:
            found = formats.find_images(file.path, file.text)
        except Unreadable:
            continue  # a look at a pull request will say so; a proposal goes without
        yield from (use for use in found if use.artifact is Artifact.IMAGE)


def _image(name: ImageName, references: Iterable[ImageReference], evidence: Evidence | None) -> FoundImage:
    pinned = all(one.digest is not None for one in references)
    if evidence is None or evidence.digest is None:
        return FoundImage(name, pinned)
    return FoundImage(
        name,
        pinned,
        tuple(_signers(evidence, lambda one: one.statement.predicate_type == SIGNATURE)),
        str(evidence.reference.pinned(evidence.digest)),
        tuple(_signers(evidence, lambda one: one.statement.predicate_type in _PROVENANCE)),
    )


def _signers(evidence: Evidence, counts: Callable[[SignedStatement], bool]) -> Iterable[SignedBy]:
    for one in evidence.signed:
        if counts(one) and one.signer.issuer and one.signer.identity:
            yield SignedBy(one.signer.issuer, one.signer.identity, "" if one.default_root else one.root)


def _places(files: Iterable[File]) -> Iterable[str]:
    """Return where policies of admission controllers lie, as patterns; an outer folder stands for its inner ones."""
    read = [file for file in files if file.text is not None and admission.reads(file.path)]
    edits = admission.compare((), read)
    holding = {edit.path for edit in edits if edit.resource is not None and _is_engines(edit.resource.api_version)}
    outer: list[str] = []
    for folder in sorted({path.rpartition("/")[0] for path in holding}):
        if folder and not any(folder.startswith(f"{one}/") for one in outer):
            outer.append(folder)
    yield from (f"/{folder}/**" for folder in outer)
    yield from (f"/{path}" for path in sorted(holding) if "/" not in path)


def _is_engines(api_version: str) -> bool:
    group = api_version.partition("/")[0]
    return any(group == engine or group.endswith(f".{engine}") for engine in _ENGINES)


def _teams(files: Mapping[str, File], paths: Iterable[str], owner: str) -> Iterable[str]:
    """Return the owner's teams that CODEOWNERS names, in its order."""
    for path in paths:
        text = (files[path].text or "") if path in files else ""
        lines = (line.partition("#")[0] for line in text.splitlines())
        named = (team for line in lines for team in _TEAM.findall(line))
        yield from dict.fromkeys(team.lower() for team in named if team.lower().startswith(f"{owner.lower()}/"))
