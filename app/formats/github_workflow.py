"""GitHub Actions: job containers, services, and steps or actions that run an image (`docker://…`)."""

from __future__ import annotations

from collections.abc import Iterator

from app.core.inventory import ImageUse
from app.core.yaml import Mapping, Node, Scalar, Sequence
from app.formats.base import Claim, Place, Steps, find_by_shape, find_commands_in, recognised, templated

NAME = "github-workflow"

_SCHEME = "docker://"
_OWN = frozenset({"run", "container"})


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
    for steps, scalar in _texts(document, ()):
        for use in _text(scalar, place.into(*steps)):
            if use.problem is not None or (use.line, use.reference) not in known:
                yield use


def _texts(node: Node, steps: Steps) -> Iterator[tuple[Steps, Scalar]]:
    """Find the texts that may name an image for what stands around them, or for how they begin."""
    if isinstance(node, Sequence):
        for index, item in enumerate(node.items):
            yield from _texts(item, (*steps, index))
    elif isinstance(node, Mapping):
        for entry in node.entries:
            yield from _texts(entry.value, (*steps, entry.key.text))
    elif not node.null and (node.text.startswith(_SCHEME) or not _OWN.isdisjoint(steps)):
        yield steps, node


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
