"""Reads `waivers`: whether the file's rules may be waived, for how long, and by which files."""

from __future__ import annotations

from typing import Final

from app.core import yaml
from app.policy.reading.nodes import Faults
from app.policy.waiver_terms import WaiverTerms

MAX_DAYS: Final = 3650


def read_waiver_terms(node: yaml.Node, faults: Faults, *, floor: bool) -> WaiverTerms:
    """Read the terms; only a repository's own file may have Trivy's ignore file read."""
    fields = faults.mapping(node, "waivers", ("allow", "max-days") if floor else ("allow", "max-days", "trivyignore"))
    if fields is None:
        return WaiverTerms()
    days = faults.number(fields["max-days"], "max-days", low=1, high=MAX_DAYS) if "max-days" in fields else None
    return WaiverTerms(
        allow=faults.flag(fields["allow"], "allow of waivers") if "allow" in fields else None,
        max_days=days,
        trivyignore="trivyignore" in fields and faults.flag(fields["trivyignore"], "trivyignore"),
    )
