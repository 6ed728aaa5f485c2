"""Real bare git repositories, made and read with the git program: merge bases, renames and diffs are git's."""

from __future__ import annotations

import os
import pathlib
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Iterable, Mapping
from typing import Final

from tests.fakes.github.gitobjects import Content, Difference, GitCommit, Identity, TreeItem, changed, counted, parsed


class Conflict(Exception):
    """Two commits cannot be merged without a person."""


ENVIRONMENT: Final = {
    "PATH": os.environ.get("PATH", os.defpath),
    "HOME": "/nonexistent",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C",
}
PEOPLE: Final = {
    "GIT_AUTHOR_NAME": "GitHub",
    "GIT_AUTHOR_EMAIL": "noreply@github.com",
    "GIT_COMMITTER_NAME": "GitHub",
    "GIT_COMMITTER_EMAIL": "noreply@github.com",
}


class GitStore:
    """One bare repository; forks share the objects of their base, as they do at GitHub."""

    def __init__(self, path: pathlib.Path, base: GitStore | None = None) -> None:
        self.path: Final = path
        self._objects: Final = base.objects if base else path / "objects"
        self._batch: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()
        self._commits: dict[str, GitCommit] = {}
        self._answers: dict[tuple[str, ...], bytes] = {}
        path.parent.mkdir(parents=True, exist_ok=True)
        # Started outside of itself: --git-dir is not there yet.
        command = ["git", "init", "-q", "--bare", "--template=", "-b", "main", str(path)]
        subprocess.run(command, check=True, env=ENVIRONMENT)
        if base:
            shutil.rmtree(path / "objects")
            (path / "objects").symlink_to(base.objects)

    @property
    def objects(self) -> pathlib.Path:
        """Where the objects of the whole network of forks lie."""
        return self._objects

    def close(self) -> None:
        """End the reading process."""
        if self._batch is None:
            return
        assert self._batch.stdin
        assert self._batch.stdout
        self._batch.stdin.close()
        self._batch.stdout.close()
        self._batch.wait()
        self._batch = None

    def git(self, *arguments: str, stdin: bytes = b"", environment: Mapping[str, str] | None = None) -> bytes:
        """Run git and return what it prints; a failure is a bug of the simulator or its test."""
        done = subprocess.run(
            ["git", "--git-dir", str(self.path), *arguments],
            input=stdin,
            capture_output=True,
            env={**ENVIRONMENT, **(environment or {})},
            check=False,
        )
        if done.returncode and not (arguments[0] == "merge-base" and done.returncode == 1):  # 1: nothing in common
            raise AssertionError(f"git {' '.join(arguments[:2])}: {done.stderr.decode(errors='replace')}")
        return done.stdout

    def asked(self, *arguments: str) -> bytes:
        """Run git on commits given by their ids and remember the answer: it cannot change."""
        if arguments not in self._answers:
            self._answers[arguments] = self.git(*arguments)
        return self._answers[arguments]

    def read(self, name: str) -> tuple[str, str, bytes] | None:
        """Return id, type and bytes of the object that a name means, `None` when there is none."""
        if not name or any(ord(letter) <= 32 for letter in name):
            return None
        with self._lock:
            if self._batch is None:
                command = ["git", "--git-dir", str(self.path), "cat-file", "--batch"]
                self._batch = subprocess.Popen(
                    command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=ENVIRONMENT
                )
            assert self._batch.stdin
            assert self._batch.stdout
            self._batch.stdin.write(name.encode() + b"\n")
            self._batch.stdin.flush()
            head = self._batch.stdout.readline().split()
            if len(head) != 3 or not head[2].isdigit():
                return None
            data = self._batch.stdout.read(int(head[2]))
            self._batch.stdout.read(1)
        return head[0].decode(), head[1].decode(), data

    def commit(self, sha: str) -> GitCommit | None:
        """Return the commit with this id."""
        if sha not in self._commits:
            found = self.read(sha)
            if found is None or found[1] != "commit":
                return None
            self._commits[sha] = parsed(found[0], found[2])
        return self._commits[sha]

    def tip(self, ref: str) -> str | None:
        """Return the commit that a full ref (`refs/heads/…`) points to."""
        found = self.read(ref)
        return found[0] if found else None

    def tree(self, sha: str) -> tuple[TreeItem, ...]:
        """Return the entries of a tree object."""
        found = self.read(sha)
        assert found
        assert found[1] == "tree"
        items, data, at = [], found[2], 0
        while at < len(data):
            space, nul = data.index(b" ", at), data.index(b"\0", at)
            items.append(TreeItem(data[space + 1 : nul], data[at:space].decode(), data[nul + 1 : nul + 21].hex()))
            at = nul + 21
        return tuple(items)

    def find(self, commit: str, path: str) -> TreeItem | None:
        """Return what a path holds at a commit; the empty path is the root."""
        found = self.commit(commit)
        item = TreeItem(b"", "40000", found.tree) if found else None
        for part in [part for part in path.split("/") if part]:
            if item is None or item.kind != "tree":
                return None
            item = next((child for child in self.tree(item.sha) if child.name == part.encode()), None)
        return item

    def write(self, branch: str, files: Mapping[str, Content], commit: GitCommit) -> str:
        """Add a commit with these parents, the first parent's tree and these files, and move the branch to it."""
        lines = [f"commit refs/heads/{branch}\nmark :1\n".encode()]
        lines += [b"author ", commit.author.stamp(), b"\ncommitter ", commit.committer.stamp(), b"\n"]
        lines.append(counted(commit.message.encode()))
        for word, parent in zip(["from", *["merge"] * len(commit.parents)], commit.parents, strict=False):
            lines.append(f"{word} {parent}\n".encode())
        if not commit.parents:
            lines.append(b"deleteall\n")
        lines += [changed(path, content) for path, content in files.items()]
        if not commit.parents:  # fast-import would otherwise go on from the branch's tip
            self.drop(f"refs/heads/{branch}")
        out = self.git(
            "fast-import",
            "--quiet",
            "--force",
            "--date-format=raw-permissive",
            stdin=b"".join([*lines, b"\nget-mark :1\n"]),
        )
        return out.decode().strip()

    def keep(self, content: bytes) -> str:
        """Add a blob and return its id."""
        return self.git("hash-object", "-w", "--stdin", stdin=content).decode().strip()

    def plant(self, base: str | None, entries: Iterable[tuple[str, str, str]]) -> str:
        """Add a tree that holds these (mode, id, path) on top of another tree and return its id."""
        lines = "".join(f"{mode} {sha}\t{path}\0" for mode, sha, path in entries)
        with tempfile.TemporaryDirectory() as folder:
            index = {"GIT_INDEX_FILE": f"{folder}/index"}
            self.git("read-tree", *([base] if base else ["--empty"]), environment=index)
            self.git("update-index", "-z", "--index-info", stdin=lines.encode(), environment=index)
            return self.git("write-tree", environment=index).decode().strip()

    def crown(self, tree: str, parents: Iterable[str], who: Identity, message: str) -> str:
        """Add a commit of a tree, on no branch, and return its id."""
        above = [word for parent in parents for word in ("-p", parent)]
        by = {"NAME": who.name, "EMAIL": who.email, "DATE": f"@{who.when} +0000"}
        roles = {f"GIT_{role}_{name}": value for role in ("AUTHOR", "COMMITTER") for name, value in by.items()}
        done = self.git("commit-tree", tree, *above, "-F", "-", stdin=message.encode(), environment=roles)
        return done.decode().strip()

    def move(self, ref: str, sha: str) -> None:
        """Point a ref somewhere, by force."""
        self.git("update-ref", ref, sha)

    def drop(self, ref: str) -> None:
        """Remove a ref; it need not exist."""
        self.git("update-ref", "-d", ref)

    def refs(self, prefix: str) -> dict[str, str]:
        """Return refs under a prefix with what they point to."""
        lines = self.git("for-each-ref", "--format=%(objectname) %(refname)", prefix).decode().splitlines()
        return {name: sha for sha, name in (line.split(" ", 1) for line in lines)}

    def merge_base(self, one: str, other: str) -> str | None:
        """Return the best common ancestor of two commits, `None` for unrelated histories."""
        return self.asked("merge-base", one, other).decode().strip() or None

    def between(self, base: str, head: str) -> tuple[str, ...]:
        """Return the commits that `head` has and `base` has not, oldest first."""
        return tuple(self.asked("rev-list", "--reverse", "--topo-order", head, f"^{base}").decode().split())

    def history(self, commit: str, path: str | None = None) -> tuple[str, ...]:
        """Return a commit and its ancestors, newest first; with a path only those that changed it."""
        rest = ("--", f":(literal){path}") if path else ()
        return tuple(self.asked("rev-list", commit, *rest).decode().split())

    def differences(self, before: str, after: str) -> tuple[Difference, ...]:
        """Compare the trees of two commits with git's own rename detection."""
        out = self.asked("diff-tree", "-r", "-M", "--raw", "--numstat", "-z", "--no-abbrev", before, after)
        fields = iter(out.decode(errors="surrogateescape").split("\0"))
        raw: list[tuple[str, str, str | None, str, str]] = []
        counts: dict[str, tuple[int, int]] = {}
        for field in fields:
            if field.startswith(":"):
                _, _, old, new, status = field.split(" ")
                previous = next(fields) if status[0] in "RC" else None
                raw.append((status[0], next(fields), previous, old, new))
            elif field:
                added, removed, path = field.split("\t", 2)
                if not path:
                    next(fields)
                    path = next(fields)
                counts[path] = (int(added) if added.isdigit() else 0, int(removed) if removed.isdigit() else 0)
        return tuple(
            Difference(status, path, previous, old, new, *counts.get(path, (0, 0)))
            for status, path, previous, old, new in raw
        )

    def patches(self, before: str, after: str) -> list[str]:
        """Return the hunks of each changed path in the order of `differences`; empty for binaries."""
        out = self.asked("diff-tree", "-r", "-M", "-p", "--no-color", before, after).decode(errors="replace")
        found: dict[str, str] = {}
        for part in ("\n" + out).split("\ndiff --git ")[1:]:
            hunks = "@@" + part.split("\n@@", 1)[1].rstrip("\n") if "\n@@" in part else ""
            # A path that becomes another kind (a link, a submodule) is told twice: as gone and as new.
            name = part.partition("\n")[0]
            found[name] = "\n".join(one for one in (found.get(name), hunks) if one)
        return list(found.values())

    def merge(self, ours: str, theirs: str, message: str, *, squash: bool = False) -> str:
        """Return a new merge commit of two commits (or one that only has its tree), on no branch; raises `Conflict`."""
        try:
            tree = self.git("merge-tree", "--write-tree", ours, theirs).decode().split()[0]
        except AssertionError as failed:
            raise Conflict from failed
        commit = self.commit(theirs)
        assert commit
        when = f"{commit.committer.when + 60} +0000"
        dated = {**PEOPLE, "GIT_AUTHOR_DATE": when, "GIT_COMMITTER_DATE": when}
        parents = ("-p", ours) if squash else ("-p", ours, "-p", theirs)
        arguments = ("commit-tree", tree, *parents, "-F", "-")
        return self.git(*arguments, stdin=message.encode(), environment=dated).decode().strip()
