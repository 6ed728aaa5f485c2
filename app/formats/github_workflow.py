"""GitHub Actions: job containers, services, and steps or actions that run an image (`docker://…`)."""

from __future__ import annotations

from collections.abc import Iterator

from app.core.inventory import ImageUse
from app.core.yaml import Mapping, Node, Scalar, Sequence
from app.formats.base import Claim, Place, find_by_shape, recognised

NAME = "github-workflow"

_SCHEME = "docker://"


def claims(path: str, _document: Node) -> bool:
    """Whether the path is one where GitHub looks for workflows, or an action's own file."""
    lowered = f"/{path.lower()}"
    return "/.github/workflows/" in lowered or lowered.endswith(("/action.yml", "/action.yaml"))


def extract(path: str, document: Node) -> Iterator[ImageUse]:
    """Return the images that jobs and steps run in."""
    place = Place(path, NAME)
    yield from find_by_shape(document, place)
    yield from _below(document, place)


def _below(node: Node, place: Place) -> Iterator[ImageUse]:
    if isinstance(node, Sequence):
        for index, item in enumerate(node.items):
            yield from _below(item, place.into(index))
    elif isinstance(node, Mapping):
        for entry in node.entries:
            yield from _below(entry.value, place.into(entry.key.text))
    else:
        yield from _text(node, place)


def _text(scalar: Scalar, place: Place) -> Iterator[ImageUse]:
    if scalar.text.startswith(_SCHEME):
        reference = recognised(scalar.text.removeprefix(_SCHEME), Claim.CERTAIN)
    elif place.key == "container":
        # A reference that says enough of itself is found by shape already.
        found_by_shape = recognised(scalar.text, Claim.ANY) is not None
        reference = None if found_by_shape else recognised(scalar.text, Claim.CERTAIN)
    else:
        return
    if reference is not None:
        yield place.use(reference, scalar)
