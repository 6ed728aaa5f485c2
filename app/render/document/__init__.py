"""Assessments and image changes as JSON, in the shapes that are published in `docs/schemas/`.

Text of others stands in these documents as it is: JSON has no markup, and a reader needs the exact name. What looks
like a secret is cut out all the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from app.core.assessment import Approval, AssessedChange, Assessment, ReviewDemand
from app.core.errors import PolicyError
from app.core.inventory import ImageChange, UnreadablePlace
from app.core.policy_edit import PolicyEdit, combined, grouped, is_governance
from app.core.posture import MeasureChange
from app.core.release import VERSION
from app.render.document.changes import change_of, edit_of, object_of
from app.render.document.evidence import conclusion, image_of, looked, lookup, rejected, signed, signer, trust_root
from app.render.document.writing import Json, line, text, time
from app.render.findings import finding_of
from app.render.gate import gate_document
from app.render.status import statuses
from app.render.vulnerabilities import vulnerabilities
from app.render.what_if import what_if_document
from app.render.words import View, effective, state_of, verdict

__all__ = [
    "CHECK",
    "IMAGES",
    "POLICIES",
    "VALIDATE",
    "Json",
    "change_of",
    "check",
    "conclusion",
    "edit_of",
    "image_of",
    "images",
    "line",
    "looked",
    "lookup",
    "object_of",
    "policies",
    "rejected",
    "signed",
    "signer",
    "text",
    "trust_root",
    "validate",
]

CHECK: Final = "assay.check/v1"
IMAGES: Final = "assay.images/v1"
POLICIES: Final = "assay.policies/v1"
VALIDATE: Final = "assay.validate/v1"


def images(base: str, head: str, changes: Iterable[ImageChange], unreadable: Iterable[UnreadablePlace]) -> Json:
    """Make the document of `assay images`: what changed between two commits, and what could not be read or followed."""
    places = tuple(unreadable)
    return {
        "schema": IMAGES,
        "base": base,
        "head": head,
        "changes": [change_of(change) for change in changes],
        "unreadable": [_place(place) for place in places if not place.source],
        "sources": [_place(place) for place in places if place.source],
    }


def policies(base: str, head: str, edits: Iterable[PolicyEdit]) -> Json:
    """Make the document of `assay policies`: each policy that changed, with its effect and its edits."""
    changes = [
        {
            "type": "governance_change" if is_governance(same[0].path) else "policy_change",
            "path": same[0].path,
            "resource": object_of(same[0].resource),
            "effect": combined(edit.effect for edit in same).value,
            "edits": [edit_of(edit) for edit in same],
        }
        for same in grouped(edits)
    ]
    return {"schema": POLICIES, "base": base, "head": head, "changes": changes}


def validate(path: str, errors: Iterable[PolicyError]) -> Json:
    """Make the document of `assay validate`: every error of a policy file or waiver with its line."""
    listed = [{"path": error.path, "line": error.line, "sentence": error.sentence} for error in errors]
    return {"schema": VALIDATE, "path": path, "valid": not listed, "errors": listed}


def check(assessment: Assessment) -> Json:
    """Make the document of `assay check`: the whole assessment, which is also what the ledger keeps."""
    view = View.of(assessment)
    return {
        "schema": CHECK,
        "program": {"name": "assay", "version": VERSION},
        "verdict": verdict(assessment).word,
        "effective": effective(assessment).word,
        "reason": statuses(assessment)[0].description,
        "standing": assessment.standing.value,
        "base_ref": assessment.base_ref,
        "base": assessment.base_tip,
        "merge_base": assessment.merge_base,
        "head": assessment.head,
        "policy": {
            "commit": assessment.policy.commit,
            "path": assessment.policy.path,
            "floor_commit": assessment.policy.floor_commit,
            "mode": assessment.policy.mode.value,
        },
        "broken": assessment.broken or None,
        "proposed": list(assessment.proposed),
        "changes": [_assessed(view, change) for change in view.ordered()],
        "policies": [
            {"path": edit.path, "resource": object_of(edit.resource), **edit_of(edit)} for edit in assessment.edits
        ],
        "findings": [finding_of(finding) for finding in assessment.findings],
        "reviews": [_demand(demand) for demand in assessment.demands],
        "unreadable": [_place(place) for place in assessment.unreadable],
        "notices": list(assessment.notices),
        "trust_roots": [trust_root(one) for one in assessment.roots],
        "assessed_at": assessment.assessed_at.isoformat(),
        "recheck_at": time(assessment.recheck_at),
        "gate": gate_document(assessment.gate),
        "what_if": what_if_document(assessment.what_if),
        "evidence_files": assessment.evidence_files or None,
    }


def _place(place: UnreadablePlace) -> Json:
    return {"path": place.path, "line": place.line, "reason": place.reason}


def _assessed(view: View, change: AssessedChange) -> Json:
    return {
        **change_of(change.change),
        "verdict": view.outcome_of(change).word,
        "evidence": {"before": image_of(change.before), "after": image_of(change.after)},
        "measures": [_moved(one) for one in change.measures],
        "vulnerabilities": vulnerabilities(change),
        "findings": [finding_of(finding) for finding in view.findings_of(change)],
    }


def _moved(change: MeasureChange) -> Json:
    return {"key": change.key, "label": change.label, "trend": change.trend.value, "why": change.why}


def _demand(demand: ReviewDemand) -> Json:
    return {
        "rule": demand.rule,
        "reason": demand.reason,
        "paths": list(demand.paths),
        "needed": demand.needed,
        "whom": demand.whom,
        "approvals": [_approval(one) for one in demand.approvals],
        "state": state_of(demand).value,
        "sentence": demand.sentence,
    }


def _approval(one: Approval) -> Json:
    return {
        "login": one.login,
        "id": one.id or None,
        "commit": one.commit or None,
        "counted": one.counted,
        "why": one.why,
    }
