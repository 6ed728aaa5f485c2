"""Waivers: which failures they let pass, and which they never do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from app.core.attestation import Evidence, Word
from app.core.oci import Digest
from app.core.posture import Vulnerability
from app.core.pull_request import Floor, FloorState
from app.core.tree import File
from app.core.verdict import Finding, Mode, Outcome
from app.policy import Policy, PolicyFiles
from app.policy.waivers import FOLDER, WaiverFiles
from app.policy.waivers.scope import Scope
from tests.policy.samples import (
    FAILED,
    NEW,
    NOW,
    OLD,
    SCANNER,
    VULNERABILITIES,
    change,
    evidence,
    findings,
    rejection,
    scan,
    signed,
    text,
)

OK, REVIEW, INCOMPLETE, BLOCKED = Outcome.OK, Outcome.REVIEW, Outcome.INCOMPLETE, Outcome.BLOCKED
PATH = f"{FOLDER}/one.yml"
SIGNED = text("signature: [release]")
LIMITED = text(
    "attestations: [{type: vulnerabilities, signers: [scanner]}]\nlimits: {vulnerabilities.critical: 0}\n"
    "no-regression: [vulnerabilities.critical]"
)


def waiver(scope: str, expires: str = "2026-12-31", rest: str = "") -> str:
    return (
        f"version: 1\nowner: alice\nreason: not reachable\nticket: SEC-1\nexpires: {expires}\n{rest}\n"
        f"scope: {{{scope}}}\n"
    )


def files(*texts: str) -> WaiverFiles:
    return WaiverFiles(tuple(File(f"{FOLDER}/{number}.yml", one) for number, one in enumerate(texts)))


def judge(own: str | None, *waivers: str, floor: str | None = None, trivy: str | None = None) -> Policy:
    """Parse a policy with its waivers; every one of them is valid or the test says so itself."""
    ground = Floor(FloorState.NONE) if floor is None else Floor(FloorState.PRESENT, floor, "f" * 40)
    ignore = None if trivy is None else File(".trivyignore.yaml", trivy)
    return Policy.parse(PolicyFiles(own, ground, commit="e" * 40, waivers=replace(files(*waivers), trivyignore=ignore)))


def only(found: Iterable[Finding], rule: str) -> Finding:
    (one,) = (finding for finding in found if rule in finding.rule)
    return one


def vulnerable(critical: int, subject: Digest = NEW) -> Evidence:
    statement = signed(VULNERABILITIES, SCANNER, predicate=scan(critical), subject=subject)
    return evidence(statement, signed(subject=subject), digest=subject)


ACME = 'images: ["ghcr.io/acme/**"]'
UNSIGNED = evidence()
SIGNATURE = f"{ACME}, rules: [signature]"
THIS = f'digests: ["sha256:{NEW.hex}"]'


# --- rules


def test_a_failure_that_a_waiver_names_passes_and_says_so() -> None:
    found = only(findings(judge(SIGNED, waiver(SIGNATURE)), UNSIGNED), "signature")
    assert (found.outcome, [str(one) for one in found.waived]) == (
        OK,
        ["waived until 2026-12-31 by alice: not reachable (SEC-1)"],
    )


def test_a_waived_failure_still_says_what_fails() -> None:
    assert "absent" in only(findings(judge(SIGNED, waiver(SIGNATURE)), UNSIGNED), "signature").sentence


def test_the_word_for_the_signature_stays_what_it_is() -> None:
    policy = judge(SIGNED, waiver(SIGNATURE))
    after = change(policy, UNSIGNED).after
    assert after is not None
    assert after.signature.word is Word.ABSENT


def test_what_passes_is_not_called_waived() -> None:
    assert only(findings(judge(SIGNED, waiver(SIGNATURE)), evidence(signed())), "signature").waived == ()


@pytest.mark.parametrize(
    "scope",
    [
        f"{ACME}, rules: [pinned]",
        'images: ["ghcr.io/evil/**"], rules: [signature]',
        f'{ACME}, digests: ["sha256:{OLD.hex}"], rules: [signature]',
        'vulnerabilities: ["CVE-1-0"]',
        f'{ACME}, packages: ["pkg:deb/debian/p"]',
    ],
)
def test_a_waiver_of_something_else_waives_nothing(scope: str) -> None:
    found = only(findings(judge(SIGNED, waiver(scope)), UNSIGNED), "signature")
    assert (found.outcome, found.waived) == (BLOCKED, ())


@pytest.mark.parametrize("named", [SIGNATURE, f"{THIS}, rules: [signature]"])
def test_at_043_what_could_not_be_asked_is_never_waived(named: str) -> None:
    found = only(findings(judge(SIGNED, waiver(named)), evidence(lookups=[FAILED])), "signature")
    assert (found.outcome, found.waived) == (INCOMPLETE, ())
    assert f"the waiver {FOLDER}/0.yml cannot waive this" in found.sentence


@pytest.mark.parametrize("word", [Word.INVALID, Word.UNREADABLE])
def test_what_was_found_wrong_or_unreadable_is_waived_by_its_digest_only(word: Word) -> None:
    of = evidence(rejection(word))
    by_name = only(findings(judge(SIGNED, waiver(SIGNATURE)), of), "signature")
    by_digest = only(findings(judge(SIGNED, waiver(f"{THIS}, rules: [signature]")), of), "signature")
    assert (by_name.outcome is not OK, by_digest.outcome) == (True, OK)
    assert "does not name the digest" in by_name.sentence


def test_no_person_s_look_is_waived() -> None:
    policy = judge(SIGNED, waiver(f"{ACME}, rules: [moved]"))
    moved = findings(policy, evidence(signed()), evidence(signed(subject=OLD), digest=OLD, name="ghcr.io/acme/old"))
    assert (only(moved, "moved").outcome, only(moved, "moved").waived) == (REVIEW, ())


def test_an_image_outside_every_scope_can_be_waived_where_it_would_be_blocked() -> None:
    own = text("signature: [release]", "unmatched: block")
    elsewhere = evidence(name="ghcr.io/other/api")
    waived = judge(own, waiver('images: ["ghcr.io/other/*"], rules: [unmatched]'))
    assert only(findings(judge(own), elsewhere), "unmatched").outcome is BLOCKED
    assert only(findings(waived, elsewhere), "unmatched").outcome is OK


def test_a_limit_that_cannot_be_judged_is_waived_by_the_image_s_name() -> None:
    of = evidence(signed(VULNERABILITIES, SCANNER, predicate=scan(0)), signed(), lookups=[FAILED])
    policy = judge(LIMITED, waiver(f'{ACME}, rules: ["limits vulnerabilities.critical"]'))
    assert only(findings(policy, of), "limits").outcome is OK


def test_another_rule_that_cannot_be_judged_is_waived_by_the_digest_only() -> None:
    of, before = evidence(signed(), lookups=[FAILED]), evidence(signed(subject=OLD), digest=OLD)
    own = text("no-regression: true")
    named = findings(judge(own, waiver(f"{ACME}, rules: [no-regression]")), of, before)
    exactly = findings(judge(own, waiver(f"{THIS}, rules: [no-regression]")), of, before)
    assert INCOMPLETE in {one.outcome for one in named if "no-regression" in one.rule}
    assert {one.outcome for one in exactly if "no-regression" in one.rule} == {OK}


def test_of_several_waivers_the_one_that_ends_last_is_named() -> None:
    policy = judge(SIGNED, waiver(SIGNATURE, "2026-11-30"), waiver(SIGNATURE, "2026-12-30"))
    assert [one.until for one in only(findings(policy, UNSIGNED), "signature").waived] == ["2026-12-30"]


# --- vulnerabilities


def test_a_waived_vulnerability_does_not_count_against_a_limit() -> None:
    policy = judge(LIMITED, waiver('vulnerabilities: ["cve-1-0"]'))
    found = only(findings(policy, vulnerable(1)), "limits")
    assert (found.outcome, len(found.waived)) == (OK, 1)
    assert "is 1, at most 0" in found.sentence


def test_what_is_left_still_counts() -> None:
    found = only(findings(judge(LIMITED, waiver('vulnerabilities: ["CVE-1-0"]')), vulnerable(2)), "limits")
    assert (found.outcome, found.waived) == (BLOCKED, ())


def test_several_waivers_together_bring_a_count_down() -> None:
    policy = judge(LIMITED, waiver('vulnerabilities: ["CVE-1-0"]'), waiver('vulnerabilities: ["CVE-1-1"]'))
    assert len(only(findings(policy, vulnerable(2)), "limits").waived) == 2


def test_a_waived_vulnerability_is_no_regression() -> None:
    policy = judge(LIMITED, waiver('vulnerabilities: ["CVE-1-0"]'))
    before = vulnerable(0, OLD)
    assert only(findings(policy, vulnerable(1), before), "no-regression").waived != ()
    assert only(findings(judge(LIMITED), vulnerable(1), before), "no-regression").outcome is BLOCKED


def test_a_waiver_hides_no_new_vulnerability_behind_an_old_one() -> None:
    policy = judge(LIMITED, waiver('vulnerabilities: ["CVE-1-0"]'))
    assert only(findings(policy, vulnerable(2), vulnerable(1, OLD)), "no-regression").outcome is BLOCKED


def test_a_package_narrows_to_findings_of_that_package() -> None:
    policy = judge(LIMITED, waiver('vulnerabilities: ["CVE-1-0"], packages: ["pkg:deb/debian/p"]'))
    assert only(findings(policy, vulnerable(1)), "limits").outcome is BLOCKED  # the scan tells no package URL


def test_a_package_alone_waives_all_its_vulnerabilities() -> None:
    predicate = scan(2)
    for one in predicate["scanner"]["result"]["Results"][0]["Vulnerabilities"]:  # type: ignore[index]
        one["PkgIdentifier"] = {"PURL": "pkg:deb/debian/p@1?arch=amd64"}
    of = evidence(signed(VULNERABILITIES, SCANNER, predicate=predicate), signed())
    policy = judge(LIMITED, waiver(f'{ACME}, packages: ["pkg:deb/debian/p"]'))
    assert only(findings(policy, of), "limits").outcome is OK
    other = judge(LIMITED, waiver(f'{ACME}, packages: ["pkg:deb/debian/q"]'))
    assert only(findings(other, of), "limits").outcome is BLOCKED


def test_a_count_whose_list_is_not_whole_is_not_brought_down() -> None:
    policy = judge(LIMITED, waiver('vulnerabilities: ["CVE-1-0"]'))
    one = change(policy, vulnerable(1))
    assert one.after is not None
    cut = replace(one, after=replace(one.after, posture=replace(one.after.posture, vulnerabilities=())))
    assert only(policy.judge([cut], [], at=NOW), "limits").outcome is BLOCKED


def test_no_other_measure_is_brought_down() -> None:
    own = text("attestations: [{type: vulnerabilities, signers: [scanner]}]\nlimits: {vulnerabilities.suppressed: 0}")
    policy = judge(own, waiver('vulnerabilities: ["CVE-1-0"]'))
    assert only(findings(policy, vulnerable(1)), "limits").waived == ()


def test_a_scope_without_vulnerabilities_covers_none() -> None:
    found = Vulnerability("CVE-1", "p", "1", "high")
    assert not Scope(rules=frozenset({"pinned"})).covers(found)
    assert not Scope(vulnerabilities=frozenset({"CVE-2"})).covers(found)
    assert Scope(vulnerabilities=frozenset({"CVE-1"})).covers(found)


# --- time


@pytest.mark.parametrize(
    ("expires", "rest", "why"),
    [
        ("2026-11-23", "", "ended on 2026-11-23"),
        ("2026-11-24T12:00:00Z", "", "ended on 2026-11-24T12:00:00Z"),
        ("2026-12-31", "not-before: 2026-11-25", "does not hold before 2026-11-25"),
    ],
)
def test_a_waiver_that_does_not_hold_now_is_named(expires: str, rest: str, why: str) -> None:
    found = only(findings(judge(SIGNED, waiver(SIGNATURE, expires, rest)), UNSIGNED), "signature")
    assert (found.outcome, found.waived) == (BLOCKED, ())
    assert why in found.sentence


@pytest.mark.parametrize("expires", ["2026-11-24", "2026-11-24T12:00:01Z"])
def test_a_waiver_holds_until_the_end_of_its_day(expires: str) -> None:
    assert only(findings(judge(SIGNED, waiver(SIGNATURE, expires)), UNSIGNED), "signature").outcome is OK


def test_the_verdict_is_looked_at_again_when_a_waiver_ends() -> None:
    policy = judge(SIGNED, waiver(SIGNATURE))
    assert policy.recheck_at(findings(policy, UNSIGNED)) == datetime(2027, 1, 1, tzinfo=UTC)


def test_the_verdict_is_looked_at_again_when_a_waiver_begins() -> None:
    policy = judge(SIGNED, waiver(SIGNATURE, rest="not-before: 2026-11-30"))
    assert policy.recheck_at(findings(policy, UNSIGNED)) == datetime(2026, 11, 30, tzinfo=UTC)


def test_the_verdict_is_looked_at_again_when_an_attestation_gets_too_old() -> None:
    policy = judge(text("attestations: [{type: vulnerabilities, signers: [scanner], max-age: 30d}]"))
    assert policy.recheck_at(findings(policy, vulnerable(0))) == NOW + timedelta(days=29)


def test_a_verdict_that_depends_on_no_time_is_never_looked_at_again() -> None:
    policy = judge(SIGNED)
    assert policy.recheck_at(findings(policy, evidence(signed()))) is None


def test_a_used_waiver_that_ends_soon_is_named() -> None:
    policy = judge(SIGNED, waiver(SIGNATURE, "2026-12-01"))
    said = policy.notices_of(findings(policy, UNSIGNED), NOW)
    assert said == (f"the waiver {FOLDER}/0.yml (alice) ends on 2026-12-01, and is used here",)


@pytest.mark.parametrize(("expires", "of"), [("2026-12-31", UNSIGNED), ("2026-12-01", evidence(signed()))])
def test_a_waiver_that_runs_on_or_is_not_used_is_not_named(expires: str, of: Evidence) -> None:
    policy = judge(SIGNED, waiver(SIGNATURE, expires))
    assert policy.notices_of(findings(policy, of), NOW) == ()


# --- what policy and floor allow


FLOOR = text("signature: [release]")


def test_a_policy_may_allow_no_waivers() -> None:
    own = text("signature: [release]", "waivers: {allow: false}")
    found = only(findings(judge(own, waiver(SIGNATURE)), UNSIGNED), "signature")
    assert (found.outcome, "the policy does not allow waivers" in found.sentence) == (BLOCKED, True)


@pytest.mark.parametrize("days", [37, 3650])
def test_a_waiver_within_the_longest_time_holds(days: int) -> None:
    own = text("signature: [release]", f"waivers: {{max-days: {days}}}")
    assert only(findings(judge(own, waiver(SIGNATURE, "2026-12-30")), UNSIGNED), "signature").outcome is OK


def test_a_waiver_that_runs_longer_than_it_may_does_not_hold_until_then() -> None:
    policy = judge(text("signature: [release]", "waivers: {max-days: 30}"), waiver(SIGNATURE))
    found = only(findings(policy, UNSIGNED), "signature")
    assert (found.outcome, "more than the 30 days" in found.sentence) == (BLOCKED, True)
    assert found.until == datetime(2026, 12, 2, tzinfo=UTC)


def test_the_shorter_time_of_floor_and_policy_counts() -> None:
    own = text("signature: [release]", "waivers: {max-days: 300}")
    policy = judge(own, waiver(SIGNATURE), floor="version: 1\nwaivers: {max-days: 30}\n")
    assert only(findings(policy, UNSIGNED), "signature").outcome is BLOCKED


@pytest.mark.parametrize("terms", ["", "waivers: {allow: false}", "waivers: {max-days: 90}"])
def test_at_142_a_floor_s_rule_is_waived_only_where_the_floor_allows_it(terms: str) -> None:
    policy = judge("version: 1\n", waiver(SIGNATURE), floor=text("signature: [release]", terms))
    found = only(findings(policy, UNSIGNED), "floor: apps: signature")
    assert (found.outcome, "the floor does not allow" in found.sentence) == (BLOCKED, True)


def test_a_floor_may_allow_waivers_of_its_rules() -> None:
    policy = judge("version: 1\n", waiver(SIGNATURE), floor=text("signature: [release]", "waivers: {allow: true}"))
    assert only(findings(policy, UNSIGNED), "signature").outcome is OK


def test_a_floor_s_limit_is_not_brought_down_by_waivers_that_it_does_not_allow() -> None:
    policy = judge(LIMITED, waiver('vulnerabilities: ["CVE-1-0"]'), floor=LIMITED)
    found = {one.rule: one.outcome for one in findings(policy, vulnerable(1)) if "limits" in one.rule}
    assert found == {
        "floor: apps: limits vulnerabilities.critical": BLOCKED,
        "apps: limits vulnerabilities.critical": OK,
    }


def test_what_the_floor_says_of_unmatched_images_is_the_floor_s_rule() -> None:
    scope = waiver('images: ["ghcr.io/other/*"], rules: [unmatched]')
    policy = judge("version: 1\nunmatched: block\n", scope, floor="version: 1\nunmatched: block\n")
    assert only(findings(policy, evidence(name="ghcr.io/other/api")), "unmatched").outcome is BLOCKED


# --- files


def test_a_broken_waiver_waives_nothing_is_named_with_its_line_and_takes_nothing_from_the_others() -> None:
    policy = judge(SIGNED, "version: 1\nowner: alice\n", waiver(SIGNATURE))
    found = findings(policy, UNSIGNED)
    wrong = [one for one in found if one.rule == "waiver file"]
    assert only(found, "signature").outcome is OK
    assert {one.outcome for one in wrong} == {OK}
    assert f"{FOLDER}/0.yml:1: a waiver needs expires: it waives nothing" in policy.notices_of(found, NOW)


def test_a_waiver_that_is_no_text_waives_nothing() -> None:
    given = WaiverFiles((File(PATH, None, "a symbolic link, which is not followed"),))
    policy = Policy.parse(PolicyFiles(SIGNED, commit="e" * 40, waivers=given))
    found = findings(policy, UNSIGNED)
    assert only(found, "signature").outcome is BLOCKED
    assert "a symbolic link" in only(found, "waiver file").sentence


def test_waivers_that_could_not_all_be_read_are_said_to_be_so() -> None:
    policy = Policy.parse(PolicyFiles(SIGNED, commit="e" * 40, waivers=WaiverFiles(unread="there are too many")))
    assert "too many" in only(findings(policy, evidence(signed())), "waiver file").sentence


def test_a_broken_waiver_that_a_change_brings_holds_the_change_back() -> None:
    given = PolicyFiles(SIGNED, commit="e" * 40, proposed_waivers=(File(PATH, "version: 2\n"),))
    found = Policy.parse(given).judge([], [], at=NOW)
    assert {(one.outcome, one.hard, one.subject) for one in found} == {(INCOMPLETE, True, PATH)}
    assert all("waive nothing" in one.remedy for one in found)


def test_observe_does_not_matter_to_a_waived_failure() -> None:
    policy = judge(text("mode: observe\nsignature: [release]"), waiver(SIGNATURE))
    found = only(findings(policy, UNSIGNED), "signature")
    assert (found.outcome, found.effective, found.mode) == (OK, OK, Mode.OBSERVE)


# --- Trivy's ignore file


def test_an_entry_with_an_end_is_a_waiver_of_its_vulnerability() -> None:
    ignore = "vulnerabilities:\n  - id: CVE-1-0\n    expired_at: 2026-12-31\n    statement: not used\n"
    found = only(findings(judge(LIMITED, trivy=ignore), vulnerable(1)), "limits")
    assert [str(one) for one in found.waived] == ["waived until 2026-12-31 by .trivyignore.yaml: not used"]


@pytest.mark.parametrize(
    ("entry", "why"),
    [
        ("id: CVE-1-0", "has no expired_at"),
        ("id: CVE-1-0\n    expired_at: someday", "has no expired_at"),
        ("id: CVE-1-0\n    expired_at: 2026-12-31\n    paths: [usr/bin]", "single paths"),
        ("id: CVE-1-0\n    expired_at: 2026-12-31\n    purls: [nonsense]", "no package URLs"),
        ("id: CVE-1-0\n    expired_at: 2026-12-31\n    purls: []", "no package URLs"),
        ("expired_at: 2026-12-31", "without the id"),
    ],
)
def test_an_entry_that_cannot_be_decided_waives_nothing_and_is_named(entry: str, why: str) -> None:
    policy = judge(LIMITED, trivy=f"vulnerabilities:\n  - {entry}\n")
    found = findings(policy, vulnerable(1))
    assert only(found, "limits").outcome is BLOCKED
    assert why in only(found, "waiver file").sentence


@pytest.mark.parametrize(
    "ignore", ["", "- x\n", "vulnerabilities: x\n", "vulnerabilities:\n  - x\n", "a: [", "a\n---\nb"]
)
def test_an_ignore_file_of_another_shape_waives_nothing(ignore: str) -> None:
    assert only(findings(judge(LIMITED, trivy=ignore), vulnerable(1)), "limits").outcome is BLOCKED


def test_trivy_s_day_is_the_first_on_which_it_no_longer_holds() -> None:
    ignore = "vulnerabilities:\n  - id: CVE-1-0\n    expired_at: 2026-11-24\n"
    assert only(findings(judge(LIMITED, trivy=ignore), vulnerable(1)), "limits").outcome is BLOCKED


def test_an_ignore_file_that_is_read_is_governed() -> None:
    policy = judge(text("signature: [release]", "waivers: {trivyignore: true}"))
    assert ".trivyignore.yaml" in policy.in_force.governed
