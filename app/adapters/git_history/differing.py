"""What commits changed against their first parents, through one long `diff-tree` program."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from typing import Final

from app.adapters.git_history.process import Ended, Late, Over, Place, Running, silenced
from app.adapters.git_raw import changes
from app.core.tree import SUBMODULE, SYMLINK, ChangedFile

MAX_RENAMES: Final = 2_000
"""Files that came and went in one commit, and among which similar ones are looked for."""

RENAMES: Final = ("--find-renames", f"-l{MAX_RENAMES}")
NO_RENAMES: Final = ("--no-renames",)
"""Needs no file's content."""

NOT_COMPARED: Final = "git could not compare the two sides"
"""The reason where something of them is missing or broken."""

_EXACT: Final = ("--find-renames=100%",)

Differs = tuple[tuple[ChangedFile, ...], frozenset[str]]
"""The changed files, and the paths of those that are a link or submodule on a side."""


class Differ:
    """Compares commits with their first parents through one long program."""

    def __init__(self, place: Place, renames: Sequence[str] = RENAMES) -> None:
        """Start nothing yet."""
        self._place = place
        self._renames = tuple(renames)
        self._running: Running | None = None
        self._silences = 0
        self._mark = f"assay-{secrets.token_hex(16)}\n".encode("ascii")

    def compare(self, pairs: Sequence[tuple[str, str | None]]) -> Iterator[Differs | str]:
        """Yield what differs for each pair (commit, parent), renames paired; a sentence for what cannot be compared."""
        left = list(pairs)
        while left:
            answers, trouble = self._answers(left)
            yield from answers
            left = left[len(answers) :]
            if not left:
                break
            if len(pairs) > 1:
                # Which of them it was does not show: git holds back what it says until there is more of it. What is
                # broken is likely the first, what takes too long may be any.
                alone, left = (left[:1], left[1:]) if trouble is None else (left, [])
                for pair in alone:
                    yield from self.compare((pair,))
            else:
                # Similar files cannot be paired where a blob is missing; those that are alike need no content.
                yield self._alone(left.pop()) if trouble is None else self._too_much(trouble)
                break

    def close(self) -> None:
        """End the program."""
        if self._running is not None and self._running.ours:
            self._running.end()
        self._running = None

    def _alone(self, pair: tuple[str, str | None]) -> Differs | str:
        commit, parent = pair
        sides = ("--root", commit) if parent is None else (parent, commit)
        running = self._place.start("diff-tree", *_RAW, "--no-commit-id", *_EXACT, *sides)
        try:
            output = running.rest()
            if running.child.wait():
                return f"{_NOT_KNOWN}: {NOT_COMPARED}"
            return _files(output)
        except Over as over:
            return self._too_much(over)
        finally:
            running.end()

    def _too_much(self, over: Over) -> str:
        """Say of one commit that it is too much; raises `Unavailable` when git was silent too often."""
        self._silences += isinstance(over, Late)
        if self._silences > self._place.limits.silences:
            raise silenced(self._place.limits)
        return f"{_NOT_KNOWN}: {over}"

    def _answers(self, pairs: Sequence[tuple[str, str | None]]) -> tuple[list[Differs], Over | None]:
        """Return what came whole, and what ended it when that was a limit."""
        if self._running is None or not self._running.ours:
            self._running = self._place.start("diff-tree", "--stdin", "--always", "--root", *_RAW, *self._renames)
        asked = "".join(f"{commit} {parent}\n" if parent else f"{commit}\n" for commit, parent in pairs)
        try:
            self._running.say(asked.encode("ascii", "replace") + self._mark)
            return [_files(one) for one in _cut(self._running.until(self._mark), pairs)], None
        except (Ended, Over) as trouble:
            # The last one that it began may not be whole. What came beyond the limit counts for nothing, also when it
            # was there before the limit was seen.
            whole = list(_cut(self._running.left()[: self._place.limits.answer], pairs))[:-1]
            self.close()
            return [_files(one) for one in whole], trouble if isinstance(trouble, Over) else None


_NOT_KNOWN: Final = "what the commit changed is not known"
_RAW: Final = ("-r", "-z", "--raw")


def _cut(output: bytes, pairs: Sequence[tuple[str, str | None]]) -> Iterator[bytes]:
    """Cut the answer at each commit's id; an entry of a change begins with a colon, and paths follow only that."""
    at = 0
    for commit, _ in pairs:
        head = commit.encode("ascii", "replace") + b"\0"
        if not output.startswith(head, at):
            return
        at += len(head)
        end = _end(output, at)
        yield output[at:end]
        at = end


def _end(output: bytes, at: int) -> int:
    """Return where what is said of a commit ends; an entry that was cut off ends with the output."""
    while output.startswith(b":", at):
        status = output.find(b"\0", at)
        names = 2 if output[at:status].rpartition(b" ")[2][:1] in (b"R", b"C") else 1
        for _ in range(1 + names):
            at = output.find(b"\0", at) + 1
            if at == 0:
                return len(output)
    return at


def _files(output: bytes) -> Differs:
    found = sorted(changes(output), key=lambda change: change.file)
    links = {path for one in found if _LINKS.intersection((one.old_mode, one.file.mode)) for path in one.file.paths}
    return tuple(one.file for one in found), frozenset(links)


_LINKS: Final = frozenset({SYMLINK, SUBMODULE})
