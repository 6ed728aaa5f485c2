"""GitHub Actions: job containers, services, and steps or actions that run an image (`docker://…`)."""

from __future__ import annotations

from collections.abc import Iterator

from app.core.inventory import ImageUse
from app.core.yaml import Mapping, Node, Scalar, Sequence
from app.formats.base import Claim, Place, find_by_shape, find_commands_in, recognised, templated

NAME = "github-workflow"

_SCHEME = "docker://"


def claims(path: str, _document: Node) -> bool:
    """Whether the path is one where GitHub looks for workflows, or an action's own file."""
    lowered = f"/{path.lower()}"
    return "/.github/workflows/" in lowered or lowered.endswith(("/action.yml", "/action.yaml"))


def extract(path: str, document: Node) -> Iterator[ImageUse]:
    """Return the images that jobs and steps run in, and those that commands run."""
    place = Place(path, NAME)
    known: set[tuple[int, object]] = set()
    for use in find_by_shape(document, place):
        known.add((use.line, use.reference))
        yield use
    for use in _below(document, place):
        if use.problem is not None or (use.line, use.reference) not in known:
            yield use


def _below(node: Node, place: Place) -> Iterator[ImageUse]:
    if isinstance(node, Sequence):
        for index, item in enumerate(node.items):
            yield from _below(item, place.into(index))
    elif isinstance(node, Mapping):
        for entry in node.entries:
            yield from _below(entry.value, place.into(entry.key.text))
    elif not node.null:
        yield from _text(node, place)


def _text(scalar: Scalar, place: Place) -> Iterator[ImageUse]:
    if place.key == "run":
        yield from find_commands_in(scalar, place)
        return
    is_container = place.key == "container"
    if not is_container and not scalar.text.startswith(_SCHEME):
        return
    reference = recognised(scalar.text.removeprefix(_SCHEME), Claim.CERTAIN)
    if reference is not None:
        yield place.use(reference, scalar)
    elif is_container and templated(scalar.text):
        yield place.unclear(scalar, "the image is filled in elsewhere")
