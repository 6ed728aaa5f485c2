"""Merge records in a local git repository: files of a branch, or notes of commits. Offline, and some held at a time.

Of objects that the repository does not have nothing is fetched: a record that is missing is told.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from app.adapters.dsse_key import MAX_ENVELOPE, unsafe_payload
from app.adapters.git_history.process import Limits, Place
from app.core.errors import Unavailable, Unreadable
from app.core.merge_record import Kept, read
from app.core.merge_record.notes import commit_of, envelopes, too_much

MAX_RECORDS: Final = 1_000_000
_HELD: Final = 16 * 1024 * 1024
_AT_A_TIME: Final = 1_000
_RECORD: Final = re.compile(r"records/[0-9]+\.json")
_STRAY: Final = re.compile(r"records/(?:.*/)?\d+\.json", re.IGNORECASE | re.DOTALL)
_FILE: Final = re.compile(rb"100[0-7]{3} blob")
_MEBIBYTES: Final = MAX_ENVELOPE // (1024 * 1024)


@dataclass(frozen=True, slots=True)
class GitRecords:
    """The repository that holds `folder`; `seconds` bound each git process. All raise `Unavailable`.

    Where there are more than `most` files, none is read.
    """

    folder: str
    seconds: float = 120.0
    most: int = MAX_RECORDS

    def of_branch(self, name: str) -> Iterator[Kept]:
        """Yield the records of a branch: the files below `records/` that are named by a number, in their order."""
        commit = self._resolve(name, f"git fetch origin {name.removeprefix('origin/')}")
        files: list[tuple[str, str]] = []
        for path, blob in self._entries(commit, "records/"):
            if blob is not None and _RECORD.fullmatch(path):
                files.append((path, blob))
            elif _STRAY.fullmatch(path):
                # Another repository's chain, or a record that is kept out of sight.
                yield path, Unreadable("stands where Assay puts no record, or is no regular file")
        files.sort()
        contents = self._contents([blob for _, blob in files])
        yield from ((path, content) for (path, _), content in zip(files, contents, strict=True))

    def of_notes(self, ref: str) -> Iterator[Kept]:
        """Yield the records of notes in the order of their chains, each by the commit whose note it is.

        What is no record comes first. Notes are read twice: once to find where each record belongs.
        """
        commit = self._resolve(ref, f"git fetch origin {ref}:{ref}")
        entries = ((commit_of(path), blob) for path, blob in self._entries(commit))
        notes = [(of, blob) for of, blob in entries if of is not None and blob is not None]
        order: list[tuple[int, int, int, int]] = []
        for place, found in enumerate(self._contents([blob for _, blob in notes])):
            content = _checked(found)
            if isinstance(content, Unreadable):
                yield notes[place][0], content
                continue
            for line, envelope in enumerate(envelopes(content)):
                try:
                    claims = read(unsafe_payload(envelope))
                except Unreadable as error:
                    yield notes[place][0], error
                    continue
                order.append((claims.repository_id, claims.link.sequence, place, line))
        order.sort()
        contents = self._contents([notes[place][1] for _, _, place, _ in order])
        for (_, _, place, line), content in zip(order, contents, strict=True):
            # What is named by its digest cannot have changed since.
            yield notes[place][0], content if isinstance(content, Unreadable) else envelopes(content)[line]

    def _resolve(self, revision: str, remedy: str) -> str:
        asked = ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
        what = f"no commit {revision!r} in this repository: {remedy}"
        return self._git(*asked, what=what).decode("ascii").strip()

    def _entries(self, commit: str, below: str = "") -> Iterator[tuple[str, str | None]]:
        """Yield each path of a commit with its blob, `None` where it is no regular file."""
        within = ("--", below) if below else ()
        output = self._git("ls-tree", "-r", "-z", "--full-tree", commit, *within, what="the records cannot be listed")
        entries = output.removesuffix(b"\0").split(b"\0")
        if len(entries) > self.most:
            raise Unavailable(f"there are more than {self.most} records: none of them is read", permanent=True)
        for entry in entries:
            about, _, path = entry.partition(b"\t")
            kind, _, blob = about.rpartition(b" ")
            found = blob.decode("ascii") if _FILE.fullmatch(kind) else None
            if kind:
                yield path.decode("utf-8", "surrogateescape"), found

    def _contents(self, blobs: Sequence[str]) -> Iterator[bytes | Unreadable]:
        """Yield the content of each, in order; so many are held as fit into a bound, or one."""
        for start in range(0, len(blobs), _AT_A_TIME):
            some: list[str] = []
            held = 0
            for blob, size in self._sizes(blobs[start : start + _AT_A_TIME]):
                fault = _fault(size)
                if some and (held + (size or 0) > _HELD or fault is not None):
                    yield from self._read(some)
                    some, held = [], 0
                if fault is not None:
                    yield fault
                    continue
                some.append(blob)
                held += size or 0
            yield from self._read(some)

    def _sizes(self, blobs: Sequence[str]) -> Iterator[tuple[str, int | None]]:
        asked = "".join(f"{blob}\n" for blob in blobs).encode("ascii")
        told = self._git("cat-file", "--batch-check=%(objectname) %(objectsize)", stdin=asked).decode("ascii")
        for blob, line in zip(blobs, told.splitlines(), strict=True):
            size = line.rpartition(" ")[2]
            yield blob, int(size) if size.isdigit() else None

    def _read(self, blobs: Sequence[str]) -> Iterator[bytes]:
        if not blobs:
            return
        output = self._git("cat-file", "--batch", stdin="".join(f"{blob}\n" for blob in blobs).encode("ascii"))
        at = 0
        for _ in blobs:
            end = output.index(b"\n", at)
            size = int(output[at:end].rsplit(b" ", 1)[1])
            yield output[end + 1 : end + 1 + size]
            at = end + 1 + size + 1

    def _git(self, *arguments: str, stdin: bytes = b"", what: str = "the records cannot be read") -> bytes:
        code, output, said = Place.of(self.folder, Limits(self.seconds)).answer(*arguments, stdin=stdin)
        if code:
            raise Unavailable(f"{what}{': ' + said if said else ''}", permanent=True)
        return output


def _fault(size: int | None) -> Unreadable | None:
    if size is None:
        return Unreadable("is missing in this clone")
    too_large = f"is larger than {_MEBIBYTES} MiB, which is more than a record may be, and is not read"
    return Unreadable(too_large) if size > MAX_ENVELOPE else None


def _checked(note: bytes | Unreadable) -> bytes | Unreadable:
    if isinstance(note, Unreadable):
        return note
    why = too_much(note, MAX_ENVELOPE)
    return Unreadable(why) if why else note
