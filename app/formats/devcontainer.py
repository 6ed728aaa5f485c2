"""Development containers: the features that are built into them, which are artifacts of a registry."""

from __future__ import annotations

from collections.abc import Iterator

from app.core.inventory import Artifact, ImageUse
from app.core.yaml import Mapping, Node
from app.formats.base import Claim, Place, artifact_use, find_by_shape, recognised

NAME = "devcontainer"


def claims(path: str, document: Node) -> bool:
    """Whether the file is named as such containers are."""
    name = path.rpartition("/")[2].lower()
    return name in ("devcontainer.json", ".devcontainer.json") and isinstance(document, Mapping)


def extract(path: str, document: Node) -> Iterator[ImageUse]:
    """Return the image, and each feature: its key is the reference, often without a version."""
    place = Place(path, NAME)
    yield from find_by_shape(document, place)
    features = document.get("features") if isinstance(document, Mapping) else None
    for entry in features.entries if isinstance(features, Mapping) else ():
        # Features of the old kind, and those of a folder or an address, are no references.
        if recognised(entry.key.text, Claim.CERTAIN) is not None and "/" in entry.key.text:
            yield artifact_use(place.into("features", entry.key.text), entry.key, Artifact.OTHER)
