"""Scanners by family, and the day of a scanner's database: what makes two counts comparable."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final

from app.predicates.base.reading import Malformed, Place, shown

_FAMILIES: Final = re.compile(r"(?:^|[^a-z0-9])(trivy|grype|snyk|clair|osv-scanner|osv|xray|scout)(?:$|[^a-z0-9])")


def scanner_family(uri: str) -> str | None:
    """Return the family that a scanner's URI or name belongs to, without its version; `None` when it says nothing."""
    text = uri.strip().lower()
    known = _FAMILIES.search(text)
    if known:
        return "osv-scanner" if known[1] == "osv" else known[1]
    text = text.removeprefix("https://").removeprefix("http://").split("@")[0].split("?")[0].rstrip("/")
    return shown(text) or None


def database_time(place: Place) -> datetime | None:
    """Return the time of a scanner's database from an object with `lastUpdate` or a `version` that is a time.

    `None` when neither says: Trivy's cosign predicates leave the whole object empty.
    """
    if place.absent:
        return None
    stated = place.get("lastUpdate").time()
    if stated is not None:
        return stated
    try:
        return place.get("version").time()
    except Malformed:
        # A version is allowed to be a mere number.
        place.get("version").optional_text()
        return None
