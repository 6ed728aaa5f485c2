"""SARIF 2.1.0 (OASIS): findings at the places that they speak of, for editors and code scanning."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from app.core.assessment import Assessment
from app.core.inventory import ImageChange
from app.core.policy_edit import WEAKER_POLICY, Effect
from app.core.verdict import Finding, Mode, Outcome, Waived
from app.render import policy_edits
from app.render.document import Json
from app.render.plain import visible
from app.render.words import View

SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
UNREADABLE: Final = "unreadable"

_LEVELS: Final = {Outcome.REVIEW: "warning", Outcome.INCOMPLETE: "error", Outcome.BLOCKED: "error"}


def sarif(assessment: Assessment) -> Json:
    """Make the SARIF log: a result for each finding that is not OK and each place that cannot be read.

    What waivers let pass is there too, as suppressed. Every result says whether it is: all of a run must, or none
    (section 3.27.23).
    """
    results = [{**one, "suppressions": one.get("suppressions", [])} for one in _results(assessment)]
    rules = sorted({str(result["ruleId"]) for result in results})
    driver = {
        "name": "Assay",
        "rules": [{"id": rule, "shortDescription": {"text": f"Assay rule: {rule}"}} for rule in rules],
    }
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}],
    }


def _results(assessment: Assessment) -> Iterator[dict[str, object]]:
    changes = {change.change.key: change.change for change in assessment.changes}
    view = View.of(assessment)
    for finding in view.reasons():
        yield {
            "ruleId": visible(finding.rule),
            "level": _level(finding),
            "message": {"text": _message(finding)},
            "locations": _locations(finding, changes),
        }
    for finding in view.waived():
        yield {
            "ruleId": visible(finding.rule),
            "level": "warning",
            "message": {"text": visible(f"waived: {finding.sentence}")},
            "locations": _locations(finding, changes),
            "suppressions": [_suppression(one) for one in finding.waived],
        }
    for place in sorted(assessment.unreadable):
        yield {
            "ruleId": UNREADABLE,
            "level": "error",
            "message": {"text": visible(f"cannot be read: {place.reason}")},
            "locations": [_location(place.path, place.line)],
        }
    for edit in policy_edits.ordered(assessment.edits):
        if edit.effect in (Effect.WEAKER, Effect.CANNOT_TELL):
            yield {
                "ruleId": WEAKER_POLICY,
                # What observe softens is told, not counted.
                "level": "warning" if assessment.policy.mode is Mode.ENFORCE else "note",
                "message": {"text": visible(policy_edits.line(edit))},
                "locations": [_location(edit.path, edit.line)],
            }
    broken = [f"policy broken: {assessment.broken}"] if assessment.broken else []
    for text in [*broken, *(f"the proposed policy is not valid: {error}" for error in assessment.proposed)]:
        yield {"ruleId": "policy", "level": "error", "message": {"text": visible(text)}, "locations": []}


def _suppression(waived: Waived) -> Json:
    """Say which waiver lets it pass (section 3.35): it lies in a file of its own, and was accepted by review."""
    return {
        "kind": "external",
        "status": "accepted",
        "justification": visible(str(waived)),
        "location": _location(waived.path, 0),
    }


def _level(finding: Finding) -> str:
    # What observe softens is told, not counted.
    return _LEVELS[finding.outcome] if finding.effective is finding.outcome else "note"


def _message(finding: Finding) -> str:
    remedy = f" {finding.remedy}" if finding.remedy else ""
    return visible(f"{finding.outcome.word}: {finding.sentence}{remedy}")


def _locations(finding: Finding, changes: Mapping[str, ImageChange]) -> list[Json]:
    change = changes.get(finding.subject)
    if change is not None:
        return [_location(use.path, use.line) for use in change.uses]
    return [_location(finding.subject, 0)] if finding.subject else []


def _location(path: str, line: int) -> Json:
    region = {"region": {"startLine": line}} if line > 0 else {}
    return {"physicalLocation": {"artifactLocation": {"uri": _uri(path), "uriBaseId": "%SRCROOT%"}, **region}}


def _uri(path: str) -> str:
    """Write a path as a relative URI reference (RFC 3986): a path with a colon or a blank is no URI as it stands."""
    safe = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/")
    raw = path.encode("utf-8", "replace")
    return "".join(chr(byte) if byte in safe else f"%{byte:02X}" for byte in raw)
