"""What every predicate type shares: the bounded reading of hostile JSON, and the counting of vulnerabilities.

A predicate module has three names and nothing else that others may use:

    TYPES: frozenset[str]      the predicate type URIs that it reads
    KEYS: frozenset[str]       every measure key that it can yield
    measure(predicate)         the measures of one predicate; raises `Malformed` for a wrong shape, nothing else

`measure` leaves `predicate_type`, `signer` and `at` empty: `app.predicates.read_posture` fills them in, for
only it knows the statement.
"""

from __future__ import annotations

from app.predicates.base.reading import Malformed, Place, bounded, document, shown
from app.predicates.base.scanners import database_time, scanner_family
from app.predicates.base.severity import SEVERITIES, cvss_severity, score_severity, severity_word
from app.predicates.base.vulnerabilities import VULNERABILITY_KEYS, Scan, Vulnerability, vulnerability_measures

__all__ = [
    "SEVERITIES",
    "VULNERABILITY_KEYS",
    "Malformed",
    "Place",
    "Scan",
    "Vulnerability",
    "bounded",
    "cvss_severity",
    "database_time",
    "document",
    "scanner_family",
    "score_severity",
    "severity_word",
    "shown",
    "vulnerability_measures",
]
