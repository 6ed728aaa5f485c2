"""What one step did to images: most steps are seen to do nothing, the others are read as a pull request is."""

from __future__ import annotations

from collections.abc import Iterator

from app.core.errors import Unreadable
from app.core.history import Gap, ImageUpdate, Step
from app.core.inventory import ImageUse
from app.jobs.changes import read_images
from app.jobs.history.memory import Memory
from app.jobs.history.sides import Sides, commits_of


def image_events(step: Step, sides: Sides, memory: Memory) -> Iterator[ImageUpdate | Gap]:
    """Yield every image that changed, and every place that cannot be judged."""
    if _nothing_moved(step, sides, memory):
        return
    read = read_images(sides, step.files, commits_of(step), memory.find)
    yield from map(ImageUpdate, read.images)
    for place in (*read.unreadable, *read.elsewhere):
        sentence = f"line {place.line}: {place.reason}" if place.line else place.reason
        yield Gap(step.stored.commit, place.path, sentence)


def _nothing_moved(step: Step, sides: Sides, memory: Memory) -> bool:
    """Whether every changed file is a document that stayed where it is and uses the same images as before.

    Then each use is paired with its equal in the first step of a comparison, and nothing is left that differs.
    """
    for file in step.files:
        path, old, new = file.path, file.before, file.after
        if path in step.links or file.previous_path is not None or not memory.is_document(path):
            return False
        try:
            before = _uses(path, old, sides, memory)
            after = _uses(path, new, sides, memory)
        except Unreadable:
            return False
        if before is not after and before != after:
            return False
    return True


def _uses(path: str, oid: str | None, sides: Sides, memory: Memory) -> tuple[ImageUse, ...]:
    """Return the images of a document; raises `Unreadable`."""
    if oid is None:
        return ()
    text = sides.file(path, oid).text
    if text is None:
        raise Unreadable("it could not be read")
    return memory.find(path, text, False)  # noqa: FBT003 - the shape of `Find`
