"""Assessments and image changes as JSON, in the shapes that are published in `docs/schemas/`.

Text of others stands in these documents as it is: JSON has no markup, and a reader needs the exact name. What looks
like a secret is cut out all the same.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

from app.core.assessment import Approval, AssessedChange, AssessedImage, Assessment, ReviewDemand
from app.core.attestation import Conclusion, Evidence, Lookup, Rejection, RootState, SignedStatement, Signer
from app.core.errors import PolicyError
from app.core.inventory import ImageChange, ImageUse, ImageVersion, ObjectReference, UnreadablePlace
from app.core.policy_edit import PolicyEdit, combined, grouped, is_governance
from app.core.posture import Measure, MeasureChange, Posture
from app.core.release import VERSION
from app.render.claims import claims, tag_now
from app.render.findings import finding_of
from app.render.gate import gate_document
from app.render.plain import without_secrets
from app.render.status import statuses
from app.render.vulnerabilities import vulnerabilities
from app.render.what_if import what_if_document
from app.render.words import View, effective, state_of, verdict

CHECK: Final = "assay.check/v1"
IMAGES: Final = "assay.images/v1"
POLICIES: Final = "assay.policies/v1"
VALIDATE: Final = "assay.validate/v1"

Json = Mapping[str, object]


def line(document: Json) -> str:
    """Write a document as one line of ASCII without its end: no text of others can break or turn the line."""
    return json.dumps(_clean(document), separators=(",", ":"))


def text(document: Json) -> str:
    """Write a document as JSON text: indented, in its own order, ending in a newline."""
    return json.dumps(_clean(document), ensure_ascii=False, indent=2) + "\n"


def _clean(value: object) -> object:
    # Text by text: a pattern that ran over the whole document could eat its structure.
    if isinstance(value, str):
        # A lone surrogate is no Unicode text and cannot be written as UTF-8.
        return without_secrets(value).encode("utf-8", "backslashreplace").decode("utf-8")
    if isinstance(value, Mapping):
        return {_clean(key): _clean(one) for key, one in value.items()}
    return [_clean(one) for one in value] if isinstance(value, list) else value


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
        "recheck_at": _time(assessment.recheck_at),
        "gate": gate_document(assessment.gate),
        "what_if": what_if_document(assessment.what_if),
    }


def change_of(change: ImageChange) -> dict[str, object]:
    """Make the object of an image change."""
    moved = {} if change.name_before is None else {"repository_before": str(change.name_before)}
    return {
        "repository": None if change.name is None else str(change.name),
        **moved,
        "artifact": change.artifact.value,
        "before": _version(change.before),
        "after": _version(change.after),
        "uses": [_use(use) for use in change.uses],
    }


def _version(version: ImageVersion | None) -> Json | None:
    if version is None:
        return None
    return {"tag": version.tag, "digest": None if version.digest is None else str(version.digest)}


def _use(use: ImageUse) -> Json:
    return {
        "path": use.path,
        "line": use.line,
        "format": use.format,
        "object": object_of(use.object),
        "field": use.field,
    }


def object_of(reference: ObjectReference | None) -> Json | None:
    """Make the object of a Kubernetes reference."""
    if reference is None:
        return None
    return {
        "apiVersion": reference.api_version,
        "kind": reference.kind,
        "namespace": reference.namespace,
        "name": reference.name,
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


def image_of(image: AssessedImage | None) -> Json | None:
    """Make the object of what is known of one side of a change."""
    if image is None:
        return None
    return {
        "digest": None if image.evidence.digest is None else str(image.evidence.digest),
        "signature": conclusion(image.signature),
        "attestations": [conclusion(one) for one in image.attestations],
        "signed": [{**signed(one), "trusted": one in image.trusted} for one in image.evidence.signed],
        "rejected": [rejected(one) for one in image.evidence.rejected],
        "looked": looked(image.evidence),
        "posture": _posture(image.posture),
        "claims": claims(image.evidence),
        "tag_now": tag_now(image.evidence),
    }


def looked(evidence: Evidence) -> list[Json]:
    """Make the list of places that were asked."""
    return [lookup(one) for one in evidence.lookups]


def lookup(one: Lookup) -> Json:
    """Make the object of one place that was asked."""
    return {
        "where": one.where,
        "host": one.host,
        "result": one.answer.value,
        "detail": one.detail,
        "code": one.code or None,
    }


def trust_root(one: RootState) -> Json:
    """Make the object of a trusted root in use; version and age (in seconds) are those of the last refresh."""
    age = None if one.age is None else int(one.age.total_seconds())
    return {"name": one.name, "version": one.version, "age": age, "warning": one.warning or None}


def signer(one: Signer | None) -> Json | None:
    """Make the object of a signer; `None` when it is not known."""
    if one is None:
        return None
    return {"issuer": one.issuer, "identity": one.identity, "key": one.key}


def conclusion(one: Conclusion) -> Json:
    """Make the object of one thing that was asked and its word."""
    return {
        "what": one.what,
        "word": one.word.value,
        "reason": one.reason,
        "signer": signer(one.signer),
        "rule": one.rule,
        "logged": one.logged,
    }


def signed(one: SignedStatement) -> dict[str, object]:
    """Make the object of a statement whose signature is proved."""
    return {
        "predicate_type": one.statement.predicate_type,
        "signer": signer(one.signer),
        "subject": str(one.subject),
        "form": one.form.value,
        "found": one.found,
        "verified_at": _time(one.verified_at),
        "logged": one.logged,
        "root": one.root or None,
        "digest": one.digest or None,
    }


def rejected(one: Rejection) -> dict[str, object]:
    """Make the object of something found that is no signed statement."""
    return {
        "word": one.word.value,
        "code": one.code,
        "reason": one.sentence,
        "form": one.form.value,
        "found": one.found,
        "predicate_type": one.predicate_type,
        "signer": signer(one.signer),
    }


def _posture(posture: Posture) -> Json:
    return {
        "measures": {key: _measure(one) for key, one in sorted(posture.measures.items())},
        "unreadable": [
            {"predicate_type": one.predicate_type, "path": one.path, "reason": one.reason} for one in posture.unreadable
        ],
        "notes": list(posture.notes),
    }


def _measure(one: Measure) -> Json:
    basis = None
    if one.basis is not None:
        platform = None if one.basis.platform is None else str(one.basis.platform)
        basis = {"platform": platform, "scanner": one.basis.scanner, "database": _time(one.basis.database)}
    return {
        "label": one.label,
        "value": sorted(one.value) if isinstance(one.value, frozenset) else one.value,
        "better": one.better.value,
        "predicate_type": one.predicate_type,
        "signer": one.signer,
        "at": _time(one.at),
        "basis": basis,
        "details": list(one.details),
    }


def _moved(change: MeasureChange) -> Json:
    return {"key": change.key, "label": change.label, "trend": change.trend.value, "why": change.why}


def edit_of(edit: PolicyEdit) -> dict[str, object]:
    """Make the object of one edit of a policy."""
    return {
        "field": edit.field,
        "line": edit.line,
        "before": edit.before,
        "after": edit.after,
        "effect": edit.effect.value,
        "severity": edit.severity.value,
        "sentence": edit.sentence,
        "witness": edit.witness or None,
    }


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


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
