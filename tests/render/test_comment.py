"""The comment: the verdict first, who can unblock second, nothing that is not known, and never more than fits."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from app.core.assessment import Approval, Assessment, DemandState, Standing
from app.core.attestation import Answer, Conclusion, Lookup, Word
from app.core.inventory import ImageVersion, UnreadablePlace
from app.core.oci import ImageName
from app.core.posture import Basis, Better, Measure, Posture, UnreadablePredicate, VexClaim, Vulnerability
from app.core.pull_request import Comment
from app.core.verdict import Finding, Mode, Outcome
from app.render.comment import comment, nothing_to_say
from tests.conftest import ROOT
from tests.render import samples
from tests.render.reading import of_kind, tokens
from tests.render.samples import EMPTY, assessed, change, counts, digest, finding, image

GOLDEN: dict[str, Callable[[], Assessment]] = {
    "blocked": samples.blocked,
    "all_clear": samples.all_clear,
    "policy_change_waiting": samples.policy_change,
    "incomplete": samples.incomplete,
    "broken_policy": samples.broken,
    "forty_changes": samples.many,
    "observe": samples.observed,
    "unreadable_file": samples.cannot_read,
    "hostile": samples.hostile,
    "proposed_valid": samples.proposed,
    "proposed_invalid": lambda: samples.proposed(".github/assay.yml:3: the key limit is not known"),
}


def written(assessment: Assessment) -> Comment:
    found = comment(assessment)
    assert found is not None
    return found


def body(assessment: Assessment) -> str:
    return written(assessment).body


def size(one: Comment) -> int:
    return len(one.body.encode()) + len(one.footer.encode()) + 2


@pytest.mark.parametrize("case", sorted(GOLDEN))
def test_the_comment_is_as_reviewed(case: str) -> None:
    path = ROOT / "tests/data/render" / f"{case}.md"
    one = written(GOLDEN[case]())
    if os.environ.get("ASSAY_WRITE_GOLDEN"):
        path.write_text(f"{one.body}\n\n{one.footer}\n", encoding="utf-8")
    assert f"{one.body}\n\n{one.footer}\n" == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("case", sorted(GOLDEN))
def test_the_first_line_is_the_verdict(case: str) -> None:
    first = body(GOLDEN[case]()).splitlines()[0].split()
    assert (first[0], first[2].rstrip(":") in Outcome.__members__) == ("###", True)


@pytest.mark.parametrize(
    "assessment",
    [
        EMPTY,
        dataclasses.replace(EMPTY, notices=("the floor has no file",)),
        dataclasses.replace(EMPTY, findings=(Finding(Outcome.OK, "", "pinned", "nothing to pin"),)),
        dataclasses.replace(samples.blocked(), standing=Standing.SILENT),
    ],
)
def test_there_is_no_comment_when_there_is_nothing_to_say(assessment: Assessment) -> None:
    assert comment(assessment) is None


def test_a_finding_about_the_whole_change_is_worth_a_comment() -> None:
    found = dataclasses.replace(EMPTY, findings=(Finding(Outcome.BLOCKED, "", "limit", "too many images"),))
    assert "**The whole change** ❌ BLOCKED (rule `limit`): too many images" in body(found)


def test_all_clear_is_a_line_a_table_and_a_footer() -> None:
    parts = body(samples.all_clear()).split("\n\n")
    assert [part.split()[0] for part in parts] == ["###", "|"]


def test_what_was_verified_and_no_longer_is_leads_the_first_line() -> None:
    assert body(samples.blocked()).startswith("### ❌ BLOCKED: 1 image with less verified than before; ")


def test_why_no_evidence_file_is_proposed_stands_in_the_footer_alone() -> None:
    clause = "no evidence file is proposed: it comes from a fork"
    plain, said = (comment(dataclasses.replace(samples.all_clear(), evidence_files=one)) for one in ("", clause))
    assert plain is not None
    assert said is not None
    assert (said.body == plain.body, f" · {clause}" in said.footer) == (True, True)


def test_a_loss_is_said_even_where_no_rule_asks() -> None:
    moved = change("a.test/x", ImageVersion("1", None), ImageVersion("2", None))
    one = assessed(moved, image(moved, Word.VERIFIED, old=True), image(moved, Word.ABSENT))
    assert body(dataclasses.replace(EMPTY, changes=(one,))).startswith(
        "### ✅ OK: 1 image with less verified than before;"
    )


def test_a_lost_attestation_is_a_loss() -> None:
    moved = change("a.test/x", ImageVersion("1", None), ImageVersion("2", None))
    old = image(moved, Word.VERIFIED, old=True, provenance=Word.VERIFIED)
    one = assessed(moved, old, image(moved, Word.VERIFIED))
    assert "less verified than before" in body(dataclasses.replace(EMPTY, changes=(one,))).splitlines()[0]


def test_a_predicate_that_is_gone_is_a_loss_though_no_rule_asks_for_it() -> None:
    moved = change("a.test/x", ImageVersion("1", None), ImageVersion("2", None))
    old = image(moved, Word.ABSENT, counts(1, 0, 0, 0), old=True)
    one = assessed(moved, old, image(moved, Word.ABSENT))
    assert "less verified than before" in body(dataclasses.replace(EMPTY, changes=(one,))).splitlines()[0]


def test_one_measure_less_of_the_same_predicate_is_no_loss() -> None:
    moved = change("a.test/x", ImageVersion("1", None), ImageVersion("2", None))
    fewer = {key: one for key, one in counts(1, 0, 0, 0).items() if not key.endswith("low")}
    one = assessed(moved, image(moved, Word.ABSENT, counts(1, 0, 0, 0), old=True), image(moved, Word.ABSENT, fewer))
    assert "less verified than before" not in body(dataclasses.replace(EMPTY, changes=(one,))).splitlines()[0]


def test_a_file_count_stands_for_files_and_rows_for_changes() -> None:
    lines = [line for line in body(samples.blocked()).splitlines() if line.startswith("| `ghcr.io/edge/nginx`")]
    assert [line.split(" | ")[4] for line in lines[:1]] == ["12"]


def test_no_data_is_never_a_number() -> None:
    moved = change("a.test/x", None, ImageVersion("2", None))
    one = assessed(moved, None, image(moved, Word.NOT_REQUIRED))
    assert "| no data |" in body(dataclasses.replace(EMPTY, changes=(one,)))


def test_a_severity_that_was_not_measured_is_a_dash() -> None:
    moved = change("a.test/x", None, ImageVersion("2", None))
    found = {key: one for key, one in counts(1, 2, 3, 4).items() if not key.endswith("high")}
    one = assessed(moved, None, image(moved, Word.NOT_REQUIRED, found))
    assert "| 1/\N{EN DASH}/3/4 |" in body(dataclasses.replace(EMPTY, changes=(one,)))


def test_counts_that_cannot_be_compared_say_why_and_make_no_claim() -> None:
    moved = change("a.test/x", ImageVersion("1", None), ImageVersion("2", None))
    old = image(moved, Word.NOT_REQUIRED, counts(9, 9, 9, 9), old=True)
    new = image(moved, Word.NOT_REQUIRED, counts(0, 0, 0, 0, basis=Basis()))
    text = body(dataclasses.replace(EMPTY, changes=(assessed(moved, old, new),)))
    why = "9/9/9/9 → 0/0/0/0 (not comparable: a scan does not say which platform it looked at)"
    assert (why in text, "no more vulnerabilities" in text, "fixed" in text) == (True, False, False)


def summary_of(*, old_listed: bool) -> str:
    """The title of the fold for two sides, the old one with its list or without."""
    moved = change("a.test/x", ImageVersion("1", None), ImageVersion("2", None))
    sides = [counts(2, 0, 0, 0, listed=old_listed), counts(1, 0, 0, 0)]
    one = assessed(
        moved,
        image(moved, Word.NOT_REQUIRED, sides[0], old=True),
        image(moved, Word.ABSENT, sides[1], provenance=Word.ABSENT),
    )
    blocked = dataclasses.replace(EMPTY, changes=(one,), findings=(finding(Outcome.BLOCKED, moved.key, "absent"),))
    return next(line for line in body(blocked).splitlines() if "What changed inside" in line)


def test_fixed_and_new_are_counted_where_both_lists_are_whole() -> None:
    assert "1 CVE fixed, 0 new" in summary_of(old_listed=True)


def test_fixed_and_new_are_not_counted_from_lists_that_were_cut() -> None:
    assert "CVE" not in summary_of(old_listed=False)


def test_a_vulnerability_whose_package_only_moved_is_neither_fixed_nor_new() -> None:
    moved = change("a.test/x", ImageVersion("1", None), ImageVersion("2", None))

    def side(version: str) -> dict[str, Measure]:
        one = counts(1, 0, 0, 0)
        lines = (f"CVE-1 openssl ({version})",)
        return one | {"vulnerabilities.critical": dataclasses.replace(one["vulnerabilities.critical"], details=lines)}

    both = assessed(moved, image(moved, Word.NOT_REQUIRED, side("1"), old=True), image(moved, Word.ABSENT, side("2")))
    found = finding(Outcome.BLOCKED, moved.key, "absent")
    assert "0 CVEs fixed, 0 new" in body(dataclasses.replace(EMPTY, changes=(both,), findings=(found,)))


def test_packages_that_came_and_went_are_listed() -> None:
    moved = change("a.test/x", ImageVersion("1", None), ImageVersion("2", None))

    def side(*packages: str) -> dict[str, Measure]:
        return {"packages": Measure("packages", "packages", frozenset(packages), Better.NEITHER, "t")}

    one = assessed(
        moved,
        image(moved, Word.NOT_REQUIRED, side("a@1", "b@1", "c@1"), old=True),
        image(moved, Word.ABSENT, side("b@2", "c@1", "d")),
    )
    text = body(dataclasses.replace(EMPTY, changes=(one,), findings=(finding(Outcome.BLOCKED, moved.key, "absent"),)))
    lines = ("packages added: `d`", "packages removed: `a@1`", "packages changed: `b 1 → 2`", "3 package changes")
    assert [line in text for line in lines] == [True] * 4


def test_licences_that_came_and_went_are_listed() -> None:
    moved = change("a.test/x", ImageVersion("1", None), ImageVersion("2", None))

    def side(*licences: str) -> dict[str, Measure]:
        return {"licences": Measure("licences", "licences", frozenset(licences), Better.NEITHER, "t")}

    one = assessed(
        moved, image(moved, Word.NOT_REQUIRED, side("MIT"), old=True), image(moved, Word.ABSENT, side("GPL-3.0"))
    )
    text = body(dataclasses.replace(EMPTY, changes=(one,), findings=(finding(Outcome.BLOCKED, moved.key, "absent"),)))
    assert ("licences added: `GPL-3.0`" in text, "licences removed: `MIT`" in text) == (True, True)


@pytest.mark.parametrize("outcome", [Outcome.OK, Outcome.BLOCKED])
def test_what_vex_took_out_is_counted_in_the_title_and_named_below(outcome: Outcome) -> None:
    moved = change("a.test/x", ImageVersion("1", None), ImageVersion("2", None))
    found = Vulnerability("CVE-1", "p", "1", "high", vex=(VexClaim("fixed", "vendor"),), excused=True)
    excused = Posture(vulnerabilities=(found,), scans=(Basis(),))
    new = dataclasses.replace(image(moved, Word.VERIFIED), posture=excused)
    one = assessed(moved, image(moved, Word.NOT_REQUIRED, old=True), new)
    text = body(dataclasses.replace(EMPTY, changes=(one,), findings=(finding(outcome, moved.key, "signature"),)))
    assert ("1 CVE taken out by VEX" in text, "VEX applied, not counted: `CVE-1" in text) == (True, True)


def test_long_lists_of_packages_say_how_many_more() -> None:
    moved = change("a.test/x", ImageVersion("1", None), ImageVersion("2", None))

    def side(*packages: str) -> dict[str, Measure]:
        return {"packages": Measure("packages", "packages", frozenset(packages), Better.NEITHER, "t")}

    new = side(*(f"p{number:02}" for number in range(25)))
    one = assessed(moved, image(moved, Word.NOT_REQUIRED, side(), old=True), image(moved, Word.ABSENT, new))
    found = finding(Outcome.BLOCKED, moved.key, "absent")
    assert "`p19` and 5 more" in body(dataclasses.replace(EMPTY, changes=(one,), findings=(found,)))


def test_flags_are_said_in_words() -> None:
    moved = change("a.test/x", ImageVersion("1", None), ImageVersion("2", None))

    def side(*, value: bool) -> dict[str, Measure]:
        return {"hardening.shell": Measure("hardening.shell", "has a shell", value, Better.LOWER, "t")}

    old, new = image(moved, Word.NOT_REQUIRED, side(value=True), old=True), image(moved, Word.ABSENT, side(value=False))
    found = finding(Outcome.BLOCKED, moved.key, "absent")
    text = body(dataclasses.replace(EMPTY, changes=(assessed(moved, old, new),), findings=(found,)))
    assert "✅ better: has a shell yes → no" in text


@pytest.mark.parametrize(
    ("before", "after", "shown"),
    [
        (None, ImageVersion("2", None), "added `2`"),
        (ImageVersion("1", None), None, "removed `1`"),
        (
            ImageVersion(None, digest("a")),
            ImageVersion(None, digest("b")),
            "`sha256:aaaaaaaaaaaa` → `sha256:bbbbbbbbbbbb`",
        ),
        (ImageVersion("1", digest("a")), ImageVersion("1", digest("b")), "same tag `1`, new digest"),
        (ImageVersion("1", digest("a")), ImageVersion("1", None), "same tag `1`, digest no longer written"),
        (ImageVersion(None, None), ImageVersion("2", None), "`latest` → `2`"),
        (None, None, "no data"),
    ],
)
def test_the_row_says_what_moved(before: ImageVersion | None, after: ImageVersion | None, shown: str) -> None:
    moved = change("a.test/x", before, after)
    one = assessed(moved, None, None)
    assert f"| `a.test/x` {shown} |" in body(dataclasses.replace(EMPTY, changes=(one,)))


def test_a_repository_that_moved_shows_both_names() -> None:
    moved = dataclasses.replace(
        change("a.test/new", ImageVersion("1", None), ImageVersion("1", None)),
        name_before=ImageName.parse("a.test/old"),
    )
    assert "| `a.test/old` → `a.test/new` " in body(dataclasses.replace(EMPTY, changes=(assessed(moved, None, None),)))


def test_a_change_whose_repository_nobody_knows_names_its_file() -> None:
    moved = dataclasses.replace(change("a.test/x", ImageVersion("1", None), ImageVersion("2", None)), name=None)
    one = assessed(moved, None, None)
    text = body(dataclasses.replace(EMPTY, changes=(one,)))
    assert "| repository not known (`deploy.yaml`) `1` → `2` | ❔ unknown | no data | ❔ unknown | 1 | OK |" in text


def test_a_removed_image_is_asked_nothing() -> None:
    moved = change("a.test/x", ImageVersion("1", None), None)
    one = assessed(moved, image(moved, Word.VERIFIED, counts(1, 0, 0, 0), old=True), None)
    assert "| removed | 1/0/0/0 | removed | 1 | OK |" in body(dataclasses.replace(EMPTY, changes=(one,)))


def test_a_registry_without_credentials_is_named_once_with_who_and_the_setting() -> None:
    text = body(samples.incomplete())
    assert text.count("asks for credentials (2 images): whoever runs this Assay sets it in `ASSAY_REGISTRY_AUTH`") == 1


def test_what_to_do_is_said_once_a_sentence_and_credentials_once_a_registry() -> None:
    sample = samples.incomplete()
    advice = ("Store it in ASSAY_REGISTRY_AUTH. It is tried again.", "It is tried again.", "")
    found = tuple(dataclasses.replace(one, remedy=remedy) for one, remedy in zip(sample.findings, advice, strict=True))
    text = body(dataclasses.replace(sample, findings=found))
    assert (text.count("It is tried again."), text.count("ASSAY_REGISTRY_AUTH")) == (1, 1)


def test_advice_about_credentials_is_kept_where_no_registry_is_known_to_ask() -> None:
    found = finding(Outcome.INCOMPLETE, "", "x", remedy="Store it in ASSAY_REGISTRY_AUTH.")
    assert "ASSAY_REGISTRY_AUTH" in body(dataclasses.replace(EMPTY, findings=(found,)))


@pytest.mark.parametrize("what", ["slsa-provenance", "https://slsa.dev/provenance/v0.2"])
def test_of_several_provenances_the_one_that_is_not_verified_speaks(what: str) -> None:
    moved = change("a.test/x", None, ImageVersion("2", None))
    asked = (Conclusion(what, Word.VERIFIED, ""), Conclusion("slsa-provenance", Word.ABSENT, ""))
    side = dataclasses.replace(image(moved, Word.VERIFIED), attestations=asked)
    rows = body(dataclasses.replace(EMPTY, changes=(assessed(moved, None, side),))).splitlines()
    assert rows[-1].split(" | ")[3].endswith(" absent")


def test_what_a_list_says_is_not_said_again_as_a_reason() -> None:
    hard = finding(Outcome.INCOMPLETE, ".github/assay.yml", "line 3: no", hard=True)
    found = dataclasses.replace(samples.cannot_read(), proposed=("line 3: no",))
    text = body(dataclasses.replace(found, findings=(*found.findings, hard)))
    assert (text.count("no`") + text.count(": no\n"), "(rule" in text) == (1, False)


def test_a_refused_credential_is_told_from_a_missing_one() -> None:
    moved = change("a.test/x", None, ImageVersion("2", None))
    lookup = Lookup("manifest", "a.test", Answer.FAILED, "refused", "forbidden", credentials=True)
    one = assessed(moved, None, image(moved, Word.UNKNOWN, lookups=(lookup,)))
    assert "`a.test` refused the stored credential (1 image)" in body(dataclasses.replace(EMPTY, changes=(one,)))


def test_five_reasons_stand_in_the_open_and_the_rest_is_folded() -> None:
    text = body(samples.many(20, 9))
    opened, _, folded = text.partition("<b>4 more reasons</b>, at worst BLOCKED")
    assert (opened.count("no signature was found"), folded.count("no signature was found")) == (5, 4)


def test_reasons_for_review_are_folded_beside_worse_ones() -> None:
    sample = samples.blocked()
    more = finding(Outcome.REVIEW, "apps/a.yaml", "a downgrade")
    text = body(dataclasses.replace(sample, findings=(*sample.findings, more)))
    assert "<b>1 more reason</b>, at worst REVIEW" in text


def test_a_review_finding_that_nobody_was_asked_about_is_needed() -> None:
    found = dataclasses.replace(EMPTY, findings=(finding(Outcome.REVIEW, "", "a downgrade"),))
    text = body(found)
    assert "**Needed:** waits for 1 approval from a person with write access" in text
    assert text.startswith("### ⚠️ REVIEW: this change needs a person")


def test_images_that_need_a_person_are_counted() -> None:
    sample = samples.all_clear()
    found = tuple(dataclasses.replace(one, outcome=Outcome.REVIEW) for one in sample.findings)
    assert body(dataclasses.replace(sample, findings=found)).startswith(
        "### ⚠️ REVIEW: 2 of 2 image changes need a person"
    )


def test_a_demand_that_is_called_met_without_its_approvals_waits() -> None:
    demand = samples.demand(DemandState.MET, Approval("alice", counted=True))
    assert "⏳ waiting: `cluster policies`" in body(dataclasses.replace(EMPTY, demands=(demand,)))


def test_a_demand_that_is_met_is_not_needed() -> None:
    demand = samples.demand(DemandState.MET, Approval("alice", counted=True), needed=1)
    text = body(dataclasses.replace(EMPTY, demands=(demand,)))
    assert ("**Needed" in text, "✅ met: `cluster policies`" in text) == (False, True)


def test_reviewers_who_cannot_be_found_make_it_incomplete() -> None:
    text = body(dataclasses.replace(EMPTY, demands=(samples.demand(DemandState.ERROR),)))
    assert text.startswith("### ❔ INCOMPLETE: named reviewers cannot be found")


def test_a_demand_with_many_paths_says_how_many_more() -> None:
    demand = dataclasses.replace(
        samples.demand(DemandState.WAITING), paths=tuple(f"p/{number}" for number in range(45)), reason=""
    )
    assert "`p/39` and 5 more)" in body(dataclasses.replace(EMPTY, demands=(demand,)))


def test_a_demand_without_reason_and_paths_is_said_plainly() -> None:
    demand = dataclasses.replace(samples.demand(DemandState.WAITING), paths=(), reason="")
    assert "has 0\n" in body(dataclasses.replace(EMPTY, demands=(demand,), notices=("x",)))


def test_an_incomplete_finding_about_the_whole_change_is_said_in_the_first_line() -> None:
    found = dataclasses.replace(EMPTY, findings=(finding(Outcome.INCOMPLETE, "", "too many files"),))
    assert body(found).startswith("### ❔ INCOMPLETE: something that a rule asks for could not be found out")


def test_a_broken_policy_without_a_branch_and_sentence_still_says_who_acts() -> None:
    assessment = dataclasses.replace(EMPTY, base_ref=None, standing=Standing.BROKEN)
    assert "**Needed:** whoever maintains this repository repairs the policy; until then" in body(assessment)


def test_an_edit_without_a_resource_names_its_file_and_says_what_was_not_there() -> None:
    edit = dataclasses.replace(samples.policy_change().edits[0], resource=None, before=None)
    text = body(dataclasses.replace(EMPTY, edits=(edit,)))
    assert "| `policies/require-signature.yaml` | `spec.validationFailureAction` | not there | `Audit` |" in text


def test_more_edits_than_fit_are_counted() -> None:
    edit = samples.policy_change().edits[0]
    edits = tuple(dataclasses.replace(edit, field=f"f{number:02}") for number in range(45))
    assert "| 5 more, not shown |" in body(dataclasses.replace(EMPTY, edits=edits))


def test_what_a_trusted_statement_holds_in_a_wrong_shape_is_said() -> None:
    moved = change("a.test/x", None, ImageVersion("2", None))
    side = image(moved, Word.ABSENT)
    broken = UnreadablePredicate("https://t.test", "predicate.a[0]", "is not a text")
    side = dataclasses.replace(side, posture=dataclasses.replace(side.posture, unreadable=(broken,), notes=("a note",)))
    found = finding(Outcome.BLOCKED, moved.key, "absent")
    text = body(dataclasses.replace(EMPTY, changes=(assessed(moved, None, side),), findings=(found,)))
    assert "- ❔ unreadable: `https://t.test` at `predicate.a[0]`: is not a text\n- a note" in text


def test_more_lookups_than_fit_are_counted_failed_ones_first() -> None:
    moved = change("a.test/x", None, ImageVersion("2", None))
    found = [Lookup(f"place {number:02}", "a.test", Answer.FOUND) for number in range(44)]
    failed = Lookup("zz", "a.test", Answer.FAILED, "did not answer in time", "timeout")
    one = assessed(moved, None, image(moved, Word.UNKNOWN, lookups=(*found, failed)))
    text = body(dataclasses.replace(EMPTY, changes=(one,), findings=(finding(Outcome.INCOMPLETE, moved.key, "x"),)))
    rows = text.partition("Where we looked")[2].splitlines()[4:]
    assert (rows[0].split(" | ")[1], rows[40]) == ("`zz` at `a.test`", "| 5 more, not shown |  |  |  |")


def test_a_change_without_evidence_has_no_folds_about_it() -> None:
    moved = change("a.test/x", None, ImageVersion("2", None))
    found = finding(Outcome.INCOMPLETE, moved.key, "x")
    text = body(dataclasses.replace(EMPTY, changes=(assessed(moved, None, None),), findings=(found,)))
    assert ("What changed inside" in text, "Where we looked" in text) == (False, False)


def test_a_signature_that_stayed_is_not_news() -> None:
    moved = change("a.test/x", ImageVersion("1", None), ImageVersion("2", None))
    one = assessed(moved, image(moved, Word.ABSENT, old=True), image(moved, Word.ABSENT))
    assert "| ⚠️ absent |" in body(dataclasses.replace(EMPTY, changes=(one,)))


def test_the_body_does_not_depend_on_time_and_commits() -> None:
    sample = samples.blocked()
    later = dataclasses.replace(sample, head="f" * 40, assessed_at=sample.assessed_at.replace(year=2027))
    assert (body(later) == body(sample), written(later).footer == written(sample).footer) == (True, False)


@settings(max_examples=30, deadline=None)
@given(st.permutations(range(3)), st.permutations(range(3)))
def test_the_comment_does_not_depend_on_the_order_of_what_it_shows(first: list[int], second: list[int]) -> None:
    sample = samples.blocked()
    shuffled = dataclasses.replace(
        sample,
        changes=tuple(sample.changes[index] for index in first),
        findings=tuple(sample.findings[index] for index in second),
    )
    assert written(shuffled) == written(sample)


def test_the_footer_names_head_policy_floor_mode_and_time() -> None:
    policy = dataclasses.replace(EMPTY.policy, floor_commit="9" * 40, mode=Mode.OBSERVE)
    footer = written(dataclasses.replace(samples.blocked(), policy=policy)).footer
    assert footer.splitlines()[0].split(" · ") == [
        "<sub>Head `4be1d90`",
        "policy `main@a81f3c2`",
        "floor `9999999`",
        "observe mode",
        "judged 2026-11-22 12:00 UTC</sub>",
    ]


def test_the_footer_of_a_local_range_names_no_branch() -> None:
    footer = written(dataclasses.replace(samples.blocked(), base_ref=None)).footer
    assert " · policy `a81f3c2` · " in footer


def test_the_reasons_of_one_image_stand_under_its_name_once_the_signature_first() -> None:
    sample = samples.blocked()
    key = next(one.subject for one in sample.findings if one.outcome is Outcome.BLOCKED)
    found = tuple(
        Finding(Outcome.BLOCKED, key, rule, "it fails") for rule in ("apps: limits", "apps: signature", "apps: pinned")
    )
    text = body(dataclasses.replace(sample, findings=found))
    assert text.count("❌ BLOCKED:\n\n- rule `apps: signature`: it fails\n- rule `apps: limits`: it fails\n") == 1


def test_what_takes_the_place_of_an_earlier_comment_says_so() -> None:
    assert nothing_to_say(EMPTY).body == "### ✅ OK: this pull request no longer changes an image or a policy"


def test_at_203_a_brief_comment_lists_nothing_that_is_inside_an_image() -> None:
    found = comment(samples.blocked(), brief=True)
    assert found is not None
    assert ("CVE-" in found.body, "<details>" in found.body, "acme/nginx@" in found.body) == (False, False, False)


def test_at_203_a_brief_comment_says_that_details_are_left_out() -> None:
    found = comment(samples.blocked(), brief=True)
    assert found is not None
    assert "left out: details, which this public comment does not show</sub>" in found.footer


def test_counts_of_what_has_a_fix_are_lines_only_where_they_got_worse() -> None:
    moved = change("a.test/x", ImageVersion("1", None), ImageVersion("2", None))

    def side(high: int, low: int) -> dict[str, Measure]:
        both = (("high", high), ("low", low))
        return {
            f"vulnerabilities.{word}.fixable": Measure(
                f"vulnerabilities.{word}.fixable", f"{word} with a fix", value, Better.LOWER, "t"
            )
            for word, value in both
        }

    one = assessed(moved, image(moved, Word.ABSENT, side(1, 2), old=True), image(moved, Word.ABSENT, side(2, 1)))
    text = body(dataclasses.replace(EMPTY, changes=(one,), findings=(finding(Outcome.BLOCKED, moved.key, "x"),)))
    assert ("high with a fix 1 → 2" in text, "low with a fix" in text) == (True, False)


def test_forty_changes_show_the_bad_ones_and_fold_the_good_ones() -> None:
    text = body(samples.many())
    rows = [
        line
        for line in text.split("<details>")[0].splitlines()
        if line.startswith("| ") and "Image (change)" not in line
    ]
    assert (len(rows), rows[3]) == (4, "| 37 more, all OK |  |  |  |  | OK |")


def test_at_196_five_hundred_changes_fit_and_the_blocked_ones_come_first() -> None:
    one = written(samples.many(500, 40))
    rows = [line for line in one.body.splitlines() if "**BLOCKED**" in line]
    assert (size(one) <= 60_000, len(rows)) == (True, 40)


def test_at_196_what_was_left_out_for_length_is_named() -> None:
    one = written(samples.many(500, 400))
    assert (size(one) <= 60_000, "left out: package lists, vulnerability lists" in one.footer) == (
        True,
        True,
    )


def test_at_196_rows_of_blocked_images_that_do_not_fit_are_counted() -> None:
    text = body(samples.many(800, 800))
    assert "more, not shown |  |  |  |  | BLOCKED |" in text


def test_at_196_review_reasons_are_counted_when_they_do_not_fit() -> None:
    sample = samples.many(600, 500)
    more = tuple(finding(Outcome.REVIEW, f"path/{number}", "a downgrade") for number in range(500))
    assert " more reasons, at worst BLOCKED." in body(dataclasses.replace(sample, findings=(*sample.findings, *more)))


@settings(max_examples=5, deadline=None)
@given(st.integers(1, 60), st.sampled_from(["\u202e", "`", "漢", "x", "🙂 "]), st.integers(1, 400))
def test_at_196_no_assessment_is_too_long_whatever_it_holds(number: int, letter: str, length: int) -> None:
    evil = letter * length
    sample = samples.hostile()
    base = sample.changes[0]
    changes = []
    for index in range(number):
        uses = tuple(dataclasses.replace(one, path=f"{evil}{index}") for one in base.change.uses * 30)
        moved = dataclasses.replace(base.change, after=ImageVersion(f"{evil}{index}", None), uses=uses)
        changes.append(dataclasses.replace(base, change=moved))
    found = tuple(
        Finding(Outcome.BLOCKED, one.change.key, evil, evil, f"{evil}{index}") for index, one in enumerate(changes)
    )
    places = tuple(UnreadablePlace(f"{evil}{index}", index, evil) for index in range(number))
    demands = tuple(
        dataclasses.replace(sample.demands[0], rule=f"{evil}{index}", sentence=evil) for index in range(number)
    )
    large = dataclasses.replace(
        sample,
        changes=tuple(changes),
        findings=found,
        unreadable=places,
        demands=demands,
        edits=tuple(
            dataclasses.replace(sample.edits[0], sentence=evil, field=f"{index}{evil}") for index in range(number)
        ),
        proposed=(evil,) * number,
        notices=(evil,) * number,
    )
    assert size(written(large)) <= 60_000


OURS = {"<sub>", "</sub>"}


@pytest.mark.parametrize("case", sorted(GOLDEN))
def test_at_191_the_comment_holds_no_link_picture_or_html_that_is_not_ours(case: str) -> None:
    one = written(GOLDEN[case]())
    text = f"{one.body}\n\n{one.footer}"
    found = list(tokens(text))
    inline = {token.content for token in found if token.type == "html_inline"}
    blocks = [token.content for token in found if token.type == "html_block"]
    foreign = [
        block
        for block in blocks
        if not (block.startswith("<details><summary>") or block.strip() in ("</details>", one.footer.splitlines()[-1]))
    ]
    links = {token.type for token in found} & {"link_open", "image"}
    assert (inline <= OURS, foreign, links) == (True, [], set())


def test_at_191_only_our_own_heading_and_emphasis_are_there() -> None:
    text = body(samples.hostile())
    headings = [token.markup for token in tokens(text) if token.type == "heading_open"]
    assert (headings, text.count("evil.example") > 20, "evil" in "".join(of_kind(text, "text"))) == (
        ["###"],
        True,
        False,
    )


def test_at_195_data_holds_no_marker() -> None:
    one = written(samples.hostile())
    assert "<!--" not in one.body + one.footer


def test_at_199_a_token_in_a_sentence_does_not_reach_the_comment() -> None:
    secret = "ghs_" + "a1B2" * 9
    sample = samples.blocked()
    leaking = dataclasses.replace(
        sample, findings=(finding(Outcome.BLOCKED, sample.changes[0].change.key, f"got {secret}"),)
    )
    assert secret not in body(leaking)


def test_at_202_a_failed_lookup_shows_its_public_text_only() -> None:
    text = body(samples.incomplete())
    assert "`manifest` at `registry.acme.test` | ❔ failed | did not answer in time (`timeout`) |" in text


def test_a_verified_attestation_of_another_kind_does_not_count_as_provenance() -> None:
    moved = change("a.test/x", None, ImageVersion("2", None))
    side = dataclasses.replace(
        image(moved, Word.NOT_REQUIRED), attestations=(Conclusion("https://spdx.dev/Document", Word.VERIFIED, ""),)
    )
    rows = body(dataclasses.replace(EMPTY, changes=(assessed(moved, None, side),))).splitlines()
    assert rows[-1].split(" | ")[3].endswith(" not required")
