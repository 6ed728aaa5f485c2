"""Posture over time: how the newest versions of images stood, and what happened month by month."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from app.render.history.html.markup import note, section
from app.render.history.html.page import Page
from app.render.history.html.plotting import (
    BAD,
    EVEN,
    GOOD,
    UNCLEAR,
    Counted,
    after,
    at,
    boundary,
    drawn,
    figures,
    months_of,
    side_by_side,
)
from app.render.history.standing import Standing
from app.render.plots import Plot, Point, Series

_HUNDRED: Final = 100
_FLOWS: Final = (
    Counted(
        "pinned-plot",
        "Promoted images, a month",
        (("pinned", "named by digest", GOOD), ("unpinned", "by tag only", BAD)),
    ),
    Counted(
        "effects-plot",
        "Policy changes, a month",
        (
            ("weaker", "weaker", BAD),
            ("cannot_tell", "cannot tell", UNCLEAR),
            ("stronger", "stronger", GOOD),
            ("neutral", "neutral", EVEN),
        ),
    ),
    Counted(
        "arrivals-plot",
        "How commits reached the branch, a month",
        (
            ("by_pull_request", "pull request", GOOD),
            ("direct", "direct", BAD),
            ("merged_around", "merge without one", UNCLEAR),
        ),
    ),
    Counted(
        "records-plot",
        "Commits with and without a record of what was known, a month",
        (
            ("recorded", "recorded", GOOD),
            ("recorded_by_number", "by number only", UNCLEAR),
            ("not_recorded", "not recorded", BAD),
        ),
        only_with="recorded",
    ),
    Counted(
        "today-plot",
        "Versions promoted in a month, as proved today",
        (("verified_today", "verified", GOOD), ("asked_today", "asked", EVEN)),
        only_with="asked_today",
    ),
)
_NOT_DRAWN: Final = (
    "Signatures and vulnerabilities over time are not drawn: nothing was recorded of them. The app's records (--ledger)"
    " tell what was known at each promotion."
)


def posture(page: Page) -> str:
    """Make the section."""
    if not page.tally.months:
        return section("posture", "Posture over time", note("No event, nothing to draw."))
    said = note(
        "By month of the commit, in UTC. The state of a month is that at its end: the newest version of each image that"
        " this range brought and did not take out again."
    )
    now = page.tally.images.now
    absent = "" if now.words or now.counted or page.tally.counts["words_then"] else note(_NOT_DRAWN)
    return section("posture", "Posture over time", said, absent, side_by_side((*_states(page), *figures(page, _FLOWS))))


def _states(page: Page) -> Iterator[str]:
    states = page.tally.images.months
    if not states:
        return
    months = [one for one in months_of(states) if one in states]
    until = at(after(months[-1]))
    shares = [_series("named by digest", months, [_share(one.pinned, one.images) for one in _of(page, months)], GOOD)]
    if page.tally.counts["words_then"]:
        verified = [_share(one.verified, one.words) for one in _of(page, months)]
        shares.append(_series("signature verified", months, verified, EVEN))
    title = "Newest version of each image: share that is named by digest"
    title = f"{title}; of those recorded, share whose signature was verified" if len(shares) > 1 else title
    marks = boundary(page)
    yield drawn(Plot("shares-plot", title, tuple(shares), until, unit="%", top=_HUNDRED, marks=marks))
    if page.tally.counts["counted_then"]:
        critical = [one.critical if one.counted else None for one in _of(page, months)]
        counted = [float(one.counted) for one in _of(page, months)]
        lines = (_series("critical", months, critical, BAD), _series("images counted", months, counted, EVEN))
        title = "Critical vulnerabilities of the newest versions, as counted when they were promoted"
        yield drawn(Plot("critical-plot", title, lines, until, marks=marks))


def _of(page: Page, months: list[str]) -> Iterator[Standing]:
    return (page.tally.images.months[one] for one in months)


def _share(part: int, whole: int) -> float | None:
    return round(part * _HUNDRED / whole, 1) if whole else None


def _series(name: str, months: list[str], values: list[float | None] | list[float], look: int) -> Series:
    return Series(name, tuple(Point(at(one), value) for one, value in zip(months, values, strict=True)), look)
