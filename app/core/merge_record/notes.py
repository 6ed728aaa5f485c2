"""Where a git note stands, and what a note of merges holds: one record a line.

Git keeps notes as files of a commit: that of a commit stands under its id, whole or in folders of two digits each
(`ab/cd…`), and both may be there at once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from app.core.errors import Unreadable

PREFIX: Final = "refs/notes/"
LEVELS: Final = 4
"""Folders within folders that are looked in: git itself makes one more for about 256 times as many notes."""

FLAT: Final = 256
"""Records of a repository whose notes are written without a folder, where nobody else made any."""

MOST_LINES: Final = 100
"""Lines of a note: that of a commit that a few pull requests ended in has a few."""

_ID: Final = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_FOLDER: Final = re.compile(r"[0-9a-f]{2}")
# As `git check-ref-format` has it: control characters, and what means something in a revision or a pattern.
_REFUSED: Final = re.compile(r"[\x00-\x20\x7f~^:?*\[\\\ud800-\udfff]|\.\.|@\{|//")
_LONGEST: Final = 200


def notes_ref(name: str) -> str | None:
    """Return the full name of a notes ref, completed as git does (`assay` is `refs/notes/assay`); `None` for none."""
    full = name if name.startswith(PREFIX) else f"refs/{name}" if name.startswith("notes/") else f"{PREFIX}{name}"
    parts = full.removeprefix(PREFIX).split("/")
    wrong = any(not part or part.startswith(".") or part.endswith(".lock") for part in parts)
    return None if wrong or _REFUSED.search(full) or full.endswith(".") or len(full) > _LONGEST else full


def folders(commit: str) -> tuple[str, ...]:
    """Return the folders in which the note of a commit may stand, from the outermost."""
    return tuple("/".join(_pairs(commit, level)) for level in range(1, LEVELS + 1))


def places(commit: str) -> tuple[str, ...]:
    """Return every path at which the note of a commit may stand, by the number of folders."""
    return tuple("/".join((*_pairs(commit, level), commit[2 * level :])) for level in range(LEVELS + 1))


def commit_of(path: str) -> str | None:
    """Return the commit whose note stands at a path; `None` when git takes it for no note."""
    *above, last = path.split("/")
    commit = "".join((*above, last))
    pairs = all(_FOLDER.fullmatch(folder) for folder in above)
    return commit if last and pairs and _ID.fullmatch(commit) else None


def envelopes(content: bytes) -> tuple[bytes, ...]:
    """Return the records of a note; git puts empty lines between notes that it joins."""
    return tuple(line + b"\n" for line in content.split(b"\n") if line.strip())


def joined(content: bytes, envelope: bytes) -> bytes:
    """Return the content of a note with one more record after all that it holds, whoever wrote that.

    Raises `Unreadable` for a record of several lines.
    """
    if envelopes(envelope) != (envelope,):
        raise Unreadable("is no single line")
    return b"".join((content, b"\n" if content and not content.endswith(b"\n") else b"", envelope))


def too_much(content: bytes, largest: int) -> str:
    """Say why a note is not read, in a clause; empty where it is. A record has at most `largest` bytes."""
    lines = content.count(b"\n")
    if lines > MOST_LINES:
        return f"holds more than {MOST_LINES} lines, and is not read"
    # It is read once for each of its lines.
    return "holds too much for so many lines, and is not read" if lines * len(content) > 8 * largest else ""


def _pairs(commit: str, level: int) -> Iterable[str]:
    return (commit[2 * place : 2 * place + 2] for place in range(level))
