"""What one step did to images: most steps are seen to do nothing, the others are read as a pull request is."""

from __future__ import annotations

from collections.abc import Iterator

from app.core.errors import Unreadable
from app.core.history import Gap, ImageUpdate, Step, Unseen
from app.core.inventory import UnreadablePlace, source_changes
from app.core.tree import ChangedFile
from app.core.yaml import reuse
from app.jobs.changes import read_images
from app.jobs.history.memory import Memory
from app.jobs.history.sides import Sides, commits_of


def image_events(step: Step, sides: Sides, memory: Memory) -> Iterator[ImageUpdate | Gap]:
    """Yield every image that changed, every place that cannot be judged, and every source elsewhere that moved."""
    if _nothing_moved(step, sides, memory):
        return
    read = read_images(sides, step.files, commits_of(step), memory.find)
    yield from map(ImageUpdate, read.images)
    yield from (_gap(Gap, step, place) for place in (*read.unreadable, *read.elsewhere))
    yield from (_gap(Unseen, step, place) for place in source_changes(read.before, read.after, read.renames))


def _gap(kind: type[Gap], step: Step, place: UnreadablePlace) -> Gap:
    sentence = f"line {place.line}: {place.reason}" if place.line else place.reason
    return kind(step.stored.commit, place.path, sentence)


def _nothing_moved(step: Step, sides: Sides, memory: Memory) -> bool:
    """Whether every changed file is a document that stayed where it is and uses the same images as before.

    Then each use is paired with its equal in the first step of a comparison, and nothing is left that differs.
    """
    # All are looked at, whatever the first of them say: when one moved, the others are read as well.
    stayed = [_stayed(file, step, sides, memory) for file in step.files]
    return all(stayed)


def _stayed(file: ChangedFile, step: Step, sides: Sides, memory: Memory) -> bool:
    path = file.path
    if path in step.links or file.previous_path is not None or not memory.is_document(path):
        return False
    old, new = (None if oid is None else sides.file(path, oid).text for oid in (file.before, file.after))
    if (old is None and file.before is not None) or (new is None and file.after is not None):
        return False
    try:
        before = () if old is None else memory.find(path, old, False)  # noqa: FBT003 - the shape of `Find`
        if old is not None and new is not None:
            reuse(old, new)
        after = () if new is None else memory.find(path, new, False)  # noqa: FBT003 - likewise
    except Unreadable:
        return False
    return before is after or before == after
