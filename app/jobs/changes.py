"""Two commits of a source → the image changes between them, and the changed files that could not be read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app import formats
from app.core.errors import Unreadable
from app.core.inventory import ImageChange, ImageUse, UnreadablePlace, diff, unreadable_changes
from app.core.tree import ChangedFile, File
from app.jobs.ports import Source

MAX_IMAGE_CHANGES = 200
"""Image changes that one review looks at; more of them is a finding, never a silent cut."""

MAX_READ = 32 * 1024 * 1024
"""Characters of changed files that one review reads of either side."""

_AT_A_TIME = 60
_TOO_MUCH = File("", None, f"not read: the change touches more than {MAX_READ // (1024 * 1024)} MiB of such files")
_GONE = File("", None, "it is named as changed, and is not found under this name")


@dataclass(frozen=True, slots=True)
class Changes:
    """What a reviewer has to look at: image changes and changed places that could not be read."""

    images: tuple[ImageChange, ...]
    unreadable: tuple[UnreadablePlace, ...]

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a changed place should be told although its image can be judged (`app.yaml:8: quote the tag: …`)."""
        uses = {use for change in self.images if change.after is not None for use in change.uses if use.warning}
        return tuple(sorted(f"`{use.path}:{use.line}`: {use.warning}" for use in uses))


@dataclass(frozen=True, slots=True)
class _Side:
    uses: tuple[ImageUse, ...]
    unreadable: tuple[UnreadablePlace, ...]


def read_changes(source: Source, files: Sequence[ChangedFile], commits: tuple[str, str]) -> Changes:
    """Find the images of every changed file at both `commits` (merge base, head) and pair them.

    A head file that cannot be read is in `unreadable`. An old file that cannot be read hides nothing: all images of
    its new form count as added, and as such of which nobody knows what stood there before.
    """
    base, head = commits
    before = _side(source, base, _read_paths(file.base_path for file in files))
    after = _side(source, head, _read_paths(file.head_path for file in files))
    renames = {file.path: file.previous_path for file in files if file.previous_path is not None}
    images = diff(before.uses, after.uses, renames, {place.path for place in before.unreadable})
    places = {*after.unreadable, *unreadable_changes(before.uses, after.uses, renames)}
    too_many = images[MAX_IMAGE_CHANGES:]
    places |= {
        UnreadablePlace(change.uses[0].path, change.uses[0].line, f"more than {MAX_IMAGE_CHANGES} image changes")
        for change in too_many
    }
    return Changes(images[:MAX_IMAGE_CHANGES], tuple(sorted(places)))


def _read_paths(paths: Iterable[str | None]) -> tuple[str, ...]:
    return tuple(sorted({path for path in paths if path is not None and formats.reads(path)}))


def _side(source: Source, commit: str, paths: Sequence[str]) -> _Side:
    """Read one side, a few files at a time: what is over `MAX_READ` in all is unreadable, like what is not there."""
    uses: list[ImageUse] = []
    unreadable: list[UnreadablePlace] = []
    left = MAX_READ
    for start in range(0, len(paths), _AT_A_TIME):
        some = paths[start : start + _AT_A_TIME]
        files = source.read(commit, some) if left > 0 else dict.fromkeys(some, _TOO_MUCH)
        for path in some:
            # The comparison names it: what cannot be had at this path hides its images (a name that is not UTF-8).
            file = files.get(path, _GONE)
            left -= len(file.text or "")
            try:
                uses += formats.find_images(path, _text(file))
            except Unreadable as error:
                unreadable.append(UnreadablePlace(path, error.line or 0, error.reason))
    return _Side(tuple(uses), tuple(unreadable))


def _text(file: File) -> str:
    if file.text is None:
        raise Unreadable(file.problem or "it could not be read")
    return file.text
