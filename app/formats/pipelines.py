"""Pipelines of other services: Azure, Bitbucket, CircleCI, Cloud Build, Drone, Woodpecker, Vela, Cirrus, Buildkite."""

from __future__ import annotations

import re
from collections.abc import Iterator

from app.core.inventory import ImageUse
from app.core.yaml import Mapping, Node, Scalar, Sequence
from app.formats.base import Claim, Place, find_by_shape, find_commands_in, recognised, without_scheme

NAME = "ci-pipeline"

_PATH = re.compile(
    r"(?:.*/)?(?:azure-pipelines[^/]*|bitbucket-pipelines|cloudbuild[^/]*|\.drone|\.crow|\.woodpecker|\.vela|\.cirrus"
    r"|\.travis|codefresh|batect[^/]*|\.(?:circleci|woodpecker|crow|buildkite|azuredevops|azure-pipelines)/[^\n]*)\.ya?ml"
)
_COMMANDS = frozenset({"script", "commands", "command", "run", "bash", "inlineScript", "inline"})


def claims(path: str, document: Node) -> bool:
    """Whether the file is named as one of these services has it."""
    return isinstance(document, Mapping) and _PATH.fullmatch(path.lower()) is not None


def extract(path: str, document: Node) -> Iterator[ImageUse]:
    """Return the images of jobs, steps and services, and those that commands run."""
    place = Place(path, NAME)
    known: set[tuple[int, object]] = set()
    # The image of a machine is a disk.
    for use in (one for one in find_by_shape(document, place) if not one.field.endswith("machine.image")):
        known.add((use.line, use.reference))
        yield use
    cloud_build = "cloudbuild" in path.rpartition("/")[2].lower()
    for use in _below(document, place, cloud_build=cloud_build):
        if (use.line, use.reference) not in known:
            yield use


def _below(node: Node, place: Place, *, cloud_build: bool) -> Iterator[ImageUse]:
    if isinstance(node, Sequence):
        for index, item in enumerate(node.items):
            yield from _below(item, place.into(index), cloud_build=cloud_build)
    elif isinstance(node, Mapping):
        for entry in node.entries:
            yield from _below(entry.value, place.into(entry.key.text), cloud_build=cloud_build)
    elif not node.null and (use := _named(node, place, cloud_build=cloud_build)) is not None:
        yield use
    elif place.key in _COMMANDS and not node.null:
        yield from find_commands_in(node, place)


def _named(scalar: Scalar, place: Place, *, cloud_build: bool) -> ImageUse | None:
    """Return the image that stands under another key than `image`."""
    above = next((step for step in reversed(place.steps[:-1]) if isinstance(step, str)), "")
    text = without_scheme(scalar.text)
    if place.key == "name" and (above == "image" or (cloud_build and above == "steps")):
        claim = Claim.SURE
    elif place.key == "container" or text != scalar.text:
        claim = Claim.LIKELY
    else:
        return None
    reference = recognised(text, claim)
    return None if reference is None else place.use(reference, scalar)
