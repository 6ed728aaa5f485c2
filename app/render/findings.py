"""Findings as JSON."""

from __future__ import annotations

from collections.abc import Mapping

from app.core.verdict import Finding, Waived

Json = Mapping[str, object]


def finding_of(finding: Finding) -> Json:
    """Make the object of a finding, with the waivers by which it passes."""
    return {
        "outcome": finding.outcome.word,
        "effective": finding.effective.word,
        "subject": finding.subject,
        "rule": finding.rule,
        "sentence": finding.sentence,
        "remedy": finding.remedy,
        "mode": finding.mode.value,
        "hard": finding.hard,
        "waived": [_waived(one) for one in finding.waived],
    }


def _waived(one: Waived) -> Json:
    return {
        "path": one.path,
        "until": one.until,
        "ends": one.ends.isoformat(),
        "owner": one.owner,
        "reason": one.reason,
        "ticket": one.ticket,
    }
