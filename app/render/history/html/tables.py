"""Events as rows of tables, the newest first. Where records of the app begin, a line is drawn."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from typing import Final

from app.core.history import Event, ImageUpdate, PolicyChange
from app.core.inventory import ImageChange
from app.core.policy_edit import Effect
from app.render.history import marks
from app.render.history.html.cells import came, commit, known, today
from app.render.history.html.markup import bullets, code, fold, left_out, row, small, table, text, word
from app.render.history.html.page import Page, anchor, link, newest, when
from app.render.history.identity import identity
from app.render.history.returned import place_of
from app.render.history.tally import Kept
from app.render.plain import counted

_EDITS: Final = 6
_AT_ONCE: Final = 150
_NOTHING: Final = ("", "", "")
_EFFECTS: Final = {
    Effect.WEAKER: "bad",
    Effect.STRONGER: "good",
    Effect.CANNOT_TELL: "warn",
    Effect.NEUTRAL: "",
}

Cells = Callable[[Event], Sequence[str]]


def images(page: Page, events: Iterable[Event]) -> Iterator[str]:
    """Make a closed table of image changes for each month, the newest first and open."""
    for place, (month, group) in enumerate(groupby(newest(events), key=_month)):
        some = list(group)
        before = ", reconstructed from git" if page.before_records(some[0]) else ""
        title = f"{month} <span class='small'>{counted(len(some), 'image change')}{before}</span>"
        header = ("When (UTC)", "Image", "From → to", "Commit", "How it came", *_then(page))
        made = table(f"Images of {month}", header, _rows(page, some, "i", _image(page)), "images")
        yield fold(title, made, is_open=place == 0)


def policies(page: Page, kept: Kept, place: str) -> str:
    """Make the time line of policies: each with its effect, what the edits do, and what was put back when."""
    header = ("When (UTC)", "Effect", "Policy", "What it does", "Commit", "How it came", *_then(page, today=False))
    return _listed(page, kept, (place, "policy changes"), (header, _policy(page), "policies"))


def commits(page: Page, kept: Kept, place: str) -> str:
    """Make a table of commits, one row each."""
    header = ("When (UTC)", "Commit", "How it came", "First of what it changed", *_then(page, today=False))
    return _listed(page, kept, (place, "commits"), (header, _commit(page), "commits"))


def _month(event: Event) -> str:
    return marks.month(event.facts.committed_at)


def _then(page: Page, *, today: bool = True) -> tuple[str, ...]:
    records = ("Known then",) if page.records else ()
    return (*records, "Today") if today and page.scope.evidence else records


def _rows(page: Page, events: Sequence[Event], place: str, cells: Cells) -> Iterator[str]:
    """Write rows, and between them the line before which nothing was recorded."""
    recorded = False
    for event in events:
        made = cells(event)
        before = page.before_records(event)
        if before and recorded and page.tally.recorded_since is not None:
            day = marks.day(page.tally.recorded_since)
            said = f"Records of the app begin on {day}. What follows is older: reconstructed from git."
            yield f'<tr class="boundary"><td colspan="{len(made)}">{said}</td></tr>'
        recorded = not before
        yield row(*made, anchor=anchor(place, event))


def _listed(page: Page, kept: Kept, called: tuple[str, str], shown: tuple[Sequence[str], Cells, str]) -> str:
    """Show what is kept of one kind, year by year where it is much, and say what is left out."""
    if not kept.total:
        return ""
    (place, what), (header, cells, kind) = called, shown
    events = newest(kept.events)
    name = what.capitalize()
    if len(events) <= _AT_ONCE:
        return left_out(kept.left_out, what) + table(name, header, _rows(page, events, place, cells), kind)
    years = groupby(events, key=lambda one: marks.day(one.facts.committed_at)[:4])
    folds = [
        fold(
            f"{year}: {len(some):,}",
            table(f"{name} of {year}", header, _rows(page, some, place, cells), kind),
            is_open=number == 0,
        )
        for number, (year, some) in enumerate((year, list(group)) for year, group in years)
    ]
    return left_out(kept.left_out, what) + "".join(folds)


def _image(page: Page) -> Cells:
    def cells(event: Event) -> Sequence[str]:
        named, moved = _change(event.what.change) if isinstance(event.what, ImageUpdate) else ("", "")
        return (when(event), named, moved, commit(event), came(page, event), *_known(page, event))

    return cells


def _known(page: Page, event: Event, *, with_today: bool = True) -> tuple[str, ...]:
    then = (known(event),) if page.records else ()
    return (*then, today(event)) if with_today and page.scope.evidence else then


def _change(change: ImageChange) -> tuple[str, str]:
    moved = "" if change.name_before is None else small(f"before: {change.name_before}")
    versions = f"{code(marks.version(change.before))} → {code(marks.version(change.after))}"
    return f"{code(marks.image_of(change))}{moved}{small(marks.where(change))}", versions


def _policy(page: Page) -> Cells:
    def cells(event: Event) -> Sequence[str]:
        effect, named, said = _edited(page, event, event.what) if isinstance(event.what, PolicyChange) else _NOTHING
        known_then = _known(page, event, with_today=False)
        return (when(event), effect, named, said, commit(event), came(page, event), *known_then)

    return cells


def _edited(page: Page, event: Event, what: PolicyChange) -> tuple[str, str, str]:
    called = marks.policy_of(what)
    name = f"{code(called)}{small(what.path) if called != what.path else ''}"
    said = [f"{code(edit.field)} {text(edit.sentence)}" for edit in what.edits[:_EDITS]]
    more = len(what.edits) - len(said)
    edits = bullets([*said, *([f"and {more} more"] if more else [])])
    return word(what.effect.value, _EFFECTS[what.effect]), name, f"{edits}{returned(page, event)}"


def returned(page: Page, event: Event) -> str:
    """Say when what an event weakened was put back, and what it put back itself."""
    said = [_undone(page, event)] if page.returns.weakens(event) else []
    undone = page.returns.undoes.get(place_of(event), ())
    said += [f"undoes {_linked(page, one)} of {marks.day(one.facts.committed_at)}" for one in undone[:_EDITS]]
    return "".join(f'<span class="small">{one}</span>' for one in said)


def _undone(page: Page, event: Event) -> str:
    closed = page.returns.closed(event)
    if closed is None:
        part = "in part" if page.returns.partly(event) else "not"
        again = page.returns.again(event)
        return f"<strong>{part} put back in this range</strong>{'' if again is None else _again(page, event, again)}"
    days = max((closed.event.facts.committed_at - event.facts.committed_at).days, 0)
    how = "put back" if closed.exactly else "made stronger again, perhaps not as before,"
    return f"{how} {_at(page, event, closed.event)}, after {counted(days, 'day')}"


def _again(page: Page, event: Event, again: Event) -> str:
    """Say that what was taken away is there again, for somebody to look at it."""
    if _namespace(event) != _namespace(again):
        return f"; the same commit brings one of this name for {text(_namespace(again))}: {_linked(page, again)}"
    if _path(event) != _path(again):
        return f"; one of its name came {_at(page, event, again)}, perhaps for another cluster, or not as strong"
    return f"; it is there again, perhaps not as strong, {_at(page, event, again)}"


def _at(page: Page, event: Event, later: Event) -> str:
    moved = _path(later) != _path(event)
    path = f" in {code(_path(later))}" if moved else ""
    return f"on {marks.day(later.facts.committed_at)} by {_linked(page, later)}{path}"


def _linked(page: Page, event: Event) -> str:
    return link(page, _part(event), event)


def _path(event: Event) -> str:
    return event.what.path if isinstance(event.what, PolicyChange) else ""


def _namespace(event: Event) -> str:
    known = identity(event.what.resource) if isinstance(event.what, PolicyChange) else None
    return "" if known is None else f"namespace {known[2]}" if known[2] else "no namespace"


def _part(event: Event) -> str:
    """Return the part of the page in which a policy change stands."""
    if isinstance(event.what, PolicyChange) and event.what.governance:
        return "g"
    return "z" if isinstance(event.what, PolicyChange) and event.what.effect is Effect.NEUTRAL else "p"


def _commit(page: Page) -> Cells:
    def cells(event: Event) -> Sequence[str]:
        what = text(marks.what_of(event))
        return (when(event), commit(event), came(page, event), what, *_known(page, event, with_today=False))

    return cells
