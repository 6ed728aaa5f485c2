"""The cosign vulnerability predicate: a scanner's own JSON under `scanner.result`, of Trivy or of Grype, or SARIF.

Shape: cosign's specification "COSIGN_VULN_ATTESTATION_SPEC". Only named fields are taken from the scanner's JSON:
scanners have written registry credentials into theirs (GHSA-6gxw-85q2-q646).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Final

from app.core.oci import Platform
from app.core.posture import Basis, Better, Measure
from app.predicates.base import (
    VULNERABILITY_KEYS,
    Place,
    Scan,
    Vulnerability,
    database_time,
    document,
    sarif_scan,
    severity_word,
    shown,
)

TYPES: Final = frozenset(
    {
        "https://cosign.sigstore.dev/attestation/vuln/v1",
        "cosign.sigstore.dev/attestation/vuln/v1",
    }
)
SUPPRESSED: Final = "vulnerabilities.suppressed"
KEYS: Final = VULNERABILITY_KEYS | {SUPPRESSED}

_PACKAGES: Final = frozenset({"os-pkgs", "lang-pkgs"})


def measure(predicate: object) -> Iterable[Measure | Scan]:
    """Tell what the scanner found; a result that is null or of another scanner is malformed, never zero."""
    scanner = document(predicate).get("scanner")
    result = scanner.get("result")
    if result.absent:
        raise result.refuse("is null: it does not say what was found")
    database = database_time(scanner.get("db"))
    if result.has("SchemaVersion"):
        yield from _trivy(result, database)
    elif result.has("matches"):
        yield from _grype(result, database)
    elif result.has("runs"):
        # The type itself says that vulnerabilities were looked for, so a run without results is a clean one.
        yield sarif_scan(result, database, vouched=True)
    else:
        raise result.refuse("is neither Trivy's JSON nor Grype's nor SARIF")


def _severity(place: Place) -> str:
    word = severity_word(place.text())
    if word is None:
        # Never guessed: "critical " must not be counted as something milder than critical.
        raise place.refuse("is not a severity")
    return word


def _platform(os: Place, architecture: Place) -> Platform | None:
    named = (os.optional_text(), architecture.optional_text())
    return Platform(shown(named[0]), shown(named[1])) if all(named) else None


def _suppressed(count: int, basis: Basis) -> Measure:
    label = "findings that the scanner was told to leave out"
    return Measure(SUPPRESSED, label, count, Better.NEITHER, predicate_type="", basis=basis)


def _trivy(result: Place, database: datetime | None) -> Iterator[Measure | Scan]:
    if result.get("SchemaVersion").value != 2:  # noqa: PLR2004 - the one schema that this reads
        raise result.get("SchemaVersion").refuse("is not 2")
    config = result.down("Metadata", "ImageConfig")
    platform = None if config.absent else _platform(config.get("os"), config.get("architecture"))
    basis = Basis(platform, "trivy", database)
    found: list[Vulnerability] = []
    suppressed, looked = 0, False
    for part in [] if result.get("Results").absent else result.get("Results").items():
        listed = part.get("Vulnerabilities")
        looked = looked or not listed.absent or part.get("Class").optional_text() in _PACKAGES
        found.extend(_trivy_finding(one) for one in ([] if listed.absent else listed.items()))
        modified = part.get("ExperimentalModifiedFindings")
        suppressed += 0 if modified.absent else len(list(modified.items()))
    if not looked:
        # A scan for misconfigurations or secrets alone says nothing about vulnerabilities.
        raise result.get("Results").refuse("holds no scan of packages")
    yield Scan(tuple(found), basis, fixes_known=True)
    yield _suppressed(suppressed, basis)


def _trivy_finding(one: Place) -> Vulnerability:
    return Vulnerability(
        one.get("VulnerabilityID").text(),
        one.get("PkgName").optional_text(),
        one.get("InstalledVersion").optional_text(),
        _severity(one.get("Severity")),
        one.get("FixedVersion").optional_text(),
        purl=one.down("PkgIdentifier", "PURL").optional_text(),
    )


def _grype(result: Place, database: datetime | None) -> Iterator[Measure | Scan]:
    target = result.down("source", "target")
    # For a folder or file the target is a mere text, which names no platform.
    platform = None
    if isinstance(target.value, dict):
        platform = _platform(target.get("os"), target.get("architecture"))
    basis = Basis(platform, "grype", database or _grype_database(result.down("descriptor", "db")))
    found = tuple(_grype_finding(match) for match in result.get("matches").items())
    yield Scan(found, basis, fixes_known=True)
    ignored = result.get("ignoredMatches")
    yield _suppressed(0 if ignored.absent else len(list(ignored.items())), basis)


def _grype_database(place: Place) -> datetime | None:
    """Read the time the database was built: beside the rest in older versions, under `status` since 0.88."""
    if place.absent:
        return None
    status = place.get("status")
    return (place if status.absent else status).get("built").time()


def _grype_finding(match: Place) -> Vulnerability:
    vulnerability, artifact = match.get("vulnerability"), match.get("artifact")
    fix = vulnerability.get("fix")
    versions: list[str] = []
    if not fix.absent and not fix.get("versions").absent:
        versions = [version.text() for version in fix.get("versions").items()]
    stated = not fix.absent and fix.get("state").optional_text() == "fixed"
    return Vulnerability(
        vulnerability.get("id").text(),
        artifact.get("name").optional_text(),
        artifact.get("version").optional_text(),
        _severity(vulnerability.get("severity")),
        ", ".join(versions) or ("a version that is not named" if stated else ""),
        purl=artifact.get("purl").optional_text(),
        aliases=_related(match.get("relatedVulnerabilities")),
    )


def _related(place: Place) -> tuple[str, ...]:
    """Read the further names: Grype calls by its GHSA identifier what lists of exploitation know by its CVE."""
    return () if place.absent else tuple(sorted({one.get("id").text() for one in place.items()}))
