"""Git notes of the repository itself that hold its merge records: the note of a commit holds what was recorded of it.

1. Ask where the ref points.
2. At that commit, ask what stands in the note's place, and in that of the record before.
3. Make the blob, a tree on that commit's tree, and a commit on that commit.
4. Move the ref, never by force: GitHub refuses where somebody else wrote in between, and it begins again at 1.

Six requests a record, four of which write. A note that holds something else takes one more, to read it: whatever it is,
it stays as it is, and the record comes after it, as git's own tools add to notes. Writing needs `contents: write`,
which `app.yml` does not ask for: whoever wants notes grants it.
"""

from __future__ import annotations

import base64
import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import httpx

from app.adapters.dsse_key import MAX_ENVELOPE, unsafe_payload
from app.adapters.github.broker import Grant, InstallationToken, TokenBroker
from app.adapters.github.client import Client
from app.adapters.github.connection import Connection
from app.adapters.github.failures import Refused
from app.adapters.github.merges import WRITING
from app.adapters.github.operations import BLOB, LOOK, Call, Operation
from app.adapters.github.reading import repository
from app.adapters.github.shapes import dig, whole, words
from app.core.errors import Unavailable, Unreadable
from app.core.merge_record import Claims, Copied, Entry, Occupied, read
from app.core.merge_record.notes import FLAT, envelopes, folders, joined, places, too_much
from app.core.pull_request import PullRequestRef
from app.core.tree import blob_id

_log = logging.getLogger(__name__)

_TRIES: Final = 5
_FILE: Final = "100644"
_KIND, _REGULAR, _FOLDER = 0o170000, 0o100000, 0o040000
_OVERTAKEN: Final = frozenset({httpx.codes.CONFLICT, httpx.codes.UNPROCESSABLE_ENTITY})
_ASKED: Final = "mode object { oid ... on Blob { byteSize } }"
_NEWEST: Final = re.compile(r"^Assay-Record: ([0-9]{1,9}) (sha256:[0-9a-f]{64})$", re.MULTILINE)
_GIT: Final = "/repos/{owner}/{repo}/git"
_WRITE: Final = (("contents", "write"),)

REF: Final = Operation("GET", _GIT + "/ref/{ref}", "read its notes", (("contents", "read"),), repeatable=True)
# None of these is sent again after a lost answer: the next try looks first. The first alone waits for room for copies:
# what is begun is ended, or each try could use up what there is for the first write again.
MAKE_BLOB: Final = Operation("POST", _GIT + "/blobs", "write notes", _WRITE, copies=True)
MAKE_TREE: Final = Operation("POST", _GIT + "/trees", "write notes", _WRITE)
MAKE_COMMIT: Final = Operation("POST", _GIT + "/commits", "write notes", _WRITE)
MAKE_REF: Final = Operation("POST", _GIT + "/refs", "write notes", _WRITE)
MOVE_REF: Final = Operation("PATCH", _GIT + "/refs/{ref}", "write notes", _WRITE)


@dataclass(frozen=True, slots=True)
class GitHubNotes:
    """A notes ref of each repository to which merge records are copied, by its full name. It is made when missing."""

    connection: Connection
    broker: TokenBroker
    ref: str

    def put(self, ref: PullRequestRef, entry: Entry, before: Entry | None) -> Copied:
        """Add a record to the note of its commit, after all that others wrote there.

        One that is there already is left. Raises `Unavailable`, and `Occupied` where its note cannot be added to.
        """
        writing = InstallationToken(self.broker, Grant(ref.installation, ref.repository_id, WRITING))
        notes = _Notes(Client(self.connection, writing), ref, self.ref)
        tip = notes.tip()
        for _ in range(_TRIES):
            standing = notes.standing(tip, entry, before)
            content = notes.content(standing, entry)
            message = (
                f"Record the merge of pull request {entry.number}\n\nAssay-Record: {entry.sequence} {entry.digest}\n"
            )
            if content is None or notes.write(tip, standing, _Draft(content, message)):
                return Copied(standing.follows, standing.newest)
            seen, tip = tip, notes.tip()
            if tip == seen:
                break
        raise Unavailable(f"GitHub did not move {self.ref}: others write there all the time, or a rule forbids it.")


@dataclass(frozen=True, slots=True)
class _Note:
    path: str
    blob: str
    size: int


@dataclass(frozen=True, slots=True)
class _Standing:
    """What stands in the tree at the tip: the note in each of its places, and where the record is to go.

    `tree` is `None` where there are no notes yet. `follows`: the record before has a note, or there is none before.
    `newest` is the record that the tip says it added.
    """

    tree: str | None
    notes: tuple[_Note, ...]
    path: str
    follows: bool
    newest: tuple[int, str] | None = None


@dataclass(frozen=True, slots=True)
class _Draft:
    """What is to be written, and what its commit says."""

    content: bytes
    message: str


@dataclass(frozen=True, slots=True)
class _Notes:
    """The notes of one repository, asked and written with one token."""

    client: Client
    place: PullRequestRef
    ref: str

    def tip(self) -> str | None:
        """Return where the ref points; `None` where it does not exist."""
        try:
            told = self.client.send(REF.at(**self._here(), ref=self._short())).json()
        except Refused as refused:
            if refused.status == httpx.codes.NOT_FOUND:
                return None
            raise
        return words(told, "object", "sha")

    def standing(self, tip: str | None, entry: Entry, before: Entry | None) -> _Standing:
        """Return what stands at the tip."""
        commit = claims_of(entry).commit
        if tip is None:
            return _Standing(None, (), commit, follows=before is None)
        earlier = None if before is None else claims_of(before).commit
        query, paths = question(commit, earlier)
        names = {"owner": self.place.owner, "name": self.place.name, "tip": tip, **paths}
        at = dig(repository(self.client.ask(LOOK, query, names).data, self.place), "object")
        tree = words(at, "tree", "oid")
        if tree is None:
            raise Unavailable(f"{self._where()} points to no commit.", permanent=True)
        notes = tuple(_found(at, "note", commit))
        path = notes[0].path if notes else _free(at, commit, entry.sequence)
        if not notes and dig(at, f"note{places(commit).index(path)}") is not None:
            raise Occupied(f"{self._note(entry)} is no file; it is left as it is.")
        follows = earlier is None or any(_found(at, "earlier", earlier))
        said = _NEWEST.search(words(at, "message") or "")
        return _Standing(tree, notes, path, follows, None if said is None else (int(said[1]), said[2]))

    def content(self, standing: _Standing, entry: Entry) -> bytes | None:
        """Return what the note is to hold; `None` where it holds the record already. Never drops what is there."""
        kept = b""
        for note in standing.notes:
            if note.blob == blob_id(entry.envelope, note.blob):
                return None
            if note.size > MAX_ENVELOPE:
                raise Occupied(f"{self._note(entry)} is larger than is read.")
            found = self.client.send(BLOB.at(**self._here(), file_sha=note.blob)).content
            if entry.envelope in envelopes(found):
                return None
            self._tell_others(found, entry)
            # Git joins what stands in several places; what is added goes to the first.
            kept = found if note.path == standing.path else kept
        try:
            content = joined(kept, entry.envelope)
        except Unreadable as error:
            raise Unavailable(f"Record {entry.sequence} {error}, as a note wants it.", permanent=True) from error
        if len(content) > MAX_ENVELOPE or too_much(content, MAX_ENVELOPE):
            raise Occupied(f"{self._note(entry)} is too large for one more record.")
        return content

    def write(self, tip: str | None, standing: _Standing, draft: _Draft) -> bool:
        """Write the note; false where the ref was moved meanwhile, or must not be moved."""
        blob = self._make(MAKE_BLOB, {"content": base64.b64encode(draft.content).decode(), "encoding": "base64"})
        if blob != blob_id(draft.content, blob):
            raise Unavailable("GitHub keeps another content than it was sent.", permanent=True)
        base = {} if standing.tree is None else {"base_tree": standing.tree}
        file = {"path": standing.path, "mode": _FILE, "type": "blob", "sha": blob}
        tree = self._make(MAKE_TREE, {**base, "tree": [file]})
        parents = [] if tip is None else [tip]
        commit = self._make(MAKE_COMMIT, {"message": draft.message, "tree": tree, "parents": parents})
        try:
            if tip is None:
                self.client.send(MAKE_REF.at(**self._here()).saying({"ref": self.ref, "sha": commit}))
            else:
                moved = MOVE_REF.at(**self._here(), ref=self._short())
                self.client.send(moved.saying({"sha": commit, "force": False}))
        except Refused as refused:
            if refused.status in _OVERTAKEN:
                return False
            raise
        return True

    def _make(self, operation: Operation, body: object) -> str:
        call: Call = operation.at(**self._here()).saying(body)
        sha = words(self.client.send(call).json(), "sha")
        if sha is None:
            raise Unavailable("GitHub does not say what it made.")
        return sha

    def _tell_others(self, content: bytes, entry: Entry) -> None:
        """Say in the log what else a note holds that does not belong there; whoever checks the notes is told, too."""
        for line in envelopes(content):
            try:
                claims = read(unsafe_payload(line))
            except Unreadable:
                _log.warning("%s holds what is no record of a merge: the record is added to it", self._note(entry))
                return
            if (claims.repository_id, claims.link.sequence) == (entry.repository_id, entry.sequence):
                _log.error("%s holds another record of number %d: both stand there", self._note(entry), entry.sequence)

    def _here(self) -> dict[str, str]:
        return {"owner": self.place.owner, "repo": self.place.name}

    def _short(self) -> str:
        return self.ref.removeprefix("refs/")

    def _where(self) -> str:
        return f"{self.ref} of {self.place.owner}/{self.place.name}"

    def _note(self, entry: Entry) -> str:
        return f"The note of {claims_of(entry).commit} in {self._where()}"


def claims_of(entry: Entry) -> Claims:
    """Return what a record says of its place; raises `Unavailable` (permanent) where it is none."""
    try:
        return read(unsafe_payload(entry.envelope))
    except Unreadable as error:
        raise Unavailable(f"Record {entry.sequence} {error}.", permanent=True) from error


def question(commit: str, earlier: str | None) -> tuple[str, dict[str, str]]:
    """Ask for every place of a note at once: the query, and the path that each of its files has."""
    paths = {f"folder{level}": path for level, path in enumerate(folders(commit), start=1)}
    for name, whose in (("note", commit), ("earlier", earlier)):
        paths |= {f"{name}{level}": path for level, path in enumerate(places(whose) if whose is not None else ())}
    given = ", ".join(f"${name}: String!" for name in paths)
    files = "\n        ".join(f"{name}: file(path: ${name}) {{ {_ASKED} }}" for name in paths)
    return (
        f"""query($owner: String!, $name: String!, $tip: GitObjectID!, {given}) {{
  repository(owner: $owner, name: $name) {{
    databaseId
    object(oid: $tip) {{
      ... on Commit {{
        message
        tree {{ oid }}
        {files}
      }}
    }}
  }}
}}""",
        paths,
    )


def _found(at: object, name: str, commit: str) -> Iterator[_Note]:
    """Yield the note in each place where it stands; git takes what is no regular file for none."""
    for level, path in enumerate(places(commit)):
        file = dig(at, f"{name}{level}")
        blob, size, mode = words(file, "object", "oid"), whole(file, "object", "byteSize"), whole(file, "mode")
        if blob is not None and size is not None and mode is not None and mode & _KIND == _REGULAR:
            yield _Note(path, blob, size)


def _free(at: object, commit: str, sequence: int) -> str:
    """Return where a new note goes: in the folders that are there; in one, once a repository has many notes."""
    level = 0
    for depth in range(1, len(folders(commit)) + 1):
        if whole(at, f"folder{depth}", "mode") != _FOLDER:
            # Nothing, or a file, a link, a submodule: to write below it would put a folder in its place.
            break
        level = depth
    if level == 0 and sequence > FLAT and dig(at, "folder1") is None:
        level = 1
    return places(commit)[level]
