"""A real git repository whose commits are written one by one, with every part of each under a test's control."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

_ENVIRONMENT: Final = {
    "PATH": "/usr/local/bin:/usr/bin:/bin",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": "/dev/null",
}
_BEGINNING: Final = 1_767_225_600
_DAY: Final = 86_400


@dataclass(slots=True)
class Past:
    """A repository in a folder; commits are a day apart unless a time is given."""

    folder: Path
    written: int = 0
    files: dict[str, bytes | None] = field(default_factory=dict)

    @classmethod
    def begun(cls, folder: Path, *options: str) -> Past:
        """Make an empty repository."""
        past = cls(folder)
        folder.mkdir(parents=True, exist_ok=True)
        past.git("init", "-q", "-b", "main", *options)
        return past

    def git(self, *arguments: str, stdin: bytes = b"") -> str:
        """Run git in it."""
        done = subprocess.run(
            ["git", "-C", str(self.folder), *arguments], env=_ENVIRONMENT, input=stdin, capture_output=True, check=True
        )
        return done.stdout.decode("utf-8", "surrogateescape").strip()

    def tree(self, files: Mapping[str, str | bytes]) -> str:
        """Write a tree of plain files."""
        self.git("read-tree", "--empty")
        lines = []
        for path, content in files.items():
            text = content.encode() if isinstance(content, str) else content
            oid = self.git("hash-object", "-w", "--stdin", stdin=text)
            lines.append(b"100644 " + oid.encode() + b"\t" + path.encode("utf-8", "surrogateescape") + b"\0")
        self.git("update-index", "-z", "--index-info", stdin=b"".join(lines))
        return self.git("write-tree")

    def commit(
        self,
        files: Mapping[str, str | bytes] | str,
        message: str | bytes = "Change",
        *,
        parents: tuple[str, ...] | None = None,
        author: str = "Ann <ann@example.org>",
        committer: str = "Ann <ann@example.org>",
        at: int | None = None,
        headers: str = "",
        branch: str = "main",
    ) -> str:
        """Write a commit with these files, and let the branch point to it; its parent is what the branch was."""
        tree = files if isinstance(files, str) else self.tree(files)
        when = _BEGINNING + _DAY * self.written if at is None else at
        self.written += 1
        before = (self.tip(branch),) if parents is None else parents
        head = [f"tree {tree}", *(f"parent {one}" for one in before if one)]
        head += [f"author {author} {when} +0000", f"committer {committer} {when} +0000"]
        text = "\n".join((*head, *([headers] if headers else []))).encode("utf-8", "surrogateescape")
        text += b"\n\n" + (message.encode() if isinstance(message, str) else message) + b"\n"
        commit = self.git("hash-object", "-t", "commit", "-w", "--literally", "--stdin", stdin=text)
        self.git("update-ref", f"refs/heads/{branch}", commit)
        return commit

    def tip(self, branch: str = "main") -> str:
        """Return what a branch points to; empty when it does not exist."""
        try:
            return self.git("rev-parse", "--verify", "--quiet", f"refs/heads/{branch}")
        except subprocess.CalledProcessError:
            return ""

    def object_file(self, oid: str) -> Path:
        """Return where a loose object lies."""
        return self.folder / ".git" / "objects" / oid[:2] / oid[2:]
