"""Two commits of a source → the image changes between them, and the changed files that could not be read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from app import formats
from app.core.errors import Unreadable
from app.core.inventory import ImageChange, ImageUse, UnreadablePlace, diff, unreadable_changes
from app.core.tree import ChangedFile, File
from app.jobs.ports import Source

MAX_IMAGE_CHANGES = 200
"""Image changes that one review looks at; more of them is a finding, never a silent cut."""


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
    its new form count as added.
    """
    base, head = commits
    before = _side(source.read(base, _read_paths(file.base_path for file in files)))
    after = _side(source.read(head, _read_paths(file.head_path for file in files)))
    renames = {file.path: file.previous_path for file in files if file.previous_path is not None}
    images = diff(before.uses, after.uses, renames)
    places = {*after.unreadable, *unreadable_changes(before.uses, after.uses, renames)}
    too_many = images[MAX_IMAGE_CHANGES:]
    places |= {
        UnreadablePlace(change.uses[0].path, change.uses[0].line, f"more than {MAX_IMAGE_CHANGES} image changes")
        for change in too_many
    }
    return Changes(images[:MAX_IMAGE_CHANGES], tuple(sorted(places)))


def _read_paths(paths: Iterable[str | None]) -> tuple[str, ...]:
    return tuple(path for path in paths if path is not None and formats.reads(path))


def _side(files: Mapping[str, File]) -> _Side:
    uses: list[ImageUse] = []
    unreadable: list[UnreadablePlace] = []
    for path, file in sorted(files.items()):
        try:
            uses += formats.find_images(path, _text(file))
        except Unreadable as error:
            unreadable.append(UnreadablePlace(path, error.line or 0, error.reason))
    return _Side(tuple(uses), tuple(unreadable))


def _text(file: File) -> str:
    if file.text is None:
        raise Unreadable(file.problem or "it could not be read")
    return file.text
