"""From when to when exceptions and waivers were open."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from app.core.history import Event, PolicyChange
from app.core.inventory import ObjectReference
from app.core.policy_edit import Effect, PolicyEdit
from app.render.history import writer_of
from app.render.history.spans import Span, spans
from tests.render.history_samples import NOON, SCOPE, facts, image, recorded

WAIVER = ".github/assay/waivers/cve.yml"
LEGACY = ObjectReference("kyverno.io/v2", "PolicyException", "apps", "legacy")
TERMS = "until 2026-03-31 by acme/platform: not called"


def changed(days: int, before: str | None, after: str | None, field: str = "", *, path: str = WAIVER) -> Event:
    """A commit so many days later that changed a waiver, or a field of it."""
    made = PolicyEdit(path, None, field, before, after, Effect.WEAKER, "more may pass")
    return Event(facts(days + 1, days=days), PolicyChange(path, None, (made,), governance=True))


def excepted(days: int, before: str | None, after: str | None, field: str = "") -> Event:
    """A commit so many days later that changed an exception in the cluster."""
    made = PolicyEdit("apps/x.yaml", LEGACY, field, before, after, Effect.WEAKER, "a new exception")
    return Event(facts(days + 1, days=days), PolicyChange("apps/x.yaml", LEGACY, (made,)))


def _only(*events: Event) -> Span:
    (found,) = spans(events)
    return found


def _at(days: int) -> datetime:
    return NOON + timedelta(days=days)


def test_one_that_was_opened_and_closed_was_open_in_between() -> None:
    span = _only(excepted(0, None, "{}"), excepted(40, "{}", None))
    assert (span.over(_at(90)), span.days(_at(90))) == (_at(40), 40)


def test_one_that_was_not_closed_is_open_up_to_the_end() -> None:
    span = _only(excepted(0, None, "{}"))
    assert (span.over(_at(90)), span.days(_at(90))) == (None, 90)


def test_one_that_closes_after_the_moment_is_open_at_it() -> None:
    span = _only(excepted(0, None, "{}"), excepted(40, "{}", None))
    assert (span.over(_at(10)), span.days(_at(10))) == (None, 10)


def test_one_that_was_there_before_the_range_has_no_known_beginning() -> None:
    span = _only(excepted(5, "{}", None))
    assert (span.opened, span.days(_at(90))) == (None, None)


def test_one_that_comes_again_is_another() -> None:
    again = spans([excepted(0, None, "{}"), excepted(1, "{}", None), excepted(2, None, "{}")])
    assert [one.closed is None for one in again] == [True, False]


def test_a_waiver_ends_by_itself_at_the_end_of_its_last_day() -> None:
    span = _only(changed(0, None, TERMS))
    assert (span.over(_at(90)), span.over(_at(20))) == (datetime(2026, 4, 1, tzinfo=UTC), None)


def test_a_waiver_that_ends_at_a_time_ends_then() -> None:
    span = _only(changed(0, None, "until 2026-03-31T12:00:00Z by a: b"))
    assert span.ends == datetime(2026, 3, 31, 12, tzinfo=UTC)


@pytest.mark.parametrize("until", ["soon", "9999-12-31", "2026-03-31T12:00:00", "2026-02-30"])
def test_an_end_that_cannot_be_read_is_none(until: str) -> None:
    assert _only(changed(0, None, f"until {until} by a: b")).ends is None


def test_a_waiver_that_runs_longer_ends_later_and_says_so() -> None:
    span = _only(changed(0, None, TERMS), changed(3, "2026-03-31", "2026-12-31", "expires"))
    assert (span.ends, span.terms, len(span.changes)) == (
        datetime(2027, 1, 1, tzinfo=UTC),
        f"{TERMS} (now until 2026-12-31)",
        1,
    )


def test_a_waiver_from_before_the_range_that_runs_longer_says_until_when() -> None:
    span = _only(changed(3, "2026-03-31", "2026-12-31", "expires"))
    assert (span.opened, span.terms) == (None, "until 2026-12-31")


def test_an_end_that_is_no_end_any_more_leaves_the_one_before() -> None:
    assert _only(changed(0, None, TERMS), changed(3, "2026-03-31", None, "expires")).ends is not None


def test_a_waiver_that_moved_is_the_same() -> None:
    moved = changed(3, WAIVER, ".github/assay/waivers/other.yml", path=".github/assay/waivers/other.yml")
    span = _only(changed(0, None, TERMS), moved)
    assert (span.path, span.opened is not None, span.changes) == (".github/assay/waivers/other.yml", True, [moved])


def test_a_waiver_that_moved_and_was_never_seen_before_was_there_before() -> None:
    assert _only(changed(3, WAIVER, "b.yml", path="b.yml")).opened is None


def test_a_file_that_got_a_fault_lets_nothing_pass() -> None:
    assert _only(changed(0, None, TERMS), changed(3, None, None)).over(_at(90)) == _at(3)


def test_a_new_file_with_a_fault_is_no_waiver() -> None:
    assert spans([changed(3, None, None)]) == ()


def test_each_entry_of_an_ignore_file_is_a_waiver() -> None:
    entries = [f"CVE-{number} until 2026-03-31" for number in range(2)]
    added = [changed(0, None, one, "vulnerabilities", path=".trivyignore.yaml") for one in entries]
    gone = changed(5, entries[0], None, "vulnerabilities", path=".trivyignore.yaml")
    other, first = spans([*added, gone])
    assert (first.closed, other.closed, other.ends) == (gone, None, datetime(2026, 4, 1, tzinfo=UTC))


def test_a_commit_that_changes_two_fields_changed_it_once() -> None:
    one = excepted(3, "a", "b", "spec.a")
    assert isinstance(one.what, PolicyChange)
    two = replace(one, what=replace(one.what, edits=(*one.what.edits, replace(one.what.edits[0], field="spec.b"))))
    assert _only(two).changes == [two]


def test_what_a_commit_brings_with_it_is_no_change_of_it() -> None:
    one = excepted(0, None, "{}")
    assert isinstance(one.what, PolicyChange)
    two = replace(one, what=replace(one.what, edits=(*one.what.edits, replace(one.what.edits[0], field="spec.b"))))
    assert _only(two).changes == []


def test_a_clock_that_went_back_is_no_negative_time() -> None:
    assert _only(excepted(9, None, "{}"), excepted(2, "{}", None)).days(_at(90)) == 0


def test_images_are_no_exceptions() -> None:
    assert spans([image()]) == ()


def _section(*events: Event, until: int = 90) -> str:
    page = "".join(writer_of("html", ())(replace(SCOPE, ends_at=_at(until)), events))
    found = re.search(r'<section id="exceptions">(.*?)</section>', page, re.DOTALL)
    assert found is not None
    return found[1]


def test_the_page_says_for_how_long_each_is_open() -> None:
    section = _section(excepted(0, None, "{}"))
    assert ('<span class="word warn">open</span>' in section, "<strong>90 days</strong>" in section) == (True, True)


def test_the_page_says_when_and_by_whom_one_was_closed() -> None:
    section = _section(excepted(0, None, "{}"), excepted(40, "{}", None))
    assert re.search(r"<td>2026-04-10 <a [^>]+><code>0{12}</code></a><span class=\"small\">dana, pull", section)
    assert "<td>40 days</td>" in section


def test_the_page_says_that_a_waiver_ended_by_itself() -> None:
    assert '<td>2026-04-01<span class="small">ended by itself</span></td>' in _section(changed(0, None, TERMS))


def test_the_page_does_not_guess_when_one_began() -> None:
    section = _section(excepted(5, "a", "b", "spec.a"))
    assert ("before the range</span>" in section, "<td>not known</td>" in section) == (True, True)


def test_the_page_draws_how_many_were_open() -> None:
    section = _section(excepted(0, None, "{}"), changed(10, None, TERMS), excepted(40, "{}", None))
    figures = re.findall(r"<td>([\d-]{10}) [\d:]{5}</td><td>(\d)</td>", section)
    assert figures == [("2026-03-01", "1"), ("2026-03-11", "2"), ("2026-04-01", "1"), ("2026-04-10", "0")]


def test_the_page_lists_the_newest_and_counts_the_rest() -> None:
    many = [changed(number, None, TERMS, path=f".github/assay/waivers/{number}.yml") for number in range(502)]
    assert "And 2 older ones." in _section(*many)


def test_what_a_waiver_let_pass_is_listed() -> None:
    used = recorded(image(), waivers=(f"{WAIVER} {TERMS}",))
    section = _section(used)
    assert ("Let pass by a waiver, by its record" in section, f"waiver: {WAIVER}" in section) == (True, True)


def test_with_records_who_approved_an_exception_stands_beside_it() -> None:
    assert "approved by: alice" in _section(recorded(excepted(0, None, "{}")))
