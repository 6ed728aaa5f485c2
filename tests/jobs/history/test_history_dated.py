"""Wrong clocks: what bounds of time leave out by them is said, and so is a date in the future."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from app.core.history import Gap
from app.jobs.history import WantedHistory, dated_at
from app.jobs.history.dated import Dated
from tests.render.history_samples import GAP, NOON, facts, image


def _day(day: int) -> datetime:
    return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=day - 1)


def _said(days: list[int], since: int | None = None, until: int | None = None) -> list[Gap]:
    bounds = [None if day is None else _day(day) for day in (since, until)]
    dated = Dated(WantedHistory(since=bounds[0], until=bounds[1]))
    return [gap for at, day in enumerate(days) for gap in dated.left_out(str(at), _day(day))]


@pytest.mark.parametrize(
    ("days", "since", "until", "left_out"),
    [
        ([1, 2, 3, 4], None, None, []),
        ([1, 2, 3, 4], 2, 3, []),
        ([4, 1, 2], None, 3, ["0"]),
        ([1, 9, 2, 3], None, 3, ["1"]),
        ([1, 9, 8, 2, 7, 3], None, 3, ["1", "2", "4"]),
        ([3, 4, 1, 5], 3, None, ["2"]),
        ([1, 2, 3, 1], 3, None, ["3"]),
        ([1, 3, 1, 9, 4], 3, 5, ["2", "3"]),
    ],
)
def test_what_only_its_own_date_leaves_out_is_said(
    days: list[int], since: int | None, until: int | None, left_out: list[str]
) -> None:
    assert [gap.commit for gap in _said(days, since, until)] == left_out


def test_the_date_is_said() -> None:
    (gap,) = _said([4, 1], until=2)
    assert gap.sentence == (
        "it is dated 2026-01-04T00:00:00+00:00 and left out, "
        "though a later commit of the branch is dated within the bounds: a clock was wrong"
    )


def test_very_many_are_counted() -> None:
    found = _said([*range(10, 160), 1], until=2)
    assert (len(found), found[-1].commit, found[-1].sentence.split(",")[0]) == (
        101,
        "",
        "50 more commits are left out",
    )


@pytest.mark.parametrize(("ahead", "wrong"), [(0, False), (60, False), (61, True)])
def test_a_date_in_the_future_is_a_wrong_clock(ahead: int, wrong: bool) -> None:  # noqa: FBT001 - a table
    event = image(replace(facts(), committed_at=NOON + timedelta(minutes=ahead)))
    found = dated_at(event, NOON)
    assert not isinstance(found, Gap)
    assert found.facts.skewed is wrong


def test_a_gap_has_no_date() -> None:
    assert dated_at(GAP, NOON) == GAP
