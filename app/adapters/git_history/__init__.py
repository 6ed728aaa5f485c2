"""The whole history of a local repository behind the `HistoryClone` port: read through git, changed in nothing."""

from __future__ import annotations

import itertools
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from app.adapters.git_history.bringing import Bringer
from app.adapters.git_history.commits import MAX_COMMIT, commit_of, is_commit, tree_of
from app.adapters.git_history.differing import Differ
from app.adapters.git_history.fetching import Fetcher
from app.adapters.git_history.objects import Entry, Objects
from app.adapters.git_history.process import Limits, Place, begun, borrowed, form_of
from app.adapters.git_history.promisors import promisors_of
from app.adapters.git_history.walking import Walker
from app.core.errors import Unavailable
from app.core.history import MISSING, Arrived, Gap, Step, StoredCommit
from app.core.tree import MAX_LISTED, SUBMODULE, File, Listing, file_of

__all__ = ["GitHistory", "Limits"]

_TREE: Final = "040000"
_COMMITS: Final = 4_096
_MAX_DEPTH: Final = 200


def _raised(_: str, reason: Unavailable) -> None:
    raise reason


@dataclass(frozen=True, slots=True)
class _Walk:
    """A walk through folders: what becomes of one that cannot be read, and those without files.

    A folder may stand in others many times over; one without files is walked through once.
    """

    lost: Callable[[str, Unavailable], None] = _raised
    empty: set[str] = field(default_factory=set)


@dataclass(slots=True)
class GitHistory:
    """The repository that holds `folder`; each answer of git is bounded. To be closed."""

    folder: str
    limits: Limits = field(default_factory=Limits)
    _home: tempfile.TemporaryDirectory[str] | None = None
    _place: Place | None = None
    _objects: Objects | None = None
    _differ: Differ | None = None
    _bringer: Bringer | None = None
    _roots: dict[str, str | None] = field(default_factory=dict)

    def resolve(self, revision: str) -> str:
        """Return the commit that a revision names; raises `Unavailable` (permanent) when there is none."""
        own = Place.of(self.folder, self.limits)
        asked = ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
        # `^A` is what A does not reach, and `:/text` takes all behind it for the text.
        is_name = not revision.startswith(("^", ":"))
        code, output, _ = own.answer(*asked) if is_name else (1, b"", "")
        if code:
            self._known()
            raise self._no_commit(revision)
        return output.decode("ascii").strip()

    def line(self, end: str, without: Sequence[str] = ()) -> Iterator[Arrived]:
        """Yield the first-parent line that ends in a commit, oldest first, without what others reach."""
        return self._walker().line(end, without)

    def newest_first(self, end: str) -> Iterator[StoredCommit]:
        """Yield the commits of the first-parent line, the newest first; it ends early where one cannot be read."""
        return self._walker().newest_first(end)

    def steps(self, arrived: Sequence[Arrived]) -> Iterator[Step | Gap]:
        """Yield what each of these commits changed."""
        return self._walker().steps(arrived)

    def commit(self, oid: str) -> StoredCommit:
        """Return a commit as it is stored; raises `Unavailable` (permanent) when it is missing or broken."""
        (found,) = self._reader().read((oid,), MAX_COMMIT, cut=True)
        if found is None or found[0] != "commit" or not is_commit(found[1]):
            raise Unavailable(f"the commit {oid} is missing or broken", permanent=True)
        return commit_of(oid, found[1])

    def gaps(self) -> tuple[Gap, ...]:
        """Say what of the whole repository stands in the way of a complete answer."""
        told = []
        if self._shallow():
            told.append("the clone is shallow: what came before its oldest commits is not known")
        if self._answer("for-each-ref", "--count=1", "refs/replace"):
            told.append("replace refs exist: they are not followed, the commits are read as they were made")
        grafts = self._answer("rev-parse", "--path-format=absolute", "--git-path", "info/grafts")
        if os.path.exists(os.fsdecode(grafts).removesuffix("\n")):  # noqa: PTH110 - a path as bytes may need it
            told.append("grafts exist: they are not followed, the commits are read as they were made")
        return tuple(Gap("", "", sentence) for sentence in told)

    def read(self, commit: str, paths: Iterable[str]) -> Mapping[str, File]:
        """Return each path's content at `commit`; a path that does not exist there is not in the answer.

        Raises `Unavailable` when a folder on the way to one is missing or broken.
        """
        entries = {path: entry for path in sorted(set(paths)) if (entry := self._entry(commit, path)) is not None}
        kept = {path: entry for path, entry in entries.items() if entry[0] != _TREE}
        blobs = self._reader().blobs(oid for mode, oid in kept.values() if mode != SUBMODULE)
        return {path: _file(path, entry, blobs) for path, entry in kept.items()}

    def blobs(self, oids: Iterable[str]) -> Mapping[str, bytes]:
        """Return the content of blobs; one that is missing is not in the answer, a huge one is over `MAX_FILE`."""
        return self._reader().blobs(oids)

    def list(self, commit: str, folder: str) -> Listing:
        """Return every path below a folder at `commit`; the empty name is the root of the repository.

        Raises as `read` does.
        """
        root = folder.strip("/")
        entry = self._entry(commit, root) if root else (_TREE, self._root(commit) or "")
        if entry is None or entry[0] != _TREE:
            return Listing((), whole=True)
        return _listing(self._below(f"{root}/" if root else "", entry[1], _Walk()))

    def files(self, commit: str) -> tuple[Listing, tuple[Gap, ...]]:
        """Return every path of a commit, as far as its folders can be read, and a gap for each that cannot."""
        lost: list[Gap] = []

        def told(prefix: str, reason: Unavailable) -> None:
            lost.append(Gap(commit, prefix.rstrip("/"), f"what lies in it is not known: {reason.sentence}"))

        return _listing(self._below("", self._root(commit) or "", _Walk(told))), tuple(lost)

    def tree(self, commit: str) -> str | None:
        """Return the id of a commit's tree; `None` when this clone does not have the commit."""
        return self._root(commit)

    def bringer(
        self, reads: Callable[[str], bool], own: Mapping[str, str], notice: Callable[[str], None]
    ) -> Bringer | None:
        """Return what fetches into this clone what it lacks of the paths that `reads` names; `None` for a whole clone.

        `own` is the environment of the person who runs it: their credentials hold. Nothing is fetched yet.
        """
        promisors = promisors_of(Place.of(self.folder, self.limits))
        open_ones = [one for one in promisors if one.protocols]
        for one in promisors:
            if not one.protocols:
                notice(f"{one.name} is not asked: {one.shown} is neither https nor ssh nor a folder")
        if not open_ones:
            return None
        if self._bringer is not None:
            self._bringer.close()
        place, reader = self._known(), self._reader()
        assert self._home is not None  # noqa: S101 - it is there as soon as the place is known
        form = form_of(self.folder, self.limits)
        repository = begun(Path(self._home.name) / "fetching", form, "partialClone = origin")
        fetcher = Fetcher(open_ones[0], repository, place.environment["GIT_OBJECT_DIRECTORY"], own, notice)
        self._bringer = Bringer(place, reader, fetcher, reads, self._shallow())
        return self._bringer

    def close(self) -> None:
        """End what was started."""
        if self._bringer is not None:
            self._bringer.close()
            self._bringer = None
        if self._objects is not None:
            self._objects.close()
        if self._differ is not None:
            self._differ.close()
        self._objects = self._differ = self._place = None
        if self._home is not None:
            self._home.cleanup()
            self._home = None

    def _no_commit(self, revision: str) -> Unavailable:
        """Say why a revision names no commit; one that this clone only lacks may be had another time."""
        place = Place.of(self.folder, self.limits)
        code, output, _ = place.answer("rev-parse", "--verify", "--quiet", "--end-of-options", revision)
        if not code and not revision.startswith(("^", ":")):
            oid = output.decode("ascii", "replace").strip()
            code, named, _ = place.answer("rev-parse", "--verify", "--quiet", f"{oid}^{{}}")
            kind = place.answer("cat-file", "-t", named.decode("ascii", "replace").strip())[1] if not code else b""
            if not kind:
                return Unavailable(f"{revision!r} names an object that is missing or broken in this clone")
            return Unavailable(f"{revision!r} names a {kind.decode('ascii').strip()}, not a commit", permanent=True)
        branch = place.answer("symbolic-ref", "--quiet", "--short", "HEAD")[1].decode("utf-8", "replace").strip()
        if revision == "HEAD" and branch:
            sentence = f"the branch {branch!r} has no commit yet: name another branch, tag or commit"
            return Unavailable(sentence, permanent=True)
        return Unavailable(f"no commit {revision!r} in this repository", permanent=True)

    def _walker(self) -> Walker:
        if self._differ is None:
            self._differ = Differ(self._known())
        return Walker(self._known(), self._reader(), self._differ, self._shallow())

    def _known(self) -> Place:
        if self._place is None:
            self._home = tempfile.TemporaryDirectory(prefix="assay-")
            self._place = borrowed(self.folder, Path(self._home.name), self.limits)
        return self._place

    def _reader(self) -> Objects:
        if self._objects is None:
            self._objects = Objects(self._known())
        return self._objects

    def _answer(self, *arguments: str) -> bytes:
        return Place.of(self.folder, self.limits).answer(*arguments)[1]

    def _shallow(self) -> frozenset[str]:
        path = self._known().environment.get("GIT_SHALLOW_FILE")
        if path is None:
            return frozenset()
        return frozenset(Path(path).read_text(encoding="ascii", errors="replace").split())

    def _root(self, commit: str) -> str | None:
        if commit not in self._roots:
            if len(self._roots) >= _COMMITS:
                self._roots.clear()
            (found,) = self._reader().read((commit,), MAX_COMMIT, cut=True)
            self._roots[commit] = tree_of(found[1]) if found is not None and found[0] == "commit" else None
        return self._roots[commit]

    def _entry(self, commit: str, path: str) -> Entry | None:
        entry: Entry | None = (_TREE, self._root(commit) or "")
        for name in path.split("/"):
            entry = self._tree(entry[1]).get(name) if entry is not None and entry[0] == _TREE else None
        return entry

    def _tree(self, oid: str, depth: int = 0) -> Mapping[str, Entry]:
        if depth > _MAX_DEPTH:
            raise Unavailable(f"it lies within more than {_MAX_DEPTH} folders")
        found = self._reader().tree(oid) if oid else None
        if found is None:
            raise Unavailable("a commit or a folder of one is missing or broken in this clone")
        return found

    def _below(self, prefix: str, oid: str, walk: _Walk, depth: int = 0) -> Iterator[str]:
        try:
            entries = self._tree(oid, depth)
        except Unavailable as reason:
            walk.lost(prefix, reason)
            return
        empty = True
        for name, (mode, below) in entries.items():
            if mode != _TREE:
                empty = False
                yield f"{prefix}{name}"
            elif below not in walk.empty:
                for path in self._below(f"{prefix}{name}/", below, walk, depth + 1):
                    empty = False
                    yield path
        if empty:
            walk.empty.add(oid)


def _listing(paths: Iterator[str]) -> Listing:
    return Listing.of(itertools.islice(paths, MAX_LISTED + 1))


def _file(path: str, entry: Entry, blobs: Mapping[str, bytes]) -> File:
    mode, oid = entry
    content = b"" if mode == SUBMODULE else blobs.get(oid)
    if content is None:
        return File(path, None, MISSING)
    return file_of(path, mode, content)
