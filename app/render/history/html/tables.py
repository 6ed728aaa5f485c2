"""Events as rows of tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC
from itertools import groupby
from typing import Final

from app.core.history import Arrival, Event, ImageUpdate, PolicyChange
from app.core.policy_edit import Effect
from app.render.history import marks
from app.render.history.html.markup import bullets, code, fold, row, table, text
from app.render.history.scope import Scope
from app.render.plain import counted

_EDITS: Final = 6
_EFFECTS: Final = {
    Effect.WEAKER: "bad",
    Effect.STRONGER: "good",
    Effect.CANNOT_TELL: "warn",
    Effect.NEUTRAL: "",
}
_ARRIVALS: Final = {Arrival.PULL_REQUEST: "", Arrival.MERGE: "warn", Arrival.DIRECT: "bad"}
_VERDICTS: Final = {"OK": "good", "REVIEW": "warn", "BLOCKED": "bad", "INCOMPLETE": "bad"}
_SIGNATURES: Final = {"verified": "good", "invalid": "bad", "untrusted signer": "bad", "absent": "warn"}


def word(said: str, kind: str) -> str:
    """Show a word in the colour of its kind; the word itself says it all."""
    return f'<span class="word {kind}">{text(said)}</span>'


def by_month(events: Iterable[Event], scope: Scope) -> Iterator[str]:
    """Make a closed table of image changes for each month, the newest first and open."""
    newest = sorted(events, key=lambda one: one.facts.committed_at, reverse=True)
    for place, (month, group) in enumerate(groupby(newest, key=_month)):
        some = list(group)
        title = f"{month} <span class='small'>{counted(len(some), 'image change')}</span>"
        yield fold(title, _promotions(some, scope), is_open=place == 0)


def _month(event: Event) -> str:
    return f"{event.facts.committed_at.astimezone(UTC):%Y-%m}"


def _promotions(events: Iterable[Event], scope: Scope) -> str:
    header = ["When", "Image", "From → to", "Commit", "How it came", "Approved by", "Known then"]
    return table([*header, *(["Today"] if scope.evidence else [])], (_promotion(one, scope) for one in events))


def _promotion(event: Event, scope: Scope) -> str:
    what = event.what
    if not isinstance(what, ImageUpdate):
        return ""
    change = what.change
    moved = "" if change.name_before is None else small(f"before: {change.name_before}")
    versions = f"{code(marks.version(change.before))} → {code(marks.version(change.after))}"
    cells = [
        marks.day(event.facts.committed_at),
        f"{code(marks.image_of(change))}{moved}{small(marks.where(change))}",
        versions,
        commit(event),
        came(event),
        text(marks.approvals(event)),
        known(event),
    ]
    return row(*cells, *([_today(event)] if scope.evidence else []))


def policies(events: Iterable[Event]) -> str:
    """Make the time line of policies, the newest first: each with its effect and what the edits do."""
    newest = sorted(events, key=lambda one: one.facts.committed_at, reverse=True)
    header = ["When", "Effect", "Policy", "What it does", "Commit", "How it came", "Approved by", "Known then"]
    return table(header, (_policy(one) for one in newest))


def _policy(event: Event) -> str:
    what = event.what
    if not isinstance(what, PolicyChange):
        return ""
    effect = f"{word(what.effect.value, _EFFECTS[what.effect])}{small('governance') if what.governance else ''}"
    return row(
        marks.day(event.facts.committed_at),
        effect,
        f"{code(marks.policy_of(what))}{small(what.path)}",
        _edits(what),
        commit(event),
        came(event),
        text(marks.approvals(event)),
        known(event),
    )


def _edits(what: PolicyChange) -> str:
    said = [f"{code(edit.field)} {text(edit.sentence)}" for edit in what.edits[:_EDITS]]
    more = len(what.edits) - len(said)
    return bullets([*said, *([f"and {more} more"] if more else [])])


def commits(events: Iterable[Event], *, verdicts: bool = False) -> str:
    """Make a table of commits, the newest first, one row each; with `verdicts`, what was recorded of them."""
    newest = sorted(events, key=lambda one: one.facts.committed_at, reverse=True)
    last = "Known then" if verdicts else "Approved by"
    header = ["When", "Commit", "How it came", "First of what it changed", last]
    return table(header, (_commit(one, verdicts=verdicts) for one in newest))


def _commit(event: Event, *, verdicts: bool) -> str:
    last = known(event) if verdicts else text(marks.approvals(event))
    return row(marks.day(event.facts.committed_at), commit(event), came(event), text(marks.what_of(event)), last)


def commit(event: Event) -> str:
    """Show a commit: its id, what its message says first, who wrote it."""
    facts = event.facts
    return f"{code(facts.commit[:12])} {text(facts.subject, 90)}{small(facts.author.name)}"


def came(event: Event) -> str:
    """Show how a commit reached the branch, and whether it is signed."""
    return f"{word(marks.arrival(event), _ARRIVALS[event.facts.arrival])}{small(marks.signed(event))}"


def known(event: Event) -> str:
    """Show what a record says was known then, with the waivers."""
    if event.recorded is None:
        return text(marks.NOT_RECORDED)
    waivers = "".join(small(f"waiver: {one}") for one in event.recorded.waivers[:_EDITS])
    return f"{word(marks.recorded(event), _VERDICTS.get(event.recorded.verdict, ''))}{waivers}"


def _today(event: Event) -> str:
    if event.evidence_today is None:
        return text("not asked")
    said = event.evidence_today.signature
    return f"{word(said, _SIGNATURES.get(said, ''))}{small(marks.minute(event.evidence_today.asked_at))}"


def small(data: str) -> str:
    """Show data in small below the rest of a cell; nothing for an empty text."""
    return f'<span class="small">{text(data, 140)}</span>' if data else ""
