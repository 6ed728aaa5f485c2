"""GitLab CI: the images of jobs and their services, with the variables of the same file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from app.core.inventory import ImageLines, ImageUse
from app.core.yaml import Mapping, Node, Scalar, Sequence
from app.formats.base import Claim, Place, find_by_shape, find_commands_in, has, recognised

NAME = "gitlab-ci"

_LONGEST = 1024
_SCRIPTS = ("script", "before_script", "after_script")
_OF_JOBS = ("stage", "image", "services", "rules", "needs", "extends", "artifacts", "before_script")
_VARIABLE = re.compile(r"\$(?:\{(\w+)\}|(\w+))")
# GitLab's own cache of images of the hub: what stands behind it is the image's name there.
_PROXY = re.compile(r"\$\{?CI_DEPENDENCY_PROXY_(?:DIRECT_)?GROUP_IMAGE_PREFIX\}?/")


def claims(path: str, document: Node) -> bool:
    """Whether the file is named as GitLab's are, or has a job as they are."""
    if not isinstance(document, Mapping):
        return False
    lowered = f"/{path.lower()}"
    if lowered.endswith((".gitlab-ci.yml", ".gitlab-ci.yaml")) or "/.gitlab/" in lowered or "/.gitlab-ci/" in lowered:
        return True
    return any(
        has(entry.value, "script") and any(has(entry.value, key) for key in _OF_JOBS) for entry in document.entries
    )


def extract(path: str, document: Node) -> Iterator[ImageUse]:
    """Return the images of all jobs, of the defaults, and whatever else of the file names one."""
    place = Place(path, NAME)
    assert isinstance(document, Mapping)  # noqa: S101 - claimed only then
    variables = _variables(document.get("variables"))
    uses = [variables.use(here, scalar) for here, scalar in _images(document, place)]
    yield from uses
    known = {use.field for use in uses}
    found = [use for use in find_by_shape(document, place) if use.field not in known]
    yield from found
    seen = {(use.line, use.reference) for use in found}
    for here, scalar in _commands(document, place):
        yield from (use for use in find_commands_in(scalar, here) if (use.line, use.reference) not in seen)


def _jobs(document: Mapping, place: Place) -> Iterator[tuple[Place, Mapping]]:
    """Return the file itself, which may say what counts for all jobs, and each of its jobs."""
    yield place, document
    for entry in document.entries:
        if isinstance(entry.value, Mapping):
            yield place.into(entry.key.text), entry.value


def _commands(document: Mapping, place: Place) -> Iterator[tuple[Place, Scalar]]:
    """Return the commands of jobs: one text, a list of them, or lists in it."""
    for here, job in _jobs(document, place):
        for key in _SCRIPTS:
            yield from _scalars(job.get(key), here.into(key))


def _scalars(node: Node | None, place: Place) -> Iterator[tuple[Place, Scalar]]:
    if isinstance(node, Scalar) and not node.null:
        yield place, node
    elif isinstance(node, Sequence):
        for index, item in enumerate(node.items):
            yield from _scalars(item, place.into(index))


def _images(document: Mapping, place: Place) -> Iterator[tuple[Place, Scalar]]:
    """Return where the file itself and each of its jobs say an image."""
    for here, job in _jobs(document, place):
        yield from _named(job.get("image"), here.into("image"))
        services = job.get("services")
        for index, item in enumerate(services.items if isinstance(services, Sequence) else ()):
            yield from _named(item, here.into("services", index))


def _named(node: Node | None, place: Place) -> Iterator[tuple[Place, Scalar]]:
    if isinstance(node, Mapping):
        node, place = node.get("name"), place.into("name")
    if isinstance(node, Scalar) and not node.null and node.text:
        yield place, node


def _variables(node: Node | None) -> _Variables:
    known: dict[str, Scalar] = {}
    for entry in node.entries if isinstance(node, Mapping) else ():
        value = entry.value.get("value") if isinstance(entry.value, Mapping) else entry.value
        if isinstance(value, Scalar):
            known[entry.key.text] = value
    return _Variables(known)


@dataclass(frozen=True, slots=True)
class _Variables:
    """The variables that a file sets for all of its jobs."""

    known: dict[str, Scalar]

    def use(self, place: Place, scalar: Scalar) -> ImageUse:
        """Return the use of an image, at the line of the variable that says its version where one does."""
        written = _PROXY.sub("", scalar.text[: _LONGEST + 1], count=1)
        reference = recognised(_VARIABLE.sub(self._value, written)[: _LONGEST + 1], Claim.SURE)
        if reference is None:
            filled_in = "$" in scalar.text
            why = "the image is filled in elsewhere" if filled_in else "not a valid image reference"
            return place.unclear(scalar, why)
        use = place.use(reference, scalar)
        lines = [self.known[name].place for name in _names(written) if name in self.known]
        if not lines:
            return use
        # What a job may set otherwise is still what runs by default.
        parts = ImageLines(scalar.place, *(lines[-1] if part else 0 for part in (use.tag, use.digest)))
        return replace(use, line=lines[-1], lines=tuple(sorted({*use.lines, *lines})), parts=parts)

    def _value(self, match: re.Match[str]) -> str:
        found = self.known.get(match[1] or match[2])
        return match[0] if found is None else found.text[: _LONGEST + 1]


def _names(text: str) -> list[str]:
    return [match[1] or match[2] for match in _VARIABLE.finditer(text)]
