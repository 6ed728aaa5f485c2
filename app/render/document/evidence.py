"""What is known of one image as objects: what was found, who signed it, what it says."""

from __future__ import annotations

from app.core.assessment import AssessedImage
from app.core.attestation import Conclusion, Evidence, Lookup, Rejection, RootState, SignedStatement, Signer
from app.core.posture import Measure, Posture
from app.render.claims import claims, tag_now
from app.render.document.writing import Json, time


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
        "verified_at": time(one.verified_at),
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
        basis = {"platform": platform, "scanner": one.basis.scanner, "database": time(one.basis.database)}
    return {
        "label": one.label,
        "value": sorted(one.value) if isinstance(one.value, frozenset) else one.value,
        "better": one.better.value,
        "predicate_type": one.predicate_type,
        "signer": one.signer,
        "at": time(one.at),
        "basis": basis,
        "details": list(one.details),
    }
