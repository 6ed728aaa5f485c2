"""What a file takes from outside of the repository: charts in a registry, and sources that bring images unseen."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from app.core.errors import InvalidReference
from app.core.inventory import Artifact, ImageLines, ImageUse, Source, chart
from app.core.oci import ImageReference
from app.core.yaml import Mapping, Node, Scalar
from app.formats.base.place import Place
from app.formats.base.reference import templated

OCI = "oci://"
_LEADS = "what it leads to is not read"
_LOCAL = re.compile(r"file://|\.{0,2}/|\.{1,2}$")
_REMOTE = re.compile(
    r"""[A-Za-z][A-Za-z0-9+.-]*::?(?://)? | [\w.-]+@[\w.-]+: | (?:www\.)?github\.com[/:]
    | [^?]*\?(?:[^=&]*=[^&]*&)*(?:ref|version)= | (?s:.*?)\.git(?:[/?]|$)""",
    re.ASCII | re.VERBOSE,
)


def written(node: Node | None) -> Scalar | None:
    """Return a scalar that holds text; `None` for null, empty text and collections."""
    return node if isinstance(node, Scalar) and not node.null and node.text else None


def text_of(node: Node | None) -> str:
    """Return the text of a scalar; empty for whatever is none."""
    scalar = written(node)
    return "" if scalar is None else scalar.text


def is_remote(text: str) -> bool:
    """Whether a path of a file is the address of something outside of the repository."""
    return _REMOTE.match(text) is not None and not text.startswith("file://")


def source_use(place: Place, source: Source, at: Scalar) -> ImageUse:
    """Return the place of a source; `at` is what a person would point to: its version, or what it is called."""
    return replace(place.unclear(at, _LEADS), source=source)


def chart_use(place: Place, name: Node | None, location: Node | str, version: Node | None) -> ImageUse | None:
    """Return the use of a chart: a reference when it lies in a registry at one version, else a source.

    `name` may be an `oci://…` of its own, and `location` the object that says where it lies. `None` for a chart that
    lies in this repository, and where none is named.
    """
    called, numbered = written(name), written(version)
    where = location if isinstance(location, str) else text_of(location)
    if called is None or (not where and _LOCAL.match(called.text)) or where.startswith("file://"):
        return None
    number = "" if numbered is None else numbered.text
    parts = [part for part in (called, numbered, None if isinstance(location, str) else written(location)) if part]
    at = numbered or called
    reference = chart(called.text, where, number)
    if reference is None:
        source = Source("chart", called.text, where, number)
        return replace(source_use(place, source, at), lines=_lines(parts))
    use = place.use(reference, at)
    lines = ImageLines(called.place, at.place, 0)
    return replace(use, artifact=Artifact.CHART, lines=_lines(parts), parts=lines, written=f"{called.text} {number}")


def chart_at_object(spec: Mapping, place: Place) -> Iterator[ImageUse]:
    """Return the chart of Flux's `chart`, `version` and `sourceRef`, which names the object that says where it lies."""
    where = reference_to(spec.get("sourceRef"), place)
    use = chart_use(place, spec.get("chart"), where, spec.get("version"))
    if use is not None:
        yield use


def reference_to(node: Node | None, place: Place) -> str:
    """Return how a reference to another object is said: `HelmRepository namespace/name`; empty when it is none."""
    if not isinstance(node, Mapping):
        return ""
    kind, name = text_of(node.get("kind")), text_of(node.get("name"))
    namespace = text_of(node.get("namespace")) or (place.object.namespace if place.object else "")
    return f"{kind} {namespace}/{name}" if kind and name else ""


def artifact_use(place: Place, scalar: Scalar, artifact: Artifact) -> ImageUse:
    """Return the use of a text that is the reference of an artifact for certain, with `oci://` or without."""
    try:
        use = place.use(ImageReference.parse(scalar.text.removeprefix(OCI)), scalar)
    except InvalidReference:
        why = "the image is filled in elsewhere" if templated(scalar.text) else "not a valid image reference"
        use = place.unclear(scalar, why)
    return replace(use, artifact=artifact)


def _lines(parts: list[Scalar]) -> tuple[int, ...]:
    return tuple(sorted({line for part in parts for line in part.lines}))
