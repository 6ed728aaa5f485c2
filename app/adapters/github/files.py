"""Read files at commits: many in one GraphQL query, each proved by its git id.

What GraphQL cannot give comes as a raw blob.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from app.adapters.github.client import Client, Graph
from app.adapters.github.failures import permission_hint
from app.adapters.github.operations import BLOB, LOOK
from app.adapters.github.queries import Wanted, read_files, wanted
from app.adapters.github.reading import repository
from app.adapters.github.shapes import dig, flag, needed_whole, needed_words, whole, words
from app.core.errors import Unavailable
from app.core.pull_request import PullRequestRef
from app.core.tree import DIRECTORY, MAX_FILE, SUBMODULE, File, blob_id, file_of

MAX_ALIASES = 60
FEW = 8
_TREE = 0o040000


@dataclass(frozen=True, slots=True)
class Entry:
    """A file at a commit with its git id, which proves the content; `oid` is `None` for a path that is not there.

    `folder` is true for a directory; its id is that of its tree.
    """

    file: File | None
    oid: str | None
    folder: bool = False


@dataclass(frozen=True, slots=True)
class Files:
    """The files of one repository; what was read once stays (a commit does not change)."""

    client: Client
    ref: PullRequestRef
    known: dict[tuple[str, str], Entry] = field(default_factory=dict)

    def at(self, commit: str, paths: Sequence[str]) -> dict[str, Entry]:
        """Return each path at `commit`; a path that is not there has an entry without a file."""
        missing = [(commit, path) for path in dict.fromkeys(paths) if (commit, path) not in self.known]
        for place in missing:
            if not can_be_asked(place[1]):
                self.known[place] = Entry(
                    File(place[1], None, "its name is not UTF-8, so GitHub cannot be asked"), None
                )
        missing = [place for place in missing if place not in self.known]
        for start in range(0, len(missing), MAX_ALIASES):
            self._read(missing[start : start + MAX_ALIASES])
        return {path: self.known[commit, path] for path in paths}

    def keep(self, graph: Graph, files: Wanted) -> None:
        """Take in the files that a query brought along."""
        found = repository(graph.data, self.ref)
        refuse_errors(graph, files)
        for (commit_alias, file_alias), (commit, path) in files.aliases.items():
            if words(found, commit_alias, "oid") != commit:  # else a hidden commit would look like an empty one
                raise Unavailable(f"GitHub does not show the commit {commit[:12]}.", permanent=True)
            self.known[commit, path] = self.entry(path, dig(found, commit_alias, file_alias))

    def _read(self, places: list[tuple[str, str]]) -> None:
        """Read files in one query; GitHub gives up on a query that takes too long, so then in two of half the size."""
        files = wanted(places)
        names = {"owner": self.ref.owner, "name": self.ref.name}
        try:
            graph = self.client.ask(LOOK, read_files(files), names | files.variables)
        except Unavailable as failure:
            if len(places) <= FEW or not may_pass(failure):
                raise
        else:
            self.keep(graph, files)
            return
        half = len(places) // 2
        self._read(places[:half])
        self._read(places[half:])

    def entry(self, path: str, node: object) -> Entry:
        """Read one tree entry of an answer; raises `Unavailable` when the blob behind it cannot be had."""
        if node is None:
            return Entry(None, None)
        oid = needed_words(node, "oid")
        mode = octal(needed_whole(node, "mode"))
        if mode == _TREE:
            return Entry(File(path, None, DIRECTORY), oid, folder=True)
        text = f"{mode:06o}"
        if text == SUBMODULE:
            return Entry(file_of(path, text, b""), oid)
        content = proven(node, oid)
        if content is None and max(whole(node, "size") or 0, whole(node, "object", "byteSize") or 0) > MAX_FILE:
            return Entry(File(path, None, "larger than 1 MiB"), oid)
        return Entry(file_of(path, text, self._raw(oid) if content is None else content), oid)

    def _raw(self, oid: str) -> bytes:
        """Fetch a blob as it is: GraphQL cuts text at 512,000 bytes and gives none for what it takes for binary."""
        call = BLOB.at(owner=self.ref.owner, repo=self.ref.name, file_sha=oid)
        content = self.client.send(call).content
        if blob_id(content, oid) != oid:
            raise Unavailable(f"GitHub sent another file than the one asked for ({oid[:12]}).")
        return content


def can_be_asked(path: str) -> bool:
    """Say whether a path can stand in a request: what git keeps of other encodings cannot be written as JSON."""
    return path.isprintable() or not any("\ud800" <= letter <= "\udfff" for letter in path)


def may_pass(failure: Unavailable) -> bool:
    """Say whether asking otherwise may help: nobody refused, and nobody asked us to wait."""
    return not failure.permanent and failure.retry_after is None


def refuse_errors(graph: Graph, files: Wanted) -> None:
    """Raise `Unavailable` for every error of an answer, except that a path does not exist at a commit."""
    aliases = {f"{commit}.{file}" for commit, file in files.aliases}
    for error in graph.errors:
        if error.kind != "NOT_FOUND" or ".".join(error.path[-2:]) not in aliases:
            hint = permission_hint(LOOK.needs)
            raise Unavailable(f"GitHub does not let the App read all of this pull request.{hint}", permanent=True)


def proven(node: object, oid: str) -> bytes | None:
    """Return a blob's bytes when its text proves to be them, `None` when it was cut, decoded or replaced."""
    text = words(node, "object", "text")
    if text is None or flag(node, "object", "isTruncated") is True:
        return None
    try:
        content = text.encode()
    except UnicodeEncodeError:
        return None
    return content if blob_id(content, oid) == oid else None


def octal(mode: int) -> int:
    """Return a file mode as git means it; GitHub gives 33188 for 100644, and the other form is taken for what it is."""
    return int(str(mode), 8) if mode in {40000, 100644, 100664, 100755, 120000, 160000} else mode
