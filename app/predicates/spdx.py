"""SPDX 2 documents: the packages of an image and their licences."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from app.core.posture import Better, Measure
from app.predicates.base import Place, document, shown

TYPES: Final = frozenset(
    {"https://spdx.dev/Document", "https://spdx.dev/Document/v2.2", "https://spdx.dev/Document/v2.3"}
)
KEYS: Final = frozenset({"packages", "packages.count", "licences"})

_SAYS_NOTHING: Final = frozenset({"", "NOASSERTION", "NONE"})


def measure(predicate: object) -> Iterable[Measure]:
    """List packages (`name@version`) and licences; the document may be an object or a JSON text."""
    root = document(predicate)
    if not root.get("spdxVersion").text().startswith("SPDX-2."):
        raise root.get("spdxVersion").refuse("is not SPDX-2")
    described = _described(root)
    listed = [one for one in root.get("packages").items() if one.get("SPDXID").optional_text() not in described]
    packages = frozenset(_package(one) for one in listed)
    licences = frozenset(word for one in listed if (word := _licence(one)) not in _SAYS_NOTHING)
    return (
        Measure("packages", "packages", packages, Better.NEITHER, predicate_type=""),
        Measure("packages.count", "number of packages", len(packages), Better.NEITHER, predicate_type=""),
        Measure("licences", "licences", licences, Better.NEITHER, predicate_type=""),
    )


def _described(root: Place) -> frozenset[str]:
    """Return the identifiers of what the document is about: the image itself is not one of its packages."""
    listed = root.get("documentDescribes")
    return frozenset() if listed.absent else frozenset(one.text() for one in listed.items())


def _package(one: Place) -> str:
    version = one.get("versionInfo").optional_text()
    name = one.get("name").text()
    return shown(f"{name}@{version}" if version else name)


def _licence(one: Place) -> str:
    for key in ("licenseConcluded", "licenseDeclared"):
        text = one.get(key).optional_text()
        if text not in _SAYS_NOTHING:
            return shown(text)
    return ""
