"""Vulnerabilities of a change as JSON: fixed, new, unchanged, and what trusted authors excused; bounded."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from app.core.assessment import AssessedChange
from app.core.posture import Posture, Vulnerability, vulnerability_changes

MAX_LISTED: Final = 500


def vulnerabilities(change: AssessedChange) -> dict[str, object]:
    """Make the object of one image change; with `why` the three lists are empty, for they cannot be compared."""
    before = Posture() if change.before is None else change.before.posture
    after = Posture() if change.after is None else change.after.posture
    found = vulnerability_changes(before, after)
    return {
        "fixed": _part(found.fixed),
        "new": _part(found.new),
        "unchanged": _part(found.unchanged),
        "found": _part([one for one in after.vulnerabilities if not one.excused]),
        "excused": _part([one for one in after.vulnerabilities if one.excused]),
        "why": found.why or None,
    }


def _part(found: Sequence[Vulnerability]) -> dict[str, object]:
    """List the first of them; `count` is of all."""
    return {"count": len(found), "listed": [_one(one) for one in found[:MAX_LISTED]]}


def _one(one: Vulnerability) -> dict[str, object]:
    return {
        "id": one.id,
        "package": one.package,
        "version": one.version,
        "fix": one.fix or None,
        "severity": one.severity,
        "note": one.note or None,
        "known_exploited": one.exploited,
        "epss": one.epss,
        "vex": [
            {"status": claim.status, "author": claim.author, "justification": claim.justification or None}
            for claim in one.vex
        ],
    }
