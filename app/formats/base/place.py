"""Where a reader stands in a document, and how an image that is found there becomes a use."""

from __future__ import annotations

import re
from dataclasses import dataclass

from app.core.inventory import ImageUse, ObjectReference
from app.core.oci import ImageReference
from app.core.yaml import Scalar

_PLAIN_KEY = re.compile(r"[^\s.\[\]\"\\]+")

Steps = tuple[str | int, ...]
"""Keys and indices from the root of an object or document."""


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a file.

    `registry` was set further up and counts for every name below that has none; `overriding` is a registry that the
    root sets for every name that says its own. `strict` is true where every `image` is one for certain, so that text
    that is no reference is a problem and not something else. `pods` is true where lists of containers are those of
    Kubernetes, whose `image` is whole whatever stands beside it. `release` is true in the values of a release to
    its chart, where a `tag` is an image's although the chart alone knows which. `embedded` counts the documents around
    this one.
    """

    path: str
    format: str
    object: ObjectReference | None = None
    steps: Steps = ()
    container: str = ""
    registry: str = ""
    overriding: str = ""
    strict: bool = False
    pods: bool = False
    release: bool = False
    embedded: int = 0

    def into(self, *steps: str | int) -> Place:
        """Go down."""
        # Written out: `replace` takes several times as long, and every step asks.
        return Place(
            self.path,
            self.format,
            self.object,
            (*self.steps, *steps),
            self.container,
            self.registry,
            self.overriding,
            self.strict,
            self.pods,
            self.release,
            self.embedded,
        )

    @property
    def key(self) -> str:
        """The nearest key, whatever lists lie between; empty at the root."""
        for step in reversed(self.steps):
            if isinstance(step, str):
                return step
        return ""

    @property
    def field(self) -> str:
        """The steps as text: `spec.containers[0].image`; a key with a dot or space is quoted in brackets."""
        return "".join(_step(step) for step in self.steps).removeprefix(".")

    def use(self, reference: ImageReference, scalar: Scalar) -> ImageUse:
        """Return the use of a reference that one scalar holds."""
        return self._use(scalar, reference, None)

    def unclear(self, scalar: Scalar, problem: str) -> ImageUse:
        """Return the use that a scalar stands for but that cannot be judged, and why."""
        return self._use(scalar, None, problem)

    def blank(self, scalar: Scalar) -> ImageUse:
        """Return a use at this place that says nothing yet of its image."""
        return self._use(scalar, None, None)

    def _use(self, scalar: Scalar, reference: ImageReference | None, problem: str | None) -> ImageUse:
        return ImageUse(
            path=self.path,
            line=scalar.place,
            format=self.format,
            field=self.field,
            name=None if reference is None else reference.name,
            tag=None if reference is None else reference.tag,
            digest=None if reference is None else reference.digest,
            written=scalar.text,
            object=self.object,
            container=self.container,
            lines=scalar.lines,
            problem=problem,
        )


def _step(step: str | int) -> str:
    if isinstance(step, int):
        return f"[{step}]"
    if _PLAIN_KEY.fullmatch(step):
        return f".{step}"
    escaped = step.replace("\\", "\\\\").replace('"', '\\"')
    return f'["{escaped}"]'
