"""Simple verification results (in-toto SVR): which properties a verifier found to hold."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from app.core.posture import Better, Measure
from app.predicates.base import document, shown

TYPES: Final = frozenset(f"https://in-toto.io/attestation/svr/v0.{minor}" for minor in (1, 2))
PROPERTIES: Final = "svr.properties"
VERIFIER: Final = "svr.verifier"
KEYS: Final = frozenset({PROPERTIES, VERIFIER})


def measure(predicate: object) -> Iterable[Measure]:
    """Yield the properties and who verified them; the empty list is a result, a missing one is none."""
    root = document(predicate)
    properties = frozenset(shown(one.text()) for one in root.get("properties").items())
    verifier = shown(root.get("verifier").get("id").text())
    return (
        Measure(PROPERTIES, "verified properties", properties, Better.NEITHER, predicate_type=""),
        Measure(VERIFIER, "verifier of properties", verifier, Better.NEITHER, predicate_type=""),
    )
