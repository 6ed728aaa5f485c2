"""Events as JSON objects (`assay.event/v1`) and gaps, in the shapes that are published in `docs/schemas/`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, assert_never

from app.core.history import CountedReview, Event, EvidenceToday, Gap, ImageUpdate, PolicyChange, Recorded, Signature
from app.render.document import Json, change_of, edit_of, object_of

EVENT: Final = "assay.event/v1"


def kind_of(event: Event) -> str:
    """Return the type of an event as documents call it."""
    if isinstance(event.what, ImageUpdate):
        return "image_update"
    return "governance_change" if event.what.governance else "policy_change"


def event_document(event: Event) -> Json:
    """Make the object of an event; what nobody knows is `null`, never empty."""
    facts = event.facts
    return {
        "schema": EVENT,
        "type": kind_of(event),
        "commit": facts.commit,
        "parents": list(facts.parents),
        "author": _person(facts.author),
        "committer": _person(facts.committer),
        "authored_at": facts.authored_at.isoformat(),
        "committed_at": facts.committed_at.isoformat(),
        "subject": facts.subject,
        "pull_request": facts.pull_request,
        "arrival": facts.arrival.value,
        "signed": None if facts.signed is None else facts.signed.value,
        "writers": [_person(one) for one in facts.writers],
        "skewed": facts.skewed,
        **_what(event.what),
        "approvals": None if event.approvals is None else [_approval(one) for one in event.approvals],
        "recorded": None if event.recorded is None else _recorded(event.recorded),
        "evidence_today": None if event.evidence_today is None else _today(event.evidence_today),
        "source": event.source.value,
    }


def gap_document(gap: Gap) -> Json:
    """Make the object of something that could not be read."""
    return {"commit": gap.commit or None, "path": gap.path or None, "sentence": gap.sentence}


def gap_line(gap: Gap) -> str:
    """Say a gap in one line: where, and what."""
    place = " ".join(part for part in (gap.commit[:12], gap.path) if part)
    return f"{place}: {gap.sentence}" if place else gap.sentence


def _what(what: ImageUpdate | PolicyChange) -> Mapping[str, object]:
    match what:
        case ImageUpdate(change):
            return change_of(change)
        case PolicyChange():
            return {
                "path": what.path,
                **({} if what.path_before is None else {"path_before": what.path_before}),
                "resource": object_of(what.resource),
                "effect": what.effect.value,
                "edits": [edit_of(edit) for edit in what.edits],
            }
        case _:
            assert_never(what)


def _person(one: Signature) -> Json:
    return {"name": one.name, "email": one.email}


def _approval(one: CountedReview) -> Json:
    return {
        "login": one.login,
        "id": one.id,
        "commit": one.commit,
        "counted": one.counted,
        "independent": one.independent,
    }


def _recorded(one: Recorded) -> Json:
    return {
        "verdict": one.verdict,
        "policy_commit": one.policy_commit,
        "posture": one.posture,
        "waivers": list(one.waivers),
        "head": one.head or None,
        "joined": one.joined.value,
        "overrides": list(one.overrides),
    }


def _today(one: EvidenceToday) -> Json:
    return {"asked_at": one.asked_at.isoformat(), "signature": one.signature, **one.document}
