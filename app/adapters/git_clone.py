"""A local git repository behind the `Source` and `Clone` ports, read through the git program.

Nothing is checked out; no hook, filter, external diff or configuration of the machine takes part; every child process
is bounded in time and starts with an environment of our own (AT-170, AT-205). Revisions are resolved once, behind
`--end-of-options`; after that only object ids are passed (AT-171).
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from app.adapters.git_environment import ENVIRONMENT
from app.adapters.git_raw import changes, may_exist, text
from app.core.errors import Unavailable
from app.core.history import MISSING
from app.core.tree import MAX_FILE, SUBMODULE, ChangedFile, File, Listing, file_of

_PATHS_A_CALL = 200
_NO_REPOSITORY: Final = ("fatal: not a git repository", "fatal: cannot change to ")


@dataclass(frozen=True, slots=True)
class GitClone:
    """The repository that holds `folder`; `timeout` bounds each git process, in seconds."""

    folder: str
    timeout: float = field(default=60.0)

    def resolve(self, revision: str) -> str:
        """Return the commit that a revision names; raises `Unavailable` (permanent) when there is none."""
        output = self._git(
            "rev-parse",
            "--verify",
            "--quiet",
            "--end-of-options",
            f"{revision}^{{commit}}",
            what=f"no commit {revision!r} in this repository: name a branch, tag or commit that it holds (`git fetch`)",
        )
        return output.decode("ascii").strip()

    def merge_base(self, base: str, head: str) -> str:
        """Return the best common ancestor of two commits; raises `Unavailable` (permanent) when they share none."""
        return self._git("merge-base", base, head, what="the two commits share no history").decode("ascii").strip()

    def first_parents(self, commit: str, most: int) -> Sequence[str]:
        """Return a commit and its ancestors along first parents, the newest first, at most so many."""
        output = self._git("rev-list", "--first-parent", f"--max-count={most}", commit)
        return output.decode("ascii").split()

    def top(self) -> str:
        """Return the folder of the working tree; raises `Unavailable` (permanent) when there is none."""
        what = "this repository has no working tree: name a policy file that lies in a .github folder"
        return os.fsdecode(self._git("rev-parse", "--show-toplevel", what=what)).removesuffix("\n")

    def changed_files(self, base: str, head: str) -> Sequence[ChangedFile]:
        """Return what differs between the trees of two commits, renames paired, sorted by path."""
        output = self._git("diff-tree", "-r", "-z", "--raw", "--no-commit-id", "--find-renames", "-l2000", base, head)
        return sorted(change.file for change in changes(output))

    def read(self, commit: str, paths: Iterable[str]) -> Mapping[str, File]:
        """Return each path's content at `commit`; a path that does not exist there is not in the answer."""
        wanted = sorted(path for path in set(paths) if may_exist(path))
        entries: dict[str, tuple[str, str, int]] = {}
        for start in range(0, len(wanted), _PATHS_A_CALL):
            chunk = wanted[start : start + _PATHS_A_CALL]
            output = self._git("ls-tree", "-z", "-l", "--full-tree", commit, "--", *chunk)
            entries.update(_entries(text(output)))
        kept = {path: entries[path] for path in wanted if path in entries and entries[path][0] != _TREE}
        blobs = self._blobs({oid for mode, oid, size in kept.values() if mode != SUBMODULE and 0 <= size <= MAX_FILE})
        return {
            path: File(path, None, MISSING) if size < 0 else file_of(path, mode, blobs.get(oid, _TOO_LARGE))
            for path, (mode, oid, size) in kept.items()
        }

    def list(self, commit: str, folder: str) -> Listing:
        """Return every path below a folder at `commit`; the empty name is the root of the repository."""
        below = f"{folder.strip('/')}/".removeprefix("/")
        within = ("--", below) if below else ()
        output = self._git("ls-tree", "-r", "-z", "--name-only", "--full-tree", commit, *within)
        return Listing.of(path for path in text(output).split("\0") if path.startswith(below) and path)

    def _blobs(self, oids: set[str]) -> dict[str, bytes]:
        if not oids:
            return {}
        ordered = sorted(oids)
        output = self._git("cat-file", "--batch", stdin="".join(f"{oid}\n" for oid in ordered).encode("ascii"))
        found: dict[str, bytes] = {}
        at = 0
        for oid in ordered:
            end = output.index(b"\n", at)
            size = int(output[at:end].rsplit(b" ", 1)[1])
            found[oid] = output[end + 1 : end + 1 + size]
            at = end + 1 + size + 1
        return found

    def _git(self, *arguments: str, stdin: bytes = b"", what: str = "git could not read the repository") -> bytes:
        command = ["git", "-C", self.folder, "-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false", *arguments]
        try:
            done = subprocess.run(  # noqa: S603 - a list, no shell; the program is git by name on a fixed PATH
                command, input=stdin, capture_output=True, env=ENVIRONMENT, timeout=self.timeout, check=False
            )
        except FileNotFoundError as error:
            raise Unavailable("the git program is not installed", permanent=True) from error
        except subprocess.TimeoutExpired as error:
            raise Unavailable(f"git did not answer within {self.timeout:g} seconds") from error
        if done.returncode != 0:
            said = text(done.stderr).strip().splitlines()
            if said and said[-1].startswith(_NO_REPOSITORY):
                raise Unavailable(f"{self.folder!r} is no git repository", permanent=True)
            raise Unavailable(f"{what}{': ' + said[-1] if said else ''}", permanent=True)
        return done.stdout


_TREE: Final = "040000"
# Stands for the content of a blob that was not fetched because of its size: one byte over what is read.
_TOO_LARGE: Final = b" " * (MAX_FILE + 1)


def _entries(output: str) -> Iterable[tuple[str, tuple[str, str, int]]]:
    for entry in output.split("\0"):
        if entry:
            about, _, path = entry.partition("\t")
            mode, _kind, oid, size = about.split()
            yield path, (mode, oid, _size(size))


def _size(said: str) -> int:
    """Read a size: none for what is no blob, below none for a blob that is missing or broken (git says `BAD`)."""
    return int(said) if said.isdigit() else 0 if said == "-" else -1
