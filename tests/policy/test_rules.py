"""Each posture rule: pass, fail, unknown, not applicable."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from app.core.assessment import AssessedChange
from app.core.attestation import Answer, Evidence, Word
from app.core.inventory import ImageChange, ImageUse, ImageVersion, UnreadablePlace
from app.core.posture import UnreadablePredicate
from app.core.verdict import Finding, Mode, Outcome, worst, worst_effective
from app.policy import Policy
from app.policy.rules import signer_change
from tests.policy.samples import (
    AMD64,
    ARM64,
    DENIED,
    FAILED,
    NEW,
    NOW,
    NOWHERE,
    OLD,
    PROVENANCE,
    RELEASE,
    SCANNER,
    STRANGER,
    VULNERABILITIES,
    change,
    evidence,
    findings,
    image,
    lookup,
    policy,
    rejection,
    scan,
    signed,
    text,
)

OK, REVIEW, INCOMPLETE, BLOCKED = Outcome.OK, Outcome.REVIEW, Outcome.INCOMPLETE, Outcome.BLOCKED

SIGNATURE_ASKED = policy(text("signature: [release]"))
PROVENANCE_ASKED = policy(text("attestations: [{type: slsa-provenance, signers: [release], max-age: 90d}]"))
VULN_ASKED = text("attestations: [{type: vulnerabilities, signers: [scanner]}]")
LIMITED = policy(
    text("attestations: [{type: vulnerabilities, signers: [scanner]}]\nlimits: {vulnerabilities.critical: 1}")
)
REGRESSION = policy(
    text("signature: [release]\nattestations: [{type: vulnerabilities, signers: [scanner]}]\nno-regression: true")
)


def by(found: tuple[Finding, ...], rule: str) -> tuple[Finding, ...]:
    return tuple(one for one in found if rule in one.rule)


def only(found: tuple[Finding, ...], rule: str) -> Finding:
    (one,) = by(found, rule)
    return one


def vulnerable(critical: int = 0, **options: int) -> Evidence:
    return evidence(signed(VULNERABILITIES, SCANNER, predicate=scan(critical, **options)), signed())


# --- signature


def test_a_signature_by_a_named_signer_passes() -> None:
    assert only(findings(SIGNATURE_ASKED, evidence(signed())), "signature").outcome is OK


@pytest.mark.parametrize(
    ("found", "word", "outcome"),
    [
        (evidence(lookups=NOWHERE), "absent", BLOCKED),
        (evidence(signed(signer=STRANGER)), "untrusted signer", BLOCKED),
        (evidence(rejection(Word.UNTRUSTED_SIGNER)), "untrusted signer", BLOCKED),
        (evidence(rejection(Word.INVALID)), "invalid", BLOCKED),
        (evidence(rejection(Word.UNREADABLE)), "unreadable", INCOMPLETE),
        (evidence(lookups=(*NOWHERE, FAILED)), "unknown", INCOMPLETE),
        (evidence(digest=None, lookups=(lookup("manifest", Answer.NOT_THERE),)), "unknown", INCOMPLETE),
        (evidence(lookups=()), "unknown", INCOMPLETE),
    ],
)
def test_every_other_word_for_a_required_signature_does_not_pass(found: Evidence, word: str, outcome: Outcome) -> None:
    finding = only(findings(SIGNATURE_ASKED, found), "signature")
    assert finding.outcome is outcome
    assert f": {word}: " in finding.sentence
    assert finding.remedy


def test_missing_credentials_name_the_host_once_and_the_setting() -> None:
    found = evidence(lookups=(DENIED, replace(DENIED, where="referrers"), lookup("manifest")))
    remedy = only(findings(SIGNATURE_ASKED, found), "signature").remedy
    assert remedy == "The operator of Assay stores credentials for ghcr.io in ASSAY_REGISTRY_AUTH."


def test_a_refused_address_names_the_setting_that_allows_it() -> None:
    found = evidence(lookups=(lookup("manifest", Answer.FAILED, "refused-address", "registry.internal"),))
    remedy = only(findings(SIGNATURE_ASKED, found), "signature").remedy
    assert "allows registry.internal in ASSAY_ALLOWED_PRIVATE_REGISTRIES" in remedy


def test_a_registry_that_is_down_is_tried_again() -> None:
    assert "tried again" in only(findings(SIGNATURE_ASKED, evidence(lookups=(FAILED,))), "signature").remedy


# --- attestations


def test_at_001_another_valid_type_is_not_the_type_that_is_asked() -> None:
    asked = policy(VULN_ASKED)
    found = evidence(signed("https://example.com/custom/v1", SCANNER, predicate={"ok": True}))
    finding = only(findings(asked, found), "vulnerabilities")
    assert finding.outcome is BLOCKED
    assert "vulnerabilities: absent" in finding.sentence
    assert "verified" not in finding.sentence


@pytest.mark.parametrize("missing", [PROVENANCE, VULNERABILITIES])
def test_at_002_removing_any_one_required_type_flips_the_verdict(missing: str) -> None:
    asked = policy(
        text(
            "attestations:\n  - {type: slsa-provenance, signers: [release]}\n"
            "  - {type: vulnerabilities, signers: [release]}"
        )
    )
    whole = [signed(PROVENANCE), signed(VULNERABILITIES)]
    assert worst(findings(asked, evidence(*whole))) is OK
    part = [one for one in whole if one.statement.predicate_type != missing]
    assert worst(findings(asked, evidence(*part))) is BLOCKED


@pytest.mark.parametrize("found", [evidence(lookups=NOWHERE), evidence(signed()), evidence(lookups=())])
def test_at_003_no_matching_attestation_is_never_a_success(found: Evidence) -> None:
    assert worst(findings(policy(VULN_ASKED), found)) > REVIEW


@pytest.mark.parametrize(("days", "outcome"), [(1, OK), (90, OK), (91, BLOCKED), (-1, OK)])
def test_an_attestation_may_not_be_older_than_its_limit(days: int, outcome: Outcome) -> None:
    found = evidence(signed(PROVENANCE, at=NOW - timedelta(days=days)))
    assert only(findings(PROVENANCE_ASKED, found), "provenance").outcome is outcome


def test_an_age_that_nobody_proved_is_not_known() -> None:
    found = evidence(signed(PROVENANCE, at=None))
    assert only(findings(PROVENANCE_ASKED, found), "provenance").outcome is INCOMPLETE


def test_the_newest_attestation_counts_for_the_age() -> None:
    old = signed(PROVENANCE, at=NOW - timedelta(days=400))
    for order in ([old, signed(PROVENANCE)], [signed(PROVENANCE), old]):
        assert worst(findings(PROVENANCE_ASKED, evidence(*order))) is OK


def test_a_fresh_attestation_by_a_stranger_makes_none_younger() -> None:
    found = evidence(signed(PROVENANCE, at=NOW - timedelta(days=400)), signed(PROVENANCE, STRANGER))
    assert worst(findings(PROVENANCE_ASKED, found)) is BLOCKED


def test_of_several_platforms_the_oldest_attestation_counts_for_the_age() -> None:
    parts = [signed(PROVENANCE, subject=AMD64), signed(PROVENANCE, subject=ARM64, at=NOW - timedelta(hours=91 * 24))]
    finding = only(findings(PROVENANCE_ASKED, evidence(*parts, platforms=(AMD64, ARM64))), "provenance")
    assert finding.outcome is BLOCKED
    assert "91 days ago, at most 90 days" in finding.sentence


def test_a_short_age_is_said_in_hours() -> None:
    asked = policy(text("attestations: [{type: slsa-provenance, signers: [release], max-age: 12h}]"))
    assert "24 hours ago, at most 12 hours" in only(findings(asked, evidence(signed(PROVENANCE))), "prov").sentence


# --- limits


@pytest.mark.parametrize(("critical", "outcome"), [(0, OK), (1, OK), (2, BLOCKED)])
def test_a_number_may_reach_its_limit_and_not_pass_it(critical: int, outcome: Outcome) -> None:
    assert only(findings(LIMITED, vulnerable(critical)), "limits").outcome is outcome


def test_a_measure_that_nobody_attests_is_no_zero() -> None:
    finding = only(findings(LIMITED, evidence(signed())), "limits")
    assert finding.outcome is BLOCKED
    assert "was not measured" in finding.sentence


@pytest.mark.parametrize("found", [[signed()], [signed(VULNERABILITIES, SCANNER, predicate=scan(0))]])
def test_a_limit_is_not_decided_while_a_place_did_not_answer(found: list[object]) -> None:
    judged = evidence(*found, lookups=(lookup(), FAILED))  # type: ignore[arg-type]
    finding = only(findings(LIMITED, judged), "limits")
    assert finding.outcome is INCOMPLETE
    assert finding.remedy


def test_a_broken_limit_is_broken_even_if_a_place_did_not_answer() -> None:
    judged = evidence(signed(VULNERABILITIES, SCANNER, predicate=scan(5)), lookups=(lookup(), FAILED))
    assert only(findings(LIMITED, judged), "limits").outcome is BLOCKED


def test_a_trusted_attestation_of_wrong_shape_leaves_a_limit_open() -> None:
    broken = signed(VULNERABILITIES, SCANNER, predicate={"scanner": {"result": None}})
    assert only(findings(LIMITED, evidence(broken)), "limits").outcome is INCOMPLETE


def test_a_wrong_shape_without_a_place_is_said_too() -> None:
    judged = change(LIMITED, vulnerable(0))
    assert judged.after is not None
    posture = replace(judged.after.posture, unreadable=(UnreadablePredicate(VULNERABILITIES, "", "is no object"),))
    judged = replace(judged, after=replace(judged.after, posture=posture))
    finding = only(LIMITED.judge([judged], [], at=NOW), "limits")
    assert finding.sentence.endswith("cannot be read: is no object")


def test_a_scan_of_one_platform_says_nothing_of_the_other() -> None:
    part = signed(VULNERABILITIES, SCANNER, subject=AMD64, predicate=scan(0))
    both = signed(VULNERABILITIES, SCANNER, subject=ARM64, predicate=scan(0))
    assert only(findings(LIMITED, evidence(part, platforms=(AMD64, ARM64))), "limits").outcome is INCOMPLETE
    assert only(findings(LIMITED, evidence(part, both, platforms=(AMD64, ARM64))), "limits").outcome is OK


def test_with_only_fixable_only_vulnerabilities_with_a_fix_count() -> None:
    asked = policy(text("signature: [scanner]\nlimits: {vulnerabilities.critical: 1}\nonly-fixable: true"))
    assert only(findings(asked, vulnerable(5, fixable=1)), "limits").outcome is OK
    assert only(findings(asked, vulnerable(5, fixable=2)), "limits").outcome is BLOCKED


HARDENING = "https://assay.dev/hardening/v1"


def hardened(limits: str, **said: object) -> Finding:
    asked = policy(text(f"attestations: [{{type: hardening, signers: [release]}}]\nlimits: {{{limits}}}"))
    kind = min(asked.in_force.scopes[0].attestations[0].types)
    return only(findings(asked, evidence(signed(kind, predicate=said))), "limits")


@pytest.mark.parametrize(
    ("limits", "said", "outcome"),
    [
        ("hardening.shell: false", {"shell": False}, OK),
        ("hardening.shell: false", {"shell": True}, BLOCKED),
        ("hardening.user: app", {"user": "app"}, OK),
        ("hardening.user: app", {"user": "root"}, BLOCKED),
        ("hardening.packages-removed: 2", {"packagesRemoved": ["a", "b", "c"]}, OK),
        ("hardening.packages-removed: 2", {"packagesRemoved": ["a"]}, BLOCKED),
        ("hardening.shell: 0", {"shell": False}, INCOMPLETE),
        ("hardening.user: 1000", {"user": "1000"}, INCOMPLETE),
    ],
)
def test_flags_and_texts_must_be_the_required_ones(limits: str, said: dict[str, object], outcome: Outcome) -> None:
    assert hardened(limits, **said).outcome is outcome


@pytest.mark.parametrize(
    ("limits", "said", "words"),
    [
        ("hardening.shell: false", {"shell": True}, "is true, must be false"),
        ("hardening.packages-removed: 2", {"packagesRemoved": ["a"]}, "is 1, at least 2 is allowed"),
    ],
)
def test_a_broken_limit_says_both_values(limits: str, said: dict[str, object], words: str) -> None:
    assert words in hardened(limits, **said).sentence


def test_a_list_is_held_against_no_limit() -> None:
    asked = policy(text("attestations: [{type: spdx, signers: [release]}]\nlimits: {packages: openssl}"))
    judged = change(asked, evidence(signed()))
    measure = replace(
        next(iter(change(LIMITED, vulnerable(0)).after.posture.measures.values())),  # type: ignore[union-attr]
        key="packages",
        value=frozenset({"openssl"}),
    )
    assert judged.after is not None
    posture = replace(judged.after.posture, measures={"packages": measure})
    judged = replace(judged, after=replace(judged.after, posture=posture))
    finding = only(asked.judge([judged], [], at=NOW), "limits")
    assert finding.outcome is INCOMPLETE
    assert "a list of 1" in finding.sentence


# --- no regression


def old(critical: int = 0, *, with_signature: bool = True, **options: object) -> Evidence:
    found = [signed(VULNERABILITIES, SCANNER, subject=OLD, predicate=scan(critical))]
    found += [signed(subject=OLD)] if with_signature else []
    return evidence(*found, digest=OLD, **options)  # type: ignore[arg-type]


def regressions(after: Evidence, before: Evidence | None) -> Outcome:
    return worst(by(findings(REGRESSION, after, before), "no-regression"))


@pytest.mark.parametrize(("new", "outcome"), [(1, OK), (2, OK), (3, BLOCKED)])
def test_more_vulnerabilities_than_before_are_a_regression(new: int, outcome: Outcome) -> None:
    assert regressions(vulnerable(new), old(2)) is outcome


def test_a_lost_measure_is_a_regression() -> None:
    assert regressions(evidence(signed()), old()) is BLOCKED


def test_a_lost_measure_is_unknown_while_a_place_did_not_answer() -> None:
    found = findings(REGRESSION, evidence(signed(), lookups=(lookup(), FAILED)), old())
    assert {one.outcome for one in by(found, "no-regression") if "not any more" in one.sentence} == {INCOMPLETE}


def test_a_lost_attestation_is_a_regression() -> None:
    found = by(findings(REGRESSION, evidence(signed()), old()), "no-regression")
    assert any("vulnerabilities was verified before and is now absent" in one.sentence for one in found)


@pytest.mark.parametrize(
    ("now", "outcome"), [(rejection(Word.INVALID), BLOCKED), (rejection(Word.UNREADABLE), INCOMPLETE)]
)
def test_a_signature_that_was_verified_and_is_not_is_a_regression(now: object, outcome: Outcome) -> None:
    after = evidence(signed(VULNERABILITIES, SCANNER, predicate=scan()), now)  # type: ignore[arg-type]
    assert regressions(after, old()) is outcome


def test_absent_before_and_after_is_no_news() -> None:
    after = evidence(signed(VULNERABILITIES, SCANNER, predicate=scan()))
    assert regressions(after, old(with_signature=False)) is OK


def test_an_image_that_is_new_has_nothing_to_be_compared_with() -> None:
    assert regressions(vulnerable(3), None) is OK


def test_an_old_image_that_nobody_could_look_at_leaves_it_open() -> None:
    judged = replace(change(REGRESSION, vulnerable(0), old()), before=None)
    assert worst(by(REGRESSION.judge([judged], [], at=NOW), "no-regression")) is INCOMPLETE


@pytest.mark.parametrize(
    ("after", "before"),
    [
        (vulnerable(0), old(lookups=(lookup(), FAILED))),
        (vulnerable(0), evidence(lookups=NOWHERE, digest=None)),
        (evidence(*vulnerable(0).signed, lookups=(lookup(), FAILED)), old()),
    ],
)
def test_a_place_that_did_not_answer_on_either_side_leaves_it_open(after: Evidence, before: Evidence) -> None:
    assert regressions(after, before) is INCOMPLETE


def test_numbers_that_cannot_be_compared_need_a_person() -> None:
    predicate = scan(1)
    predicate["scanner"]["db"]["lastUpdate"] = "2026-10-01T00:00:00Z"  # type: ignore[index]
    before = evidence(
        signed(VULNERABILITIES, SCANNER, subject=OLD, predicate=predicate), signed(subject=OLD), digest=OLD
    )
    found = by(findings(REGRESSION, vulnerable(0), before), "no-regression")
    assert worst(found) is REVIEW
    assert "days apart" in found[0].sentence


LISTED = text("attestations: [{type: vulnerabilities, signers: [scanner]}]\nno-regression: [vulnerabilities.critical]")


@pytest.mark.parametrize(
    ("after", "before", "outcome"),
    [
        (vulnerable(0, high=9), old(0), OK),
        (vulnerable(1), old(0), BLOCKED),
        (evidence(signed()), old(0), BLOCKED),
        (evidence(signed()), evidence(signed(subject=OLD), digest=OLD), BLOCKED),
    ],
)
def test_a_list_names_what_may_not_get_worse_and_must_be_measured(
    after: Evidence, before: Evidence, outcome: Outcome
) -> None:
    assert worst(by(findings(policy(LISTED), after, before), "no-regression")) is outcome


# --- signer changed

TWO = policy(text("signature: [release, scanner]"))


@pytest.mark.parametrize(
    ("after", "before", "outcome"),
    [
        (SCANNER, RELEASE, REVIEW),
        (RELEASE, RELEASE, OK),
        (SCANNER, STRANGER, OK),
    ],
)
def test_another_signer_than_before_needs_a_person(after: str, before: str, outcome: Outcome) -> None:
    found = findings(TWO, evidence(signed(signer=after)), evidence(signed(signer=before, subject=OLD), digest=OLD))
    assert worst(found) is outcome


def test_a_signer_that_stays_among_several_is_no_change() -> None:
    after = evidence(signed(signer=SCANNER), signed())
    before = evidence(signed(signer=SCANNER, subject=OLD), digest=OLD)
    assert worst(findings(TWO, after, before)) is OK


def test_a_new_image_has_no_signer_before() -> None:
    assert by(findings(TWO, evidence(signed())), "signer changed") == ()


# --- pinned

PINNED = policy(text("pinned: true"))


def test_a_written_digest_is_pinned() -> None:
    assert only(findings(PINNED, evidence()), "pinned").outcome is OK


def test_a_tag_alone_is_not_pinned_and_the_digest_of_today_is_named() -> None:
    finding = only(findings(PINNED, evidence(), pinned=False), "pinned")
    assert finding.outcome is BLOCKED
    assert str(NEW) in finding.remedy


def test_a_tag_alone_is_not_pinned_also_when_nobody_knows_what_it_names() -> None:
    finding = only(findings(PINNED, evidence(digest=None, lookups=(FAILED,)), pinned=False), "pinned")
    assert finding.outcome is BLOCKED


# --- outside every scope

ELSEWHERE = evidence(name="docker.io/library/nginx")


@pytest.mark.parametrize(
    ("rest", "outcome"),
    [("", REVIEW), ("unmatched: review", REVIEW), ("unmatched: allow", OK), ("unmatched: block", BLOCKED)],
)
def test_an_image_outside_every_scope_gets_what_unmatched_says(rest: str, outcome: Outcome) -> None:
    finding = only(findings(policy(text("signature: [release]", rest)), ELSEWHERE), "unmatched")
    assert finding.outcome is outcome
    assert bool(finding.remedy) is (outcome is not OK)


def test_an_excluded_image_is_outside_the_scope() -> None:
    asked = policy(text("signature: [release]\nexclude: [ghcr.io/acme/api]", "unmatched: block"))
    assert only(findings(asked, evidence(signed())), "unmatched").outcome is BLOCKED


def test_a_scope_that_asks_nothing_says_so() -> None:
    finding = only(findings(policy(text("exclude: []")), evidence()), "nothing asked")
    assert finding.outcome is OK


def test_a_removed_image_needs_no_evidence() -> None:
    assert [one.rule for one in findings(SIGNATURE_ASKED, None, evidence())] == ["removed"]


def unresolved(problem: str | None, *, uses: bool = True) -> AssessedChange:
    use = ImageUse("values.yaml", 3, "helm_values", "image.tag", None, "2", None, "2", problem=problem)
    one = ImageChange(None, ImageVersion("1", None), ImageVersion("2", None), (use,) if uses else ())
    return AssessedChange(one, None, None, ())


@pytest.mark.parametrize(
    ("asked", "outcome"),
    [
        (SIGNATURE_ASKED, INCOMPLETE),
        (policy("version: 1\n"), REVIEW),
        (policy("version: 1\nunmatched: block\n"), BLOCKED),
        (policy("version: 1\nunmatched: allow\n"), OK),
    ],
)
def test_an_image_of_unknown_repository_may_be_in_any_scope(asked: Policy, outcome: Outcome) -> None:
    finding = only(asked.judge([unresolved(None)], [], at=NOW), "unresolved")
    assert finding.outcome is outcome
    assert "no file says which repository" in finding.sentence


def test_a_reference_that_cannot_be_judged_says_why_and_where() -> None:
    finding = only(SIGNATURE_ASKED.judge([unresolved("a template")], [], at=NOW), "unresolved")
    assert finding.sentence == "values.yaml:3: a template"


def test_an_image_that_nobody_looked_at_is_incomplete() -> None:
    judged = replace(change(SIGNATURE_ASKED, evidence(signed())), after=None)
    assert worst(SIGNATURE_ASKED.judge([judged], [], at=NOW)) is INCOMPLETE


@pytest.mark.parametrize(("line", "place"), [(0, "a.yaml"), (4, "a.yaml:4")])
def test_an_unreadable_file_is_never_softened(line: int, place: str) -> None:
    observing = policy(text("signature: [release]", "mode: observe"))
    (finding,) = observing.judge([], [UnreadablePlace("a.yaml", line, "not YAML")], at=NOW)
    assert finding.effective is INCOMPLETE
    assert finding.sentence == f"{place}: not YAML"


# --- modes, several scopes


def test_observe_computes_the_same_outcome_and_does_not_let_it_count() -> None:
    found = findings(policy(text("signature: [release]", "mode: observe")), evidence(lookups=NOWHERE))
    assert (worst(found), worst_effective(found)) == (BLOCKED, OK)


@pytest.mark.parametrize(
    ("top", "scope", "mode"),
    [
        ("", "", Mode.ENFORCE),
        ("mode: observe", "", Mode.OBSERVE),
        ("mode: enforce", "mode: observe", Mode.OBSERVE),
        ("mode: observe", "mode: enforce", Mode.ENFORCE),
    ],
)
def test_a_scope_may_have_its_own_mode(top: str, scope: str, mode: Mode) -> None:
    found = findings(policy(text(f"pinned: true\n{scope}", top)), evidence())
    assert found[0].mode is mode


def test_every_scope_that_matches_applies() -> None:
    both = text("signature: [release]") + '  - name: all\n    match: ["**"]\n    pinned: true\n'
    rules = {one.rule for one in findings(policy(both), evidence(signed()))}
    assert rules == {"apps: signature", "all: pinned"}


def test_the_worst_finding_comes_first_and_the_order_of_changes_decides_nothing() -> None:
    changes = [change(SIGNATURE_ASKED, evidence(signed())), change(SIGNATURE_ASKED, ELSEWHERE)]
    found = SIGNATURE_ASKED.judge(changes, [], at=NOW)
    assert found == SIGNATURE_ASKED.judge(reversed(changes), [], at=NOW)
    assert [one.outcome for one in found] == sorted((one.outcome for one in found), reverse=True)


def test_at_139_nothing_in_a_file_exempts_an_image() -> None:
    plain = change(SIGNATURE_ASKED, evidence(lookups=NOWHERE))
    marked = replace(
        plain,
        change=replace(plain.change, uses=tuple(replace(use, format="verify: skip") for use in plain.change.uses)),
    )
    outcomes = [worst(SIGNATURE_ASKED.judge([one], [], at=NOW)) for one in (plain, marked)]
    assert outcomes == [BLOCKED, BLOCKED]


def test_the_same_image_has_the_same_words_on_both_sides() -> None:
    assert image(SIGNATURE_ASKED, evidence(signed())) == image(SIGNATURE_ASKED, evidence(signed()))


@pytest.mark.parametrize("written", ["nginx", "library/nginx", "docker.io/nginx", "index.docker.io/library/nginx"])
def test_at_018_every_spelling_of_an_image_meets_the_same_scope(written: str) -> None:
    asked = policy('version: 1\nimages: [{name: web, match: ["docker.io/library/*"], pinned: true}]\n')
    assert [one.rule for one in findings(asked, evidence(name=written))] == ["web: pinned"]


def test_no_regression_needs_a_person_where_nobody_knows_what_ran_before() -> None:
    judge = policy(text("no-regression: true"))
    unknown = change(judge, evidence())
    unknown = replace(unknown, change=replace(unknown.change, before_unknown=True))
    assert worst(judge.judge([unknown], [], at=NOW)) is Outcome.REVIEW


def test_one_signer_alone_cannot_change() -> None:
    (scope,) = policy(text("signature: [release]")).in_force.scopes
    assert signer_change.asked(scope) == ()
