"""Posture: what trusted statements say of one image, and how the new image's differs from the old one's."""

from __future__ import annotations

from app.core.posture.measures import (
    Basis,
    Better,
    Measure,
    MeasureChange,
    Posture,
    Trend,
    UnreadablePredicate,
    Value,
    diff,
)
from app.core.posture.packages import PackageChanges, PackageVersions, package_changes
from app.core.posture.vulnerabilities import VexClaim, Vulnerability, VulnerabilityChanges
from app.core.posture.vulnerability_diff import vulnerability_changes

__all__ = [
    "Basis",
    "Better",
    "Measure",
    "MeasureChange",
    "PackageChanges",
    "PackageVersions",
    "Posture",
    "Trend",
    "UnreadablePredicate",
    "Value",
    "VexClaim",
    "Vulnerability",
    "VulnerabilityChanges",
    "diff",
    "package_changes",
    "vulnerability_changes",
]
