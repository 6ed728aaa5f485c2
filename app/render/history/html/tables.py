"""Events as rows of tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Final

from app.core.history import Arrival, Event, ImageUpdate, PolicyChange
from app.core.inventory import ImageChange
from app.core.policy_edit import Effect
from app.render.history import marks
from app.render.history.html.markup import bullets, code, fold, row, table, text
from app.render.history.scope import Scope
from app.render.plain import counted

_EDITS: Final = 6
_THEN: Final = ("Approved by", "Known then")
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
    for place, (month, group) in enumerate(groupby(newest(events), key=_month)):
        some = list(group)
        title = f"{month} <span class='small'>{counted(len(some), 'image change')}</span>"
        yield fold(title, _promotions(some, scope), is_open=place == 0)


def _month(event: Event) -> str:
    return marks.month(event.facts.committed_at)


def _promotions(events: Iterable[Event], scope: Scope) -> str:
    listed = list(events)
    then = _any_known(listed)
    header = ["When", "Image", "From → to", "Commit", "How it came", *(_THEN if then else ())]
    rows = (
        row(
            marks.day(one.facts.committed_at),
            *_image(one.what.change),
            commit(one),
            came(one),
            *(_then(one) if then else ()),
            *([_today(one)] if scope.evidence else []),
        )
        for one in listed
        if isinstance(one.what, ImageUpdate)
    )
    return table([*header, *(["Today"] if scope.evidence else [])], rows, "images")


def _image(change: ImageChange) -> tuple[str, str]:
    moved = "" if change.name_before is None else small(f"before: {change.name_before}")
    versions = f"{code(marks.version(change.before))} → {code(marks.version(change.after))}"
    return f"{code(marks.image_of(change))}{moved}{small(marks.where(change))}", versions


def newest(events: Iterable[Event]) -> list[Event]:
    """Return events in the order in which they are shown."""
    return sorted(events, key=lambda one: one.facts.committed_at, reverse=True)


def policies(events: Iterable[Event]) -> str:
    """Make the time line of policies, the newest first: each with its effect and what the edits do."""
    listed = newest(events)
    then = _any_known(listed)
    header = ["When", "Effect", "Policy", "What it does", "Commit", "How it came", *(_THEN if then else ())]
    rows = (
        row(
            marks.day(one.facts.committed_at),
            *_policy(one.what),
            commit(one),
            came(one),
            *(_then(one) if then else ()),
        )
        for one in listed
        if isinstance(one.what, PolicyChange)
    )
    return table(header, rows, "policies")


def _policy(what: PolicyChange) -> tuple[str, str, str]:
    called = marks.policy_of(what)
    name = f"{code(called)}{small(what.path) if called != what.path else ''}"
    return word(what.effect.value, _EFFECTS[what.effect]), name, _edits(what)


def _edits(what: PolicyChange) -> str:
    said = [f"{code(edit.field)} {text(edit.sentence)}" for edit in what.edits[:_EDITS]]
    more = len(what.edits) - len(said)
    return bullets([*said, *([f"and {more} more"] if more else [])])


def commits(events: Iterable[Event]) -> str:
    """Make a table of commits, the newest first, one row each."""
    listed = newest(events)
    then = _any_known(listed)
    header = ["When", "Commit", "How it came", "First of what it changed", *(_THEN if then else ())]
    return table(header, (_commit(one, then=then) for one in listed))


def _commit(event: Event, *, then: bool) -> str:
    cells = (marks.day(event.facts.committed_at), commit(event), came(event), text(marks.what_of(event)))
    return row(*cells, *(_then(event) if then else ()))


def _any_known(events: Iterable[Event]) -> bool:
    """Say whether approvals or a record of any are known: if of none, two columns would say nothing."""
    return any(one.approvals is not None or one.recorded is not None for one in events)


def _then(event: Event) -> tuple[str, str]:
    return text(marks.approvals(event)), known(event)


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
    said = [f"around: {one}" for one in event.recorded.overrides[:_EDITS]]
    said += [f"waiver: {one}" for one in event.recorded.waivers[:_EDITS]]
    return word(marks.recorded(event), _VERDICTS.get(event.recorded.verdict, "")) + "".join(map(small, said))


def _today(event: Event) -> str:
    if event.evidence_today is None:
        return text("not asked")
    said = event.evidence_today.signature
    return f"{word(said, _SIGNATURES.get(said, ''))}{small(marks.minute(event.evidence_today.asked_at))}"


def small(data: str) -> str:
    """Show data in small below the rest of a cell; nothing for an empty text."""
    return f'<span class="small">{text(data, 140)}</span>' if data else ""
