"""Git's objects as values, and their forms on the wire of git's plumbing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Entry:
    """Content with a mode of its own."""

    content: bytes
    mode: str


def executable(content: str) -> Entry:
    """Return a file that may be run."""
    return Entry(content.encode(), "100755")


def symlink(target: str) -> Entry:
    """Return a symbolic link."""
    return Entry(target.encode(), "120000")


def submodule(commit: str) -> Entry:
    """Return a submodule at a commit of another repository."""
    return Entry(commit.encode(), "160000")


Content: TypeAlias = str | bytes | Entry | None
"""What a path is to hold; `None` removes it."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who wrote or committed: what stands in the git commit, mapped to an account by its email address."""

    name: str
    email: str
    when: int = 0

    def stamp(self) -> bytes:
        """Return the form that git's plumbing takes."""
        return f"{self.name} <{self.email}> {self.when} +0000".encode()


@dataclass(frozen=True, slots=True)
class GitCommit:
    """A commit object, read."""

    sha: str
    tree: str
    parents: tuple[str, ...]
    author: Identity
    committer: Identity
    message: str


@dataclass(frozen=True, slots=True)
class TreeItem:
    """One entry of a tree object."""

    name: bytes
    mode: str
    sha: str

    @property
    def kind(self) -> str:
        """`tree`, `blob` or `commit` (a submodule)."""
        return {"40000": "tree", "160000": "commit"}.get(self.mode, "blob")


@dataclass(frozen=True, slots=True)
class Difference:
    """One changed path between two trees; `before` and `after` are blob ids, all zeros where there is none."""

    status: str
    path: str
    previous: str | None
    before: str
    after: str
    additions: int
    deletions: int


def parsed(sha: str, data: bytes) -> GitCommit:
    """Read a commit object."""
    head, _, message = data.decode(errors="replace").partition("\n\n")
    fields: dict[str, list[str]] = {}
    for line in head.split("\n"):
        key, _, value = line.partition(" ")
        fields.setdefault(key, []).append(value)
    author, committer = identity(fields["author"][0]), identity(fields["committer"][0])
    return GitCommit(sha, fields["tree"][0], tuple(fields.get("parent", ())), author, committer, message)


def identity(stamp: str) -> Identity:
    """Read `Name <email> seconds zone`."""
    name, _, rest = stamp.partition(" <")
    email, _, when = rest.partition("> ")
    return Identity(name, email, int(when.split(" ")[0]))


def counted(data: bytes) -> bytes:
    """Return fast-import's form of bytes."""
    return b"data %d\n" % len(data) + data + b"\n"


def quoted(path: str) -> bytes:
    """Return fast-import's form of a path, whatever it holds."""
    return b'"' + b"".join(b"\\%03o" % byte for byte in path.encode(errors="surrogateescape")) + b'"'


def changed(path: str, content: Content) -> bytes:
    """Return fast-import's line for one path."""
    if content is None:
        return b"D " + quoted(path) + b"\n"
    if not isinstance(content, Entry):
        content = Entry(content.encode() if isinstance(content, str) else content, "100644")
    if content.mode == "160000":
        return b"M 160000 " + content.content + b" " + quoted(path) + b"\n"
    return f"M {content.mode} inline ".encode() + quoted(path) + b"\n" + counted(content.content)
