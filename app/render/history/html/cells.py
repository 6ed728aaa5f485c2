"""What cells of several tables say of an event: its commit, how it came, what was known then and is today."""

from __future__ import annotations

from typing import Final

from app.core.history import Arrival, Event
from app.render.history import marks
from app.render.history.against import against_old
from app.render.history.html.markup import code, small, text, word
from app.render.history.html.page import Page

_MOST: Final = 6
_ARRIVALS: Final = {Arrival.PULL_REQUEST: "", Arrival.MERGE: "warn", Arrival.DIRECT: "bad"}
_VERDICTS: Final = {"OK": "good", "REVIEW": "warn", "BLOCKED": "bad", "INCOMPLETE": "bad"}
_SIGNATURES: Final = {"verified": "good", "invalid": "bad", "untrusted signer": "bad", "absent": "warn"}


def commit(event: Event) -> str:
    """Show a commit: its id, what its message says first, who wrote it."""
    facts = event.facts
    return f"{code(facts.commit[:12])} {text(facts.subject, 90)}{small(marks.people(event))}"


def came(page: Page, event: Event) -> str:
    """Show how a commit reached the branch, whether it is signed, and where records are given who approved it."""
    approved = small(f"approved by: {marks.approvals(event)}") if page.records else ""
    return f"{word(marks.arrival(event), _ARRIVALS[event.facts.arrival])}{approved}{small(marks.signed(event))}"


def known(event: Event) -> str:
    """Show what a record says was known then, with what the merge went around, and the waivers."""
    if event.recorded is None:
        return text(marks.NOT_RECORDED)
    said = [*marks.known_then(event, event.recorded), *(f"around: {one}" for one in event.recorded.overrides[:_MOST])]
    said += [f"waiver: {one}" for one in event.recorded.waivers[:_MOST]]
    return word(marks.recorded(event), _VERDICTS.get(event.recorded.verdict, "")) + "".join(map(small, said))


def today(event: Event) -> str:
    """Show what the registry proves today."""
    if event.evidence_today is None:
        return text("not asked")
    said = event.evidence_today.signature
    old = "".join(map(small, against_old(event.evidence_today)))
    return f"{word(said, _SIGNATURES.get(said, ''))}{small(marks.minute(event.evidence_today.asked_at))}{old}"
