"""Exceptions and waivers: from when to when each was open, and which commits a waiver let pass."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from itertools import accumulate
from typing import Final

from app.core.history import Event, PolicyChange
from app.render.history import marks
from app.render.history.html import tables
from app.render.history.html.markup import code, fold, left_out, note, row, section, small, subtitle, table, text, word
from app.render.history.html.page import Page, anchor, link
from app.render.history.html.plotting import boundary, drawn, side_by_side
from app.render.history.spans import Span
from app.render.plain import counted
from app.render.plots import Plot, Point, Series

_MOST: Final = 500


def exceptions(page: Page) -> str:
    """Make the section."""
    if not page.spans:
        parts = [note("No exception and no waiver changed in this range. What stood before it is listed by --at.")]
    else:
        changes = tables.policies(page, page.tally.exceptions, "x")
        parts = [
            note(
                "One that was there before the range and did not change in it is not here: --at lists exceptions "
                "that stood at a time. Days are counted to the end of the range."
            ),
            left_out(page.tally.exceptions.left_out, "changes of exceptions and waivers"),
            _open_over_time(page),
            _spans(page),
            fold(f"Every change: {page.tally.exceptions.total:,}", changes),
        ]
    used = tables.commits(page, page.tally.waived, "w")
    parts += [subtitle("Let pass by a waiver, by its record"), used] if used else []
    return section("exceptions", "Exceptions and waivers", *parts)


def _spans(page: Page) -> str:
    header = ["Exception or waiver", "Opened (UTC)", "Says of itself", "Closed (UTC)", "Open for", "Changed"]
    more = len(page.spans) - _MOST
    rest = note(f"And {more:,} older ones.") if more > 0 else ""
    return table("Exceptions and waivers", header, (_row(page, one) for one in page.spans[:_MOST]), "spans") + rest


def _row(page: Page, span: Span) -> str:
    what = span.first.what
    called = marks.policy_of(what) if isinstance(what, PolicyChange) else span.path
    days, over = span.days(page.scope.until), span.over(page.scope.until)
    return row(
        f"{code(called)}{small(span.path) if called != span.path else ''}",
        word("before the range", "") if span.opened is None else _moment(page, span.opened),
        text(span.terms),
        _closed(page, span),
        "not known" if days is None else counted(days, "day") if over else f"<strong>{counted(days, 'day')}</strong>",
        ", ".join(link(page, "x", one) for one in span.changes[:5]),
        anchor=anchor("e", span.first),
    )


def _closed(page: Page, span: Span) -> str:
    over = span.over(page.scope.until)
    if over is None:
        return word("open", "warn")
    if span.closed is None or span.closed.facts.committed_at != over:
        return f"{text(marks.day(over))}{small('ended by itself')}"
    return _moment(page, span.closed)


def _moment(page: Page, event: Event) -> str:
    approved = f"approved by: {marks.approvals(event)}" if page.records else ""
    who = small(f"{marks.people(event)}, {marks.arrival(event)}")
    return f"{text(marks.day(event.facts.committed_at))} {link(page, 'x', event)}{who}{small(approved)}"


def _open_over_time(page: Page) -> str:
    """Draw how many were open, each time that one more or one less was."""
    start = page.tally.first or page.scope.until
    turns: Counter[datetime] = Counter({start: 0})
    for span in page.spans:
        over = span.over(page.scope.until)
        turns[start if span.opened is None else span.opened.facts.committed_at] += 1
        if over is not None:
            turns[over] -= 1
    numbers = accumulate(turns[at] for at in sorted(turns))
    points = tuple(Point(at, max(number, 0)) for at, number in zip(sorted(turns), numbers, strict=True))
    title = "Open exceptions and waivers that this range opened or changed"
    plot = Plot("exceptions-plot", title, (Series("open", points, 0),), page.scope.until, marks=boundary(page))
    return side_by_side([drawn(plot, "When (UTC)")])
