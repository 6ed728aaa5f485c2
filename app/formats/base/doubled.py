"""Documents with a key twice: what every reading of them uses, and where it is not known which one counts (AT-124).

Clusters, charts and reviewers may each take another of the two. So the images of every reading are found, and a doubled
key is told as ambiguous unless it says the same twice, or has no part in any image.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from app.core.inventory import ImageUse
from app.core.oci import Digest
from app.core.yaml import Doubling, Node, content, doublings, readings
from app.formats.base.place import Place
from app.formats.base.reference import folded
from app.formats.base.shapes import find_by_shape

_PARTS = (
    *("image", "repository", "repo", "registry", "hub", "tag", "digest", "sha", "sha256", "version", "ref", "revision"),
    *("name", "value", "default", "path", "url", "kind", "apiversion", "chart", "source", "package", "bundle"),
)
"""What the keys end with whose text may be a part of a reference, or decide how others are read."""


def find_in_readings(path: str, document: Node, extract: Callable[[Node], Iterable[ImageUse]]) -> Iterator[ImageUse]:
    """Return the images of a document in every reading, each once, and the keys that must not stand twice."""
    possible = readings(document)
    if len(possible) == 1:
        yield from extract(document)
        return
    found = [tuple(extract(reading)) for reading in possible]
    yield from dict.fromkeys(use for uses in found for use in uses)
    doubled = tuple(doublings(document))
    ambiguous = [one for one in doubled if _matters(one, path)]
    if not ambiguous and any(_said(uses) != _said(found[0]) for uses in found):
        ambiguous = [one for one in doubled if len(set(map(content, one.values))) > 1]
    for one in ambiguous:
        place = Place(path, "yaml", steps=one.steps)
        said = Digest.of("\n".join(map(content, one.values)).encode("utf-8", "surrogatepass"))
        # Either value that changes makes it another place to tell.
        yield replace(place.unclear(one.key, one.reason), written=str(said))


def _matters(doubling: Doubling, path: str) -> bool:
    if len(set(map(content, doubling.values))) == 1:
        return False
    key = doubling.key.text
    return folded(key).endswith(_PARTS) or any(
        find_by_shape(one, Place(path, "", steps=(key,))) for one in doubling.values
    )


def _said(uses: Iterable[ImageUse]) -> set[tuple[object, ...]]:
    return {(one.field, one.name, one.tag, one.digest, one.problem, one.source, one.artifact) for one in uses}
