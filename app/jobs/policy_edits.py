"""Two commits of a source → the edits of policies between them."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from app import admission
from app.core.policy_edit import Effect, PolicyEdit
from app.core.tree import ChangedFile, File
from app.jobs.ports import Source

MAX_READ = 32 * 1024 * 1024
"""Characters of changed files that one review reads of either side."""

ROUNDS = 6
MAX_AROUND = 150
"""Files of either side that are read besides the changed ones."""

MAX_PARTS = 500_000
"""Parts of policies (lines, items, braces) that one review holds of both sides; one may be two characters long."""

_AT_A_TIME = 60
_TOO_MUCH = f"not read: the change touches more than {MAX_READ // (1024 * 1024)} MiB of such files"
_TOO_MANY = f"not compared: the change touches policies of more than {MAX_PARTS:,} lines and items"
_GONE = "it is named as changed, and is not found under this name"


def read_edits(
    source: Source, files: Sequence[ChangedFile], commits: tuple[str, str], look: admission.Look | None = None
) -> tuple[PolicyEdit, ...]:
    """Compare the policies of every changed file at both `commits` (merge base, head).

    Mostly the files were read for their images already: a source that remembers them is asked for little more. What
    overlays bring besides is followed for a few rounds. `look` answers as `admission.held` does, and may remember.
    """
    look = functools.cache(Within(look or admission.held))
    base, head = commits
    before = _side(source, base, (file.base_path for file in files))
    after = _side(source, head, (file.head_path for file in files))
    around = _around(source, commits, (before, after), look)
    return (*admission.compare(before, after, around.found, look=look), *_not_followed(around.left))


@dataclass(slots=True)
class Within:
    """Answers as `look` does while `left` lasts; after that, a file with policies is one that cannot be read."""

    look: admission.Look
    left: int = MAX_PARTS

    def __call__(self, file: File) -> admission.Held:
        """Return what a file holds; what is asked twice counts twice."""
        held = self.look(file)
        if not held.policies:
            return held
        self.left -= sum(map((file.text or "").count, "\n,[{"))
        return held if self.left >= 0 else replace(held, policies=(), unread=_TOO_MANY)


@dataclass(frozen=True, slots=True)
class _Around:
    """Files that were read besides at the base and at the head, and the paths that were left out."""

    found: tuple[list[File], list[File]]
    left: frozenset[str]


def _around(
    source: Source, commits: tuple[str, str], changed: tuple[list[File], list[File]], look: admission.Look
) -> _Around:
    found: tuple[list[File], list[File]] = ([], [])
    asked: tuple[set[str], set[str]] = (set(), set())
    left: set[str] = set()
    for _ in range(ROUNDS):
        wanted = admission.wanted(*changed, found, look=look)
        left = {*(wanted[0] - asked[0]), *(wanted[1] - asked[1])}
        if not left:
            break
        for side in (0, 1):
            some = sorted(wanted[side] - asked[side])[: MAX_AROUND - len(asked[side])]
            asked[side].update(some)
            left.difference_update(some)
            # What is not there is no file, and often only one of the names that it could have.
            found[side].extend(source.read(commits[side], some).values() if some else ())
    return _Around(found, frozenset(left))


def _not_followed(left: frozenset[str]) -> tuple[PolicyEdit, ...]:
    if not left:
        return ()
    said = f"overlays bring {len(left)} more files than are followed: whether policies are among them is not known"
    return (PolicyEdit(min(left), None, "", None, None, Effect.CANNOT_TELL, said, unread=True),)


def _side(source: Source, commit: str, paths: Iterable[str | None]) -> list[File]:
    return list(_read(source, commit, sorted({path for path in paths if path is not None and admission.reads(path)})))


def _read(source: Source, commit: str, paths: Sequence[str]) -> Iterator[File]:
    """Read files, a few at a time: what is over `MAX_READ` in all has a problem, like what is not there."""
    left = MAX_READ
    for start in range(0, len(paths), _AT_A_TIME):
        some = paths[start : start + _AT_A_TIME]
        found = source.read(commit, some) if left > 0 else {}
        why = _GONE if left > 0 else _TOO_MUCH
        for path in some:
            file = found.get(path) or File(path, None, why)
            left -= len(file.text or "")
            yield file
