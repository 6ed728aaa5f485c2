"""Supply Chain Attribute Integrity reports (SCAI): which attributes a producer asserts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from app.core.posture import Better, Measure
from app.predicates.base import Place, document, shown

TYPES: Final = frozenset(
    {
        "https://in-toto.io/attestation/scai/v0.3",
        "https://in-toto.io/attestation/scai/attribute-report/v0.2",
        "https://in-toto.io/attestation/scai/attribute-report/v0.3",
    }
)
ATTRIBUTES: Final = "scai.attributes"
KEYS: Final = frozenset({ATTRIBUTES})


def measure(predicate: object) -> Iterable[Measure]:
    """Yield the attributes; one tool writes `attributes: null` and a single `attribute` beside it."""
    root = document(predicate)
    listed = root.get("attributes")
    alone = listed.absent and not root.get("attribute").absent
    found = [_attribute(one) for one in ([root] if alone else listed.items())]
    return (Measure(ATTRIBUTES, "asserted attributes", frozenset(found), Better.NEITHER, predicate_type=""),)


def _attribute(place: Place) -> str:
    attribute = shown(place.get("attribute").text())
    target = place.get("target")
    if target.absent:
        return attribute
    # An attribute of something else is not one of the image.
    named = target.get("name").optional_text() or target.get("uri").optional_text() or "another target"
    return shown(f"{attribute} (of {named})")
