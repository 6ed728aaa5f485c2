"""Files of a git tree: what changed between two commits, and what a file holds."""

from __future__ import annotations

import enum
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

_SHA256_DIGITS = 64


class FileStatus(enum.Enum):
    """How a path differs between the merge base and the head."""

    ADDED = "added"
    REMOVED = "removed"
    MODIFIED = "modified"
    RENAMED = "renamed"


@dataclass(frozen=True, slots=True, order=True)
class ChangedFile:
    """One changed path.

    `previous_path` is set for a rename only. `before` and `after` are git blob ids (40 or 64 hexadecimal
    digits): `None` when the side does not exist or the forge did not tell. `mode` is the new side's, as git writes
    it (`100644`): `None` likewise.
    """

    path: str
    status: FileStatus
    previous_path: str | None = None
    before: str | None = None
    after: str | None = None
    mode: str | None = None

    @property
    def paths(self) -> tuple[str, ...]:
        """Every path that this change touches; a rename touches two."""
        return (self.path,) if self.previous_path is None else (self.previous_path, self.path)

    @property
    def base_path(self) -> str | None:
        """The path on the old side; `None` when the file is new."""
        if self.status is FileStatus.ADDED:
            return None
        return self.previous_path or self.path

    @property
    def head_path(self) -> str | None:
        """The path on the new side; `None` when the file is gone."""
        return None if self.status is FileStatus.REMOVED else self.path


@dataclass(frozen=True, slots=True)
class File:
    """What one path holds at one commit: `text`, or a `problem` that says why it cannot be had.

    Exactly one of the two is set. A problem is a clause for people: "a symbolic link", "larger than 1 MiB",
    "not UTF-8", "a submodule", "a Git LFS pointer".
    """

    path: str
    text: str | None
    problem: str | None = None


MAX_LISTED = 100_000
"""Paths that one listing holds at most."""


@dataclass(frozen=True, slots=True)
class Listing:
    """The paths below a folder at one commit, from the repository's root, sorted: files, links and submodules.

    Without `whole` it was cut, and a path that is missing may be there all the same. A folder that is not there has an
    empty, whole listing.
    """

    paths: tuple[str, ...]
    whole: bool

    @classmethod
    def of(cls, paths: Iterable[str], *, whole: bool = True) -> Listing:
        """Sort paths, each once, and cut what is too long."""
        known = sorted(set(paths))
        return cls(tuple(known[:MAX_LISTED]), whole and len(known) <= MAX_LISTED)


DIRECTORY = "a directory, not a file"
"""The problem of a path that is a folder, where the source tells it apart from one that is not there."""


class Tool(enum.Enum):
    """What renders a folder: the program's name."""

    KUSTOMIZE = "kustomize"
    HELM = "helm"


MAX_FILE = 1024 * 1024
"""Bytes of the largest file that is read; a larger one is unreadable, never "without images"."""

SYMLINK = "120000"
SUBMODULE = "160000"
_LFS = "version https://git-lfs.github.com/spec/"


def file_of(path: str, mode: str, content: bytes) -> File:
    """Make a file of a tree entry's octal mode and its blob, naming what stands in the way of reading it.

    A link is never followed (AT-134), a submodule's content is not here (AT-135), a Git LFS pointer is not the file.
    """
    problem = mode_problem(mode) or _content_problem(content)
    return File(path, None, problem) if problem else File(path, content.decode("utf-8-sig"))


_MODE_PROBLEMS = {SYMLINK: "a symbolic link, which is not followed", SUBMODULE: "a submodule, which is not read"}
LEADS_ELSEWHERE = frozenset(_MODE_PROBLEMS.values())
"""Problems of a path that stands for what lies at another place, be it a whole directory."""


def mode_problem(mode: str) -> str | None:
    """Return why a path of this octal mode has no content of its own, `None` when it has."""
    return _MODE_PROBLEMS.get(mode)


def _content_problem(content: bytes) -> str | None:
    if len(content) > MAX_FILE:
        return "larger than 1 MiB"
    if b"\0" in content:
        return "binary: it holds a NUL byte"
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return "not UTF-8"
    return "a Git LFS pointer, not the file itself" if text.startswith(_LFS) else None


def blob_id(content: bytes, like: str) -> str:
    """Return git's id of a blob, in the hash that `like` is written in."""
    framed = b"blob %d\0" % len(content) + content
    if len(like) == _SHA256_DIGITS:
        return hashlib.sha256(framed).hexdigest()
    return hashlib.sha1(framed, usedforsecurity=False).hexdigest()
