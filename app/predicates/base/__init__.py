"""What every predicate type shares: the bounded reading of hostile JSON, and the counting of vulnerabilities.

A predicate module has three names and nothing else that others may use:

    TYPES: frozenset[str]      the predicate type URIs that it reads
    KEYS: frozenset[str]       every measure key that it can yield
    measure(predicate)         the measures of one predicate, and its scan where it is one; raises `Malformed` for a
                               wrong shape, nothing else
    claims(predicate)          only where authors of VEX write such documents: what it says of vulnerabilities
    named(predicate)           with it: what other documents may refer to

A scan is yielded whole (`Scan`), for only `app.predicates.read_posture` knows what trusted authors excuse in it.

`measure` leaves `predicate_type`, `signer` and `at` empty: `app.predicates.read_posture` fills them in, for
only it knows the statement.
"""

from __future__ import annotations

from app.core.posture import Vulnerability
from app.predicates.base.mapping import (
    CUSTOM_KEY,
    Kind,
    MappedMeasure,
    is_custom,
    mapped_measures,
    parse_pointer,
)
from app.predicates.base.purl import PackageUrl
from app.predicates.base.reading import Malformed, Place, bounded, document, shown
from app.predicates.base.sarif import sarif_scan
from app.predicates.base.scanners import database_time, scanner_family
from app.predicates.base.severity import SEVERITIES, cvss_severity, score_severity, severity_word
from app.predicates.base.versions import VersionRange, Versions
from app.predicates.base.vex import (
    FIXED,
    NOT_AFFECTED,
    STATUSES,
    Author,
    BomLink,
    Claim,
    Product,
    Said,
    heeded,
    limited,
    meant,
    product,
    status_of,
)
from app.predicates.base.vulnerabilities import (
    KNOWN_EXPLOITED,
    VULNERABILITY_KEYS,
    Scan,
    line,
    listed,
    looked_up,
    vulnerability_measures,
)

__all__ = [
    "CUSTOM_KEY",
    "FIXED",
    "KNOWN_EXPLOITED",
    "NOT_AFFECTED",
    "SEVERITIES",
    "STATUSES",
    "VULNERABILITY_KEYS",
    "Author",
    "BomLink",
    "Claim",
    "Kind",
    "Malformed",
    "MappedMeasure",
    "PackageUrl",
    "Place",
    "Product",
    "Said",
    "Scan",
    "VersionRange",
    "Versions",
    "Vulnerability",
    "bounded",
    "cvss_severity",
    "database_time",
    "document",
    "heeded",
    "is_custom",
    "limited",
    "line",
    "listed",
    "looked_up",
    "mapped_measures",
    "meant",
    "parse_pointer",
    "product",
    "sarif_scan",
    "scanner_family",
    "score_severity",
    "severity_word",
    "shown",
    "status_of",
    "vulnerability_measures",
]
