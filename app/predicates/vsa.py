"""SLSA verification summaries: whether a verifier let it pass, and at which levels."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from app.core.posture import Better, Measure
from app.predicates.base import document, shown

TYPES: Final = frozenset({"https://slsa.dev/verification_summary/v1"})
PASSED: Final = "vsa.passed"
LEVELS: Final = "vsa.levels"
VERIFIER: Final = "vsa.verifier"
KEYS: Final = frozenset({PASSED, LEVELS, VERIFIER})

_RESULTS: Final = {"PASSED": True, "FAILED": False}


def measure(predicate: object) -> Iterable[Measure]:
    """Yield the result, the verified levels and who verified."""
    return tuple(_measures(predicate))


def _measures(predicate: object) -> Iterator[Measure]:
    root = document(predicate)
    result = root.get("verificationResult")
    if result.text() not in _RESULTS:
        raise result.refuse("is neither PASSED nor FAILED")
    passed = _RESULTS[result.text()]
    yield Measure(PASSED, "verification summary passed", passed, Better.HIGHER, predicate_type="")
    verifier = shown(root.get("verifier").get("id").text())
    yield Measure(VERIFIER, "verifier", verifier, Better.NEITHER, predicate_type="")
    levels = root.get("verifiedLevels")
    listed = frozenset() if levels.absent else frozenset(shown(one.text()) for one in levels.items())
    # What did not pass is verified at no level, whatever it lists.
    yield Measure(LEVELS, "verified levels", listed if passed else frozenset(), Better.NEITHER, predicate_type="")
