"""Documents with a key twice: what every reading of them uses, and where it is not known which one counts (AT-124).

Clusters, charts and reviewers may each take another of the two. So the images of every reading are found, and a doubled
key is told as ambiguous unless it says the same twice, or has no part in any image.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from app.core.inventory import ImageUse
from app.core.oci import Digest
from app.core.yaml import Doubling, Node, Scalar, Sequence, content, doublings, readings
from app.formats.base.place import Place
from app.formats.base.reference import folded
from app.formats.base.shapes import find_by_shape

_PARTS = (
    *("image", "images", "repository", "repo", "registry", "hub", "tag", "digest", "sha", "sha256", "version"),
    *("value", "default", "chart", "package", "bundle"),
)
"""What the keys end with whose text may be a part of a reference."""

_DECIDING = (*_PARTS, "name", "path", "url", "ref", "revision", "source", "kind", "apiversion")
"""What the keys end with that may decide how those beside them are read."""


def find_in_readings(path: str, document: Node, extract: Callable[[Node], Iterable[ImageUse]]) -> Iterator[ImageUse]:
    """Return the images of a document in every reading, each once, and the keys that must not stand twice."""
    possible = readings(document)
    if len(possible) == 1:
        yield from extract(document)
        return
    found = [tuple(extract(reading)) for reading in possible]
    yield from dict.fromkeys(use for uses in found for use in uses)
    doubled = tuple(doublings(document))
    suspicion = _Suspicion()
    ambiguous = [one for one in doubled if suspicion.falls_on(one)]
    if not ambiguous and any(_said(uses) != _said(found[0]) for uses in found):
        ambiguous = [one for one in doubled if len(set(map(content, one.values))) > 1]
    for one in ambiguous:
        place = Place(path, "yaml", steps=one.steps)
        said = Digest.of("\n".join(map(content, one.values)).encode("utf-8", "surrogatepass"))
        # Either value that changes makes it another place to tell.
        yield replace(place.unclear(one.key, one.reason), written=str(said))


class _Suspicion:
    """Says whether a doubled key may have a part in an image; each node is looked at once, for they nest."""

    def __init__(self) -> None:
        self._known: dict[int, bool] = {}

    def falls_on(self, doubling: Doubling) -> bool:
        """Say whether it matters which value counts; not when all say the same."""
        if len(set(map(content, doubling.values))) == 1:
            return False
        return folded(doubling.key.text).endswith(_DECIDING) or any(map(self._may_hold, doubling.values))

    def _may_hold(self, node: Node) -> bool:
        known = self._known.get(id(node))
        if known is None:
            known = self._known[id(node)] = self._looked(node)
        return known

    def _looked(self, node: Node) -> bool:
        if isinstance(node, Scalar):
            return "\n" in node.text or bool(find_by_shape(node, _ANYWHERE))
        if isinstance(node, Sequence):
            return any(map(self._may_hold, node.items))
        entries = (*node.entries, *node.doubled)
        return any(folded(one.key.text).endswith(_PARTS) or self._may_hold(one.value) for one in entries)


_ANYWHERE = Place("", "")


def _said(uses: Iterable[ImageUse]) -> set[tuple[object, ...]]:
    return {(one.field, one.name, one.tag, one.digest, one.problem, one.source, one.artifact) for one in uses}
