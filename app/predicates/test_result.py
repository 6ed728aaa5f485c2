"""Test results (in-toto): whether the tests passed, and how many failed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from app.core.posture import Better, Measure
from app.predicates.base import Place, document, shown

TYPES: Final = frozenset({"https://in-toto.io/attestation/test-result/v0.1"})
PASSED: Final = "tests.passed"
RESULT: Final = "tests.result"
FAILED: Final = "tests.failed"
WARNED: Final = "tests.warned"
KEYS: Final = frozenset({PASSED, RESULT, FAILED, WARNED})

_RESULTS: Final = {"PASSED": True, "WARNED": True, "FAILED": False}
_MAX_DETAILS: Final = 500


def measure(predicate: object) -> Iterable[Measure]:
    """Yield the result, and the counts of the lists that are there."""
    return tuple(_measures(document(predicate)))


def _measures(root: Place) -> Iterator[Measure]:
    result = root.get("result")
    if result.text() not in _RESULTS:
        raise result.refuse("is none of PASSED, WARNED and FAILED")
    failed = _names(root.get("failedTests"))
    if failed and _RESULTS[result.text()]:
        raise root.get("failedTests").refuse(f"names failed tests, but the result is {result.text()}")
    yield Measure(PASSED, "tests passed", _RESULTS[result.text()], Better.HIGHER, predicate_type="")
    yield Measure(RESULT, "test result", result.text(), Better.NEITHER, predicate_type="")
    for key, label, names in (
        (FAILED, "failed tests", failed),
        (WARNED, "tests with warnings", _names(root.get("warnedTests"))),
    ):
        if names is not None:
            details = tuple(names[:_MAX_DETAILS])
            yield Measure(key, label, len(names), Better.LOWER, predicate_type="", details=details)


def _names(listed: Place) -> list[str] | None:
    return None if listed.absent else sorted({shown(one.text()) for one in listed.items()})
