"""What one commit holds: every image with its places, and every policy."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from app import admission, formats
from app.core.errors import Unavailable, Unreadable
from app.core.history import Gap, InForce, PolicyInForce, Step, StoredCommit
from app.core.inventory import ImageUse, resolved
from app.core.tree import File
from app.jobs.history.facts import facts_of
from app.jobs.history.ports import HistoryClone

_AT_A_TIME: Final = 200


@dataclass(slots=True)
class _Found:
    images: list[ImageUse] = field(default_factory=list)
    policies: list[PolicyInForce] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)


def in_force(clone: HistoryClone, commit: str) -> InForce:
    """Read a whole commit."""
    stored = clone.commit(commit)
    facts = facts_of(Step(stored, None, (), skewed=_is_skewed(clone, stored)))
    listing, lost = clone.files(commit)
    found = _Found(gaps=[*clone.gaps(), *lost])
    if not listing.whole:
        found.gaps.append(Gap(commit, "", f"more than {len(listing.paths):,} files: the others were not read"))
    paths = [path for path in listing.paths if formats.reads(path) or admission.reads(path)]
    for file in _read(clone, commit, paths):
        _images(commit, file, found)
        _policies(commit, file, found)
    return InForce(facts, resolved(found.images), tuple(sorted(found.policies, key=_place)), tuple(found.gaps))


def _is_skewed(clone: HistoryClone, stored: StoredCommit) -> bool:
    """Whether a commit is dated before a parent; one that cannot be read says nothing."""
    for parent in stored.parents:
        try:
            before = clone.commit(parent)
        except Unavailable:
            continue
        if before.committed_at > stored.committed_at:
            return True
    return False


def _read(clone: HistoryClone, commit: str, paths: Sequence[str]) -> Iterator[File]:
    for start in range(0, len(paths), _AT_A_TIME):
        yield from clone.read(commit, paths[start : start + _AT_A_TIME]).values()


def _images(commit: str, file: File, found: _Found) -> None:
    if not formats.reads(file.path):
        return
    try:
        uses = _uses(file)
    except Unreadable as error:
        if formats.deploys(file.path):
            found.gaps.append(Gap(commit, file.path, error.reason))
        return
    found.images += (use for use in uses if use.problem is None)
    found.gaps += (Gap(commit, use.path, f"line {use.line}: {use.problem}") for use in uses if _is_gap(use))


def _uses(file: File) -> tuple[ImageUse, ...]:
    if file.text is None:
        raise Unreadable(file.problem or "it could not be read")
    return formats.find_images(file.path, file.text)


def _is_gap(use: ImageUse) -> bool:
    return use.problem is not None and use.source is None


def _policies(commit: str, file: File, found: _Found) -> None:
    if not admission.reads(file.path) or file.text is None:
        return
    try:
        found.policies += admission.in_force(file)
    except Unreadable as error:
        if not formats.deploys(file.path):
            found.gaps.append(Gap(commit, file.path, error.reason))


def _place(one: PolicyInForce) -> tuple[str, int]:
    return one.path, one.line
