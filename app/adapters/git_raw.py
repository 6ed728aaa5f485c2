"""Git's raw form of a comparison (`diff-tree -r -z --raw`), read into values."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from app.core.tree import ChangedFile, FileStatus

_ZERO = re.compile(r"0+")
_STATUS: Final = {"A": FileStatus.ADDED, "D": FileStatus.REMOVED, "R": FileStatus.RENAMED}


@dataclass(frozen=True, slots=True)
class RawChange:
    """A changed file with the octal mode of its old side, `None` when there was none."""

    file: ChangedFile
    old_mode: str | None


_LONGEST: Final = 4096


def may_exist(path: str) -> bool:
    """Whether a tree may hold a path; what manifests name may be anything, and git gives up on the rest of a call."""
    return "\0" not in path and len(path) <= _LONGEST and {"", ".", ".."}.isdisjoint(path.split("/"))


def text(output: bytes) -> str:
    """Return git's output as text; paths are bytes to git, and what is not UTF-8 is kept apart, never dropped."""
    return output.decode("utf-8", "surrogateescape")


def changes(output: bytes) -> Iterator[RawChange]:
    """Yield every changed file of a comparison, in git's order."""
    remaining = iter(text(output).split("\0"))
    for about in remaining:
        if about:
            yield _change(about, remaining)


def changes_of_each(output: bytes) -> Mapping[str, Sequence[RawChange]]:
    """Return the changed files by commit, of many comparisons (`--stdin`); one without changes is not there."""
    found: dict[str, list[RawChange]] = {}
    here: list[RawChange] = []
    remaining = iter(text(output).split("\0"))
    for about in remaining:
        if about.startswith(":"):
            here.append(_change(about, remaining))
        elif about:
            here = found.setdefault(about, [])
    return found


def _change(about: str, remaining: Iterator[str]) -> RawChange:
    old_mode, mode, before, after, status = about.lstrip(":").split(" ")
    first = next(remaining)
    renamed = status.startswith("R")
    file = ChangedFile(
        path=next(remaining) if renamed else first,
        status=_STATUS.get(status[0], FileStatus.MODIFIED),
        previous_path=first if renamed else None,
        before=_given(before),
        after=_given(after),
        mode=_given(mode),
    )
    return RawChange(file, _given(old_mode))


def _given(word: str) -> str | None:
    return None if _ZERO.fullmatch(word) else word
