"""Statements for tests of predicates, as a policy would have trusted them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, cast

from app.core.attestation import Form, SignedStatement, Signer, Statement, TrustedStatement
from app.core.oci import Digest

SUBJECT = Digest("a" * 64)
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
ALICE = Signer("https://issuer.test", "alice")
COSIGN_VULN = "https://cosign.sigstore.dev/attestation/vuln/v1"


def trusted(
    kind: str,
    predicate: object,
    *,
    signer: Signer = ALICE,
    at: datetime | None = NOON,
    subject: Digest = SUBJECT,
) -> TrustedStatement:
    """Make a statement that counts as trusted; a test stands in for the policy here."""
    statement = Statement(kind, (), cast("Mapping[str, Any]", predicate))
    signed = SignedStatement(statement, signer, subject, Form.BUNDLE, "referrers", at, logged=True)
    return cast("TrustedStatement", signed)


def trivy(*severities: str, db: str | None = "2026-11-22T06:00:00Z", fixed: str = "") -> dict[str, Any]:
    """Make a cosign vulnerability predicate of Trivy with one finding a severity."""
    found = [
        {
            "VulnerabilityID": f"CVE-{number}",
            "PkgName": "p",
            "InstalledVersion": "1",
            "FixedVersion": fixed,
            "Severity": word,
        }
        for number, word in enumerate(severities)
    ]
    return {
        "scanner": {
            "uri": "pkg:github/aquasecurity/trivy@0.60.0",
            "db": {"lastUpdate": db},
            "result": {
                "SchemaVersion": 2,
                "Metadata": {"ImageConfig": {"os": "linux", "architecture": "amd64"}},
                "Results": [{"Target": "t", "Class": "os-pkgs", "Vulnerabilities": found}],
            },
        }
    }


def grype(*severities: str) -> dict[str, Any]:
    """Make a cosign vulnerability predicate of Grype with one finding a severity."""
    matches = [
        {"vulnerability": {"id": f"CVE-{number}", "severity": word}, "artifact": {"name": "p", "version": "1"}}
        for number, word in enumerate(severities)
    ]
    return {"scanner": {"uri": "grype", "result": {"matches": matches}}}
