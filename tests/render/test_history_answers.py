"""The report answers what is asked of it first, leads to the rows behind each answer, and can be made again."""

from __future__ import annotations

import hashlib
import html
import itertools
import re
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from app.core.history import Arrival, Event, Gap, PolicyChange, Signature
from app.core.inventory import ImageVersion, ObjectReference
from app.core.policy_edit import Effect
from app.core.release import VERSION
from app.render.history import Scope, writer_of
from app.render.history.controls import Control
from app.render.history.facts import FACTS
from app.render.history.standing import Images
from app.render.history.tally import Kept, Tally
from tests.render.history_samples import (
    GAP,
    NOON,
    OLD,
    SCOPE,
    facts,
    governance,
    image,
    policy,
    recorded,
    some,
    with_change,
)
from tests.render.samples import change, use

EVERY = Control("X", "Y", "Z", tuple(FACTS), tuple(FACTS))
RECORDS = replace(SCOPE, records=True)


def _page(*events: Event | Gap, scope: Scope = SCOPE) -> str:
    return "".join(writer_of("html", (EVERY,))(scope, events))


def _section(page: str, name: str) -> str:
    found = re.search(rf'<section id="{name}">(.*?)</section>', page, re.DOTALL)
    assert found is not None
    return found[1]


def _answers(*events: Event | Gap, scope: Scope = SCOPE) -> list[str]:
    found = re.findall(r"<dd>(.*?)</dd>", _section(_page(*events, scope=scope), "short"))
    return [html.unescape(re.sub(r"<[^>]+>", "", one)) for one in found]


def _at(path: str, about: int, after: ImageVersion | None = OLD) -> Event:
    return with_change(image(facts(about, days=about), None, after), uses=(use(path),))


def test_that_nothing_is_missing_is_said_first() -> None:
    assert _answers(image())[0] == "Yes: 1 event of 1 commit, and no gap."


def test_a_gap_is_said_first_and_leads_to_the_gaps() -> None:
    assert _answers(image(), GAP)[0] == "No: 1 event of 1 commit, and 1 place that could not be read."


def test_what_came_around_review_is_said_with_what_is_not_known() -> None:
    about = facts(1, arrival=Arrival.DIRECT)
    assert _answers(image(about))[1] == "Commits put on the branch directly: 1. Of 1 commit approvals are not known."


def test_that_nothing_came_around_review_is_said() -> None:
    assert _answers(recorded(image()))[1] == "Nothing, as far as git tells."


def test_weakenings_are_counted_with_those_that_were_put_back() -> None:
    said = _answers(policy(), governance())[2]
    counts = "1 change to policies, 0 to what governs the repository: 0 put back or made good, 1 not."
    assert said.startswith(f"{counts} The newest that were not: 0000")


def test_changes_whose_effect_is_not_clear_are_not_passed_over() -> None:
    assert _answers(policy(Effect.CANNOT_TELL))[2] == "None of which it can be told. Of 1 more it cannot be told."


def test_that_no_policy_got_weaker_is_said() -> None:
    assert _answers(policy(Effect.STRONGER))[2] == "None of which it can be told."


def test_weakenings_that_are_not_followed_any_more_are_told() -> None:
    many = [policy(about=facts(number)) for number in range(2_001)]
    assert "Older ones are counted and not followed." in _answers(*many)[2]


def test_what_is_open_is_said_with_the_longest() -> None:
    waiver = governance(".github/assay/waivers/cve.yml")
    assert isinstance(waiver.what, PolicyChange)
    opened = replace(waiver.what.edits[0], field="", before=None)
    new = replace(waiver, what=replace(waiver.what, edits=(opened,)))
    said = _answers(new, *some(), scope=replace(SCOPE, ends_at=NOON + timedelta(days=80)))[3]
    assert said == "2 of 2 that changed are open on 2026-05-20, the longest for 80 days, 1 from before this range."


def test_a_tip_of_the_future_makes_nothing_open_for_longer_than_until_now() -> None:
    assert replace(SCOPE, ends_at=NOON + timedelta(days=10_000)).until == SCOPE.asked_at


def test_that_no_exception_changed_is_said() -> None:
    assert _answers(image())[3].startswith("None changed in this range")


@pytest.mark.parametrize(
    ("scope", "said"),
    [
        (SCOPE, "Not known: no records of the app were given. Everything is reconstructed from git."),
        (RECORDS, "Not known: no record was found. Everything is reconstructed from git."),
    ],
)
def test_without_a_record_nothing_was_known(scope: Scope, said: str) -> None:
    assert _answers(image(), scope=scope)[4] == said


def test_what_was_known_is_said_from_when_on_and_what_lacks_since() -> None:
    events = (image(), recorded(image(facts(2, days=2))), image(facts(3, days=3)))
    assert _answers(*events)[4] == (
        "Recorded for 1 commit since 2026-03-03, beside each in the tables. Since then 1 commit came without one."
        " Before that, nothing: reconstructed from git."
    )


def test_the_boundary_stands_at_the_head_by_its_date() -> None:
    assert "Records of the app begin on 2026-03-03: everything before is reconstructed" in _page(
        recorded(image(facts(2, days=2)))
    )


def test_that_records_were_given_and_none_was_found_stands_at_the_head() -> None:
    assert "No record of the app was found for any event" in _page(image(), scope=RECORDS)


def test_a_line_is_drawn_in_the_table_where_records_begin() -> None:
    page = _page(image(), recorded(image(facts(2, days=2))))
    rows = re.findall(r"<tr[^>]*>", _section(page, "promotions").partition("2026-03 ")[2])
    assert [("boundary" in one, "id=" in one) for one in rows] == [
        (False, False),
        (False, True),
        (True, False),
        (False, True),
    ]


def test_months_before_the_records_say_so() -> None:
    page = _page(image(), recorded(image(facts(2, days=40))))
    assert "1 image change, reconstructed from git" in _section(page, "promotions")


def test_the_boundary_is_drawn_in_the_plots() -> None:
    assert "records begin: 2026-03-03." in _page(image(), recorded(image(facts(2, days=2))))


def test_commits_without_a_record_since_records_begin_are_listed() -> None:
    page = _page(recorded(image()), image(facts(2, days=2, subject="in a hurry")))
    assert "in a hurry" in _section(page, "around").partition("Without a record since records begin on 2026-03-01")[2]


def test_commits_whose_record_holds_no_approval_are_listed_with_what_that_does_not_say() -> None:
    section = _section(_page(replace(recorded(image(facts(1, subject="alone"))), approvals=())), "around")
    assert "alone" in section.partition("A record of a merge holds every approval that stood")[2]


def test_what_was_known_then_stands_beside_the_promotion() -> None:
    event = recorded(image())
    assert event.recorded is not None
    posture = {"signature": "verified", "measures": {"vulnerabilities.critical": {"value": 2}}}
    page = _page(replace(event, recorded=replace(event.recorded, posture=posture)))
    known = [f'<span class="small">{one}</span>' for one in ("signature: verified", "critical vulnerabilities: 2")]
    assert all(one in page for one in (*known, f'<span class="small">policy at {"d" * 12}</span>'))


def test_the_newest_version_of_each_image_stands_by_environment() -> None:
    events = _at("production/a.yaml", 1), _at("staging/a.yaml", 2), _at("production/a.yaml", 3, ImageVersion("2", None))
    section = _section(_page(*events), "promotions").partition("Image by image")[2].partition("</details>")[0]
    assert re.findall(r"<td>(production|staging)</td><td><code>([^<]+)</code>", section) == [
        ("production", "2"),
        ("staging", "1.0 @ sha256:aaaaaaaaaaaa"),
    ]


def test_an_image_that_was_taken_out_everywhere_stands_no_more() -> None:
    assert list(Tally.of([_at("a/x.yaml", 1), _at("a/x.yaml", 2, None)]).images.listed()) == []


def test_an_image_that_was_taken_out_somewhere_stands_where_it_was_left() -> None:
    first = with_change(image(facts(1), None), uses=(use("a/x.yaml"), use("b/x.yaml")))
    ((_, left),) = Tally.of([first, _at("a/x.yaml", 2, None)]).images.listed()
    assert (left.event, left.paths, left.changes) == (first, {"b/x.yaml"}, 2)


def test_an_image_of_before_the_range_that_is_taken_out_never_stood() -> None:
    assert list(Tally.of([_at("a/x.yaml", 2, None)]).images.listed()) == []


def test_an_image_that_moved_to_another_repository_stands_under_its_new_name() -> None:
    before = change("docker.io/acme/api", None, None).name
    old = with_change(_at("a/x.yaml", 1), name=before)
    moved = with_change(_at("a/x.yaml", 2), name_before=before)
    images = Tally.of([old, moved]).images
    assert ([key for key, _ in images.listed()], images.now.images) == ([("ghcr.io/acme/api", "")], 1)


def test_an_image_that_moved_and_was_never_seen_before_is_no_trouble() -> None:
    moved = with_change(_at("a/x.yaml", 2), name_before=change("docker.io/acme/api", None, None).name)
    assert Tally.of([moved]).images.now.images == 1


def test_images_beyond_the_bound_are_counted() -> None:
    images = Images(most=2)
    for number in range(3):
        images.add(with_change(_at(f"{number}.yaml", number), name=change(f"a.b/c{number}", None, None).name))
    assert (images.left_out, images.now.images) == (1, 2)


def test_the_share_that_is_named_by_digest_is_drawn_by_month() -> None:
    tag = ImageVersion("2", None)
    page = _page(_at("production/a.yaml", 1), _at("staging/a.yaml", 2), _at("staging/a.yaml", 40, tag))
    figures = re.findall(r"<tr><td>(2026-\d\d)</td><td>([\d.]+)</td></tr>", page.partition('id="shares-plot')[2])
    assert figures == [("2026-03", "100"), ("2026-04", "50")]


def test_vulnerabilities_of_the_newest_versions_are_added_up() -> None:
    def counted(event: Event, number: int) -> Event:
        known = recorded(event)
        assert known.recorded is not None
        posture = {"signature": "verified", "measures": {"vulnerabilities.critical": {"value": number}}}
        return replace(known, recorded=replace(known.recorded, posture=posture))

    events = counted(_at("production/a.yaml", 1), 3), counted(_at("staging/a.yaml", 2), 2)
    page = _page(*events, counted(_at("production/a.yaml", 40), 0))
    figures = re.findall(r"<tr><td>(2026-\d\d)</td><td>(\d)</td><td>(\d)</td></tr>", page.partition("critical-plot")[2])
    assert figures[:2] == [("2026-03", "5", "2"), ("2026-04", "2", "2")]


def test_where_nothing_was_recorded_the_page_says_why_nothing_is_drawn_of_it() -> None:
    assert "are not drawn: nothing was recorded of them" in _section(_page(image()), "posture")


def test_charts_alone_have_no_share_of_digests() -> None:
    assert 'id="shares-plot' in _page(image())
    assert 'id="shares-plot' not in _page(policy())


def test_the_page_says_by_which_commits_version_and_command_it_was_made() -> None:
    scope = replace(SCOPE, base="b" * 40, options=("--path", "it's <b>"))
    about = html.unescape(_page(image(), scope=scope).partition('<dl class="about">')[2].partition("</dl>")[0])
    assert f"<code>{'b' * 40}</code>, up to commit <code>{'f' * 40}</code>" in about
    assert f"by Assay {VERSION}" in about
    assert f"assay history --format html --path 'it'\"'\"'s <b>' {'b' * 40}..{'f' * 40}" in about


def test_two_reports_can_be_compared_by_the_hash_of_their_events() -> None:
    written = "".join(writer_of("jsonl", ())(SCOPE, some())).encode()
    assert f"<code>{hashlib.sha256(written).hexdigest()}</code>" in _page(*some())


def test_the_page_says_which_floors_were_heeded() -> None:
    scope = replace(SCOPE, evidence=True, floors=("the floor of acme", "that of the operator"))
    assert "with the floor of acme and that of the operator." in _page(image(), scope=scope)


def test_the_same_history_gives_the_same_page() -> None:
    assert _page(*some()) == _page(*some())


def test_every_link_leads_to_a_row_and_no_row_is_named_twice() -> None:
    page = _page(*some(), scope=replace(RECORDS, evidence=True))
    anchors = Counter(re.findall(r' id="([^"]+)"', page))
    links = set(re.findall(r'href="#([^"]+)"', page))
    assert (links - set(anchors), [one for one, times in anchors.items() if times > 1]) == (set(), [])


def test_a_row_that_is_left_out_is_named_without_a_link() -> None:
    old = facts(1, arrival=Arrival.MERGE)
    many = [image(facts(number, days=number, arrival=Arrival.DIRECT)) for number in range(2, 1_003)]
    page = _page(policy(about=old), *many)
    assert '<span class="small">newest: <code>000000000000</code></span>' in _section(page, "controls")


def test_what_speaks_against_a_control_leads_to_the_newest_rows() -> None:
    found = re.search(
        r'named by tag only: 1</a></strong><span class="small">newest: <a href="#(i-\w+)">', _page(*some())
    )
    assert found is not None
    assert f'<tr id="{found[1]}">' in _page(*some())


def test_headings_go_down_one_level_at_a_time() -> None:
    levels = [int(one) for one in re.findall(r"<h(\d)", _page(*some(), scope=RECORDS))]
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))


def test_every_table_has_a_name_a_keyboard_reaches_it_and_its_headers_are_headers() -> None:
    page = _page(*some(), scope=RECORDS)
    assert page.count("<table") == len(
        re.findall(r'<div class="wide" role="region" tabindex="0" aria-label="[^"]+">', page)
    )
    assert re.findall(r"<th(?! scope|ead)", page) == []


def test_who_wrote_what_a_merge_brought_stands_beside_who_merged() -> None:
    merged = facts(author=Signature("GitHub", ""), writers=(Signature("dana", ""), Signature("GitHub", "")))
    assert "GitHub; wrote it: dana" in _page(image(merged))


def test_many_writers_are_counted() -> None:
    merged = facts(writers=tuple(Signature(f"w{number}", "") for number in range(7)))
    assert "dana; wrote it: w0, w1, w2, w3, w4 and 2 more" in _page(image(merged))


def test_two_lists_are_put_together_as_they_came() -> None:
    one, other = Kept(5), Kept(5)
    for number in range(4):
        (one if number % 2 else other).add(image(facts(number)), number)
    both = one.with_(other)
    assert ([int(event.facts.commit, 16) for event in both.events], both.total) == ([0, 1, 2, 3], 4)


def _weakened(event: Event) -> Event:
    assert isinstance(event.what, PolicyChange)
    edits = tuple(replace(edit, effect=Effect.WEAKER) for edit in event.what.edits)
    return replace(event, what=replace(event.what, edits=edits))


def test_commits_are_named_once_whatever_they_weakened_the_newest_first() -> None:
    new = facts(2, days=2, commit="a" * 40)
    other = ObjectReference("kyverno.io/v1", "ClusterPolicy", "", "other")
    old = _weakened(governance(about=facts(1, commit="b" * 40)))
    said = _answers(policy(about=new), policy(about=new, resource=other), old)[2]
    assert said.endswith("The newest that were not: aaaaaaaaaaaa, bbbbbbbbbbbb.")


def test_no_more_commits_are_named_than_are_asked_for() -> None:
    said = _answers(*(policy(about=facts(one, days=one, commit=f"{one:040x}"[::-1])) for one in range(1, 9)))[2]
    assert said.partition("The newest that were not: ")[2].count(",") == 4


def test_what_is_unread_line_after_line_of_a_file_is_said_once() -> None:
    lines = [Gap("c" * 40, "x.yaml", f"line {line}: the image is filled in elsewhere") for line in (3, 9)]
    tally = Tally.of([*lines, Gap("c" * 40, "x.yaml", "line 9: not YAML")])
    told = [(one.gap.sentence, one.times) for one in tally.gaps.values()]
    assert told == [("line 3: the image is filled in elsewhere", 2), ("line 9: not YAML", 1)]
