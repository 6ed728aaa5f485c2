"""The report for people."""

from __future__ import annotations

import itertools
import re
from dataclasses import replace
from datetime import timedelta, timezone

import pytest

from app.core.history import Arrival, CountedReview, Event, Gap, Joined
from app.core.inventory import ImageVersion
from app.core.policy_edit import Effect
from app.render.history import Scope, writer_of
from app.render.history.controls import Control
from app.render.history.tally import MOST_OTHERS, Kept, Tally
from tests.render.history_samples import (
    GAP,
    NOON,
    OLD,
    SCOPE,
    asked,
    edit,
    facts,
    governance,
    image,
    nameless,
    policy,
    recorded,
    some,
    with_change,
)
from tests.render.samples import use

CHANGES = Control("CC8.1", "SOC 2", "Changes are approved", ("commits", "approved"), ("direct",), ("Tests.",))


def _page(*events: Event | Gap, scope: Scope = SCOPE) -> str:
    return "".join(writer_of("html", (CHANGES,))(scope, events))


def _section(page: str, name: str) -> str:
    found = re.search(rf'<section id="{name}">(.*?)</section>', page, re.DOTALL)
    assert found is not None
    return found[1]


def _tile(page: str, words: str) -> str | None:
    found = re.search(rf"<strong>([0-9,]+)(?: <small>of [0-9,]+</small>)?</strong><span>{words}</span>", page)
    return None if found is None else found[1]


def test_the_page_loads_nothing_and_runs_nothing() -> None:
    page = _page(*some())
    assert "default-src &#x27;none&#x27;" in page
    assert re.findall(r"<script|<link|<img|<iframe|url\(|@import|https?://(?!www\.w3\.org/2000/svg)", page) == []


def test_the_page_says_what_git_cannot_know() -> None:
    assert "Approvals are not known from git alone" in _page(*some())


def test_with_records_the_page_says_where_they_end() -> None:
    assert "Where a record of the app was found" in _page(scope=replace(SCOPE, records=True))


def test_a_gap_stands_at_the_head_of_the_page() -> None:
    page = _page(GAP)
    assert page.index("1 place could not be read") < page.index('id="summary"')


def test_without_a_gap_the_page_says_that_all_was_read() -> None:
    assert "Everything in the range was read." in _section(_page(), "gaps")


def test_gaps_beyond_the_bound_are_counted() -> None:
    many = [Gap("c" * 40, f"apps/{number}.yaml", "not YAML") for number in range(502)]
    assert "And 2 more." in _section(_page(*many), "gaps")


def test_what_is_unread_in_commit_after_commit_is_said_once() -> None:
    section = _section(_page(*[GAP] * 502), "gaps")
    assert (section.count("not YAML"), "<td>502</td>" in section, "more." in section) == (1, True, False)


def test_the_numbers_are_of_all_events() -> None:
    page = _page(*some())
    assert (_tile(page, "promoted images named by digest"), _tile(page, "commits with events")) == ("3", "8")


def test_numbers_that_only_records_could_give_are_not_shown_as_zero() -> None:
    assert _tile(_page(image()), "commits with an approval that counted") is None


def test_with_records_no_approval_is_a_zero() -> None:
    assert _tile(_page(image(), scope=replace(SCOPE, records=True)), "commits with an approval that counted") == "0"


def test_no_event_draws_nothing() -> None:
    assert "nothing to draw" in _section(_page(), "posture")


def test_posture_is_drawn_by_month_also_for_months_without_events() -> None:
    page = _section(_page(image(), image(facts(2, days=100))), "posture")
    assert re.findall(r"<td>(2026-\d\d)</td><td>1?0?</td>", page)[:4] == ["2026-03", "2026-04", "2026-05", "2026-06"]


def test_months_are_drawn_over_the_turn_of_a_year() -> None:
    page = _section(_page(image(), image(facts(2, days=310))), "posture")
    assert "<td>2026-12</td><td>0</td><td>0</td></tr>\n<tr><td>2027-01</td>" in page


def test_a_wrong_clock_does_not_draw_thousands_of_months() -> None:
    old = facts(1, committed_at=NOON.replace(year=1970))
    assert _section(_page(image(old), image(facts(2))), "posture").count("<tr><td>") <= 2 * 601


def test_a_time_at_the_end_of_all_time_is_drawn() -> None:
    late = facts(1, committed_at=NOON.replace(year=9999, month=12))
    assert "9999-12" in _section(_page(image(late)), "posture")


def test_a_time_that_would_leave_the_calendar_in_utc_stays_as_it_is_written() -> None:
    west = timezone(timedelta(hours=-5))
    late = facts(1, committed_at=NOON.replace(year=9999, month=12, day=31, hour=23, tzinfo=west))
    assert "9999-12-31" in _section(_page(image(late)), "promotions")


def test_what_was_known_then_is_drawn_only_where_records_are() -> None:
    assert ("records-plot" in _page(recorded(image())), "records-plot" in _page(image())) == (True, False)


@pytest.mark.parametrize(
    ("posture", "verified", "critical", "counted"),
    [
        ({"signature": "verified", "measures": {"vulnerabilities.critical": {"value": 2}}}, 1, 1, 1),
        ({"signature": "absent", "measures": {"vulnerabilities.critical": {"value": 0}}}, 0, 0, 1),
        ({"measures": {"vulnerabilities.critical": {"value": True}}}, 0, 0, 0),
        ({"measures": {"vulnerabilities.critical": 2}}, 0, 0, 0),
        ({"measures": []}, 0, 0, 0),
    ],
)
def test_posture_as_it_was_recorded_is_counted(
    posture: dict[str, object], verified: int, critical: int, counted: int
) -> None:
    event = recorded(image())
    assert event.recorded is not None
    tally = Tally.of([replace(event, recorded=replace(event.recorded, posture=posture))])
    assert (tally.counts["verified_then"], tally.counts["critical_then"], tally.counts["counted_then"]) == (
        verified,
        critical,
        counted,
    )


def test_recorded_posture_is_drawn() -> None:
    event = recorded(image())
    assert event.recorded is not None
    posture = {"signature": "verified", "measures": {"vulnerabilities.critical": {"value": 2}}}
    page = _page(replace(event, recorded=replace(event.recorded, posture=posture)))
    assert ("share whose signature was verified" in page, "critical-plot" in page) == (True, True)


def test_a_weaker_policy_stands_with_its_sentence_and_commit() -> None:
    section = _section(_page(policy()), "policies")
    assert all(
        one in section
        for one in ("weaker</span>", "ClusterPolicy signed", "violations will be logged, not blocked", "0" * 12)
    )


def test_what_changes_nothing_is_folded_away() -> None:
    section = _section(_page(policy(Effect.NEUTRAL)), "policies")
    assert "No policy got weaker or stronger." in section
    assert "<details><summary>Without effect: 1</summary>" in section


def test_what_governs_the_repository_is_folded_away() -> None:
    assert "<details><summary>What governs the repository: 1</summary>" in _section(_page(governance()), "policies")


def test_a_file_is_not_named_twice() -> None:
    assert _section(_page(governance()), "policies").count("CODEOWNERS") == 1


def test_many_policy_changes_are_folded_by_year() -> None:
    many = [policy(about=facts(n, days=10 * n)) for n in range(151)]
    section = _section(_page(*many), "policies")
    years = re.findall(r"<details( open)?><summary>(\d{4}): (\d+)", section)
    assert [(year, bool(is_open)) for is_open, year, _ in years][:2] == [("2030", True), ("2029", False)]
    assert sum(int(number) for *_, number in years) == 151


def test_older_rows_beyond_the_bound_are_left_out_and_counted() -> None:
    many = [governance(about=facts(n)) for n in range(MOST_OTHERS + 3)]
    assert "3 older policy changes are counted above and left out here" in _section(_page(*many), "policies")


def test_noise_never_pushes_out_what_weakens() -> None:
    noise = [governance(about=facts(n)) for n in range(2, MOST_OTHERS + 10)]
    assert "weaker</span>" in _section(_page(policy(about=facts(1)), *noise), "policies")


def test_the_newest_month_of_images_is_open() -> None:
    section = _section(_page(image(), image(facts(2, days=40))), "promotions")
    assert re.findall(r"<details( open)?><summary>(2026-\d\d)", section) == [(" open", "2026-04"), ("", "2026-03")]


def test_an_image_row_has_both_versions() -> None:
    section = _section(_page(image()), "promotions")
    assert "<code>1.0 @ sha256:aaaaaaaaaaaa</code> → <code>1.1 @ sha256:bbbbbbbbbbbb</code>" in section


@pytest.mark.parametrize(
    ("after", "said"),
    [(None, "none"), (ImageVersion(None, OLD.digest), "sha256:aaaaaaaaaaaa"), (ImageVersion(None, None), "latest")],
)
def test_a_version_without_a_part_is_said(after: ImageVersion | None, said: str) -> None:
    assert f"→ <code>{said}</code>" in _section(_page(image(after=after)), "promotions")


def test_an_image_without_a_name_is_named_by_its_file() -> None:
    assert "an image of a/b" not in _section(_page(nameless()), "promotions")
    assert "an image of deploy.yaml" in _section(_page(nameless()), "promotions")


def test_an_image_without_name_and_place_is_still_a_row() -> None:
    assert "<code>an image</code>" in _section(_page(with_change(nameless(), uses=())), "promotions")


def test_several_files_of_an_image_are_counted() -> None:
    both = with_change(image(), uses=(use("a.yaml"), use("b.yaml")))
    assert "a.yaml and 1 more" in _section(_page(both), "promotions")


def test_columns_that_nobody_could_fill_are_left_out() -> None:
    assert ("Known then" in _page(image()), "Known then" in _page(recorded(image()))) == (False, True)


def test_a_record_by_number_only_is_marked() -> None:
    assert "BLOCKED (by number only)" in _page(*some()).replace("OK (by", "BLOCKED (by")


@pytest.mark.parametrize(
    ("reviews", "said"),
    [
        ((CountedReview("bob", 1, "", counted=False),), "approved by: none in the record that counted"),
        ((CountedReview("bob", 1, "", counted=False, independent=True),), "approved by: bob (no rule asked)"),
        (tuple(CountedReview(f"r{n}", n, "", counted=True) for n in range(7)), "r0, r1, r2, r3, r4 and 2 more"),
    ],
)
def test_who_approved_is_said(reviews: tuple[CountedReview, ...], said: str) -> None:
    assert said in _page(replace(recorded(image()), approvals=reviews))


def test_bad_news_of_any_event_counts_for_its_commit() -> None:
    fine, added = recorded(image()), recorded(policy(about=facts(1)), overrides=("this change is not in the record",))
    tally = Tally.of([fine, added])
    assert (tally.counts["overridden"], [one.what for one in tally.overridden.events]) == (1, [added.what])


def test_no_good_news_is_taken_from_a_number_that_anybody_could_write() -> None:
    tally = Tally.of([recorded(image(), joined=Joined.NUMBER)])
    assert [tally.counts[key] for key in ("approved", "unapproved", "approvals_unknown", "recorded")] == [0, 0, 1, 0]


def test_an_approval_by_number_only_is_marked() -> None:
    assert "alice (by number only)" in _page(recorded(image(), joined=Joined.NUMBER))


def test_an_approval_that_no_rule_asked_for_is_one() -> None:
    reviews = (CountedReview("bob", 8, "", counted=False, independent=True),)
    tally = Tally.of([replace(recorded(image()), approvals=reviews)])
    assert [tally.counts[key] for key in ("approved", "approved_unasked", "unapproved")] == [0, 1, 0]


def test_reviews_that_did_not_count_approve_nothing() -> None:
    event = replace(recorded(image()), approvals=(CountedReview("bob", 8, "", counted=False),))
    tally = Tally.of([event])
    assert (tally.counts["approved"], tally.counts["unapproved"]) == (0, 1)


def test_a_waiver_stands_beside_the_verdict() -> None:
    assert "waiver: CVE-1 until 2026-12-31 by alice: known" in _page(*some())


def test_evidence_of_today_is_a_column_of_its_own() -> None:
    page = _page(asked(image()), image(facts(2)), scope=replace(SCOPE, evidence=True))
    section = _section(page, "promotions")
    assert ('<th scope="col">Today</th>' in section, "verified</span>" in section, "not asked" in section) == (
        True,
        True,
        True,
    )


def test_exceptions_and_waivers_have_a_place_of_their_own() -> None:
    waiver = governance(".github/assay/waivers/cve.yml")
    assert ".github/assay/waivers/cve.yml" in _section(_page(waiver), "exceptions")


def test_a_commit_around_pull_requests_is_listed_once() -> None:
    about = facts(1, arrival=Arrival.DIRECT, pull_request=None, subject="hotfix")
    assert _section(_page(image(about), policy(about=about)), "around").count("hotfix") == 1


def test_a_pull_request_is_not_around() -> None:
    assert "Every commit with events came by a pull request." in _section(_page(image()), "around")


def test_what_was_merged_around_its_record_is_listed() -> None:
    section = _section(_page(recorded(image(), "BLOCKED", overrides=("the verdict was BLOCKED",))), "around")
    assert "Merged around what the record asked for" in section
    assert "around: the verdict was BLOCKED" in section


def test_a_verdict_that_was_only_observed_goes_around_nothing() -> None:
    assert "Merged around" not in _section(_page(recorded(image(), "BLOCKED")), "around")


def test_signatures_are_counted_by_form() -> None:
    section = _section(_page(image(), image(facts(2, signed=None))), "signatures")
    assert ("<td>gpg</td><td>1</td>" in section, "<td>none</td><td>1</td>" in section) == (True, True)


def test_a_control_shows_evidence_what_speaks_against_it_and_what_is_not_shown() -> None:
    about = facts(1, arrival=Arrival.DIRECT)
    section = _section(_page(image(about)), "controls")
    assert "commits with events: 1" in section
    assert '<strong><a href="#around">commits put on the branch directly: 1</a></strong>' in section
    assert "Who approved: of 1 commits it is not known." in section


def test_a_control_without_facts_says_none() -> None:
    section = _section(_page(), "controls")
    assert ("<td>none</td><td>nothing found</td>" in section, "Who approved" in section) == (True, False)


def test_a_long_list_of_edits_is_cut() -> None:
    event = policy()
    many = replace(event, what=replace(event.what, edits=(edit(),) * 9))  # type: ignore[type-var]  # a policy
    assert "and 3 more" in _section(_page(many), "policies")


def test_filters_stand_at_the_head() -> None:
    assert "<dt>Only</dt><dd>in folders</dd>" in _page(scope=replace(SCOPE, filters=("in folders",), tip=""))


def test_today_is_said_to_be_no_proof_of_then() -> None:
    assert "says nothing of what it would have proved" in _page(scope=replace(SCOPE, evidence=True))


def test_kept_rows_are_the_newest() -> None:
    kept = Kept(2)
    for number in range(5):
        kept.add(image(facts(number)))
    assert ([int(one.facts.commit, 16) for one in kept.events], kept.left_out) == ([3, 4], 3)


def test_a_tally_knows_the_first_and_the_last_moment_whatever_the_order() -> None:
    tally = Tally.of([image(facts(1, days=5)), image(facts(2)), image(facts(3, days=2))])
    assert (tally.first, tally.last) == (NOON, NOON + timedelta(days=5))


def test_a_hundred_thousand_events_are_held_within_the_bounds() -> None:
    tally = Tally.of(itertools.repeat(governance(), 100_000))
    assert (tally.events, len(tally.governance.events), len(tally.samples["governance_changes"])) == (
        100_000,
        MOST_OTHERS,
        50,
    )
