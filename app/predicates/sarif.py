"""A SARIF log as a predicate of its own: the log itself, or under `content` as one vendor wraps it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from app.core.posture import Measure
from app.predicates.base import VULNERABILITY_KEYS, Scan, document, sarif_scan

TYPES: Final = frozenset(
    {
        "http://docs.oasis-open.org/sarif/sarif/2.1.0",
        "https://docs.oasis-open.org/sarif/sarif/2.1.0",
        "https://docs.oasis-open.org/sarif/sarif/v2.1.0",
    }
)
# The format does not tell of fixes in a way that can be counted.
KEYS: Final = frozenset(key for key in VULNERABILITY_KEYS if not key.endswith(".fixable"))


def measure(predicate: object) -> Iterable[Measure | Scan]:
    """Tell what was found; a log that does not say that vulnerabilities were looked for is malformed, never zero."""
    root = document(predicate)
    log = root.get("content") if root.has("content") and not root.has("runs") else root
    return (sarif_scan(log, None, vouched=False),)
