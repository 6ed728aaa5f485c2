"""Where a policy says that evidence lies, whether more is needed, and which of an index and its platforms is signed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.core.attestation import Answer, Conclusion, Elsewhere, Evidence, Lookup, SignedStatement, Word
from app.core.oci import Descriptor, Digest, ImageName, Platform
from tests.policy.samples import (
    AMD64,
    ARM64,
    FAILED,
    NAME,
    NOWHERE,
    SCANNER,
    STRANGER,
    VULNERABILITIES,
    evidence,
    findings,
    lookup,
    policy,
    scan,
    signed,
    text,
)

NAMED = ImageName.parse(NAME)
RELEASED = policy(text("signature: [release]"))
EACH = policy(text("signature: [release]\nplatforms: all"))
BOTH = (AMD64, ARM64)


def signature(of: Evidence, *, each: bool = False) -> Conclusion:
    return (EACH if each else RELEASED).conclude(of)[0]


def test_without_a_word_about_it_nothing_lies_elsewhere() -> None:
    assert RELEASED.elsewhere(NAMED) == Elsewhere()


def test_all_scopes_and_the_floor_say_where_evidence_lies() -> None:
    own = text("signatures-in: ghcr.io/acme/signatures\ngithub-attestations: acme/api")
    floor = text("signatures-in: ghcr.io/acme/central\ngithub-attestations: acme/api")
    repositories = (ImageName.parse("ghcr.io/acme/central"), ImageName.parse("ghcr.io/acme/signatures"))
    assert policy(own, floor).elsewhere(NAMED) == Elsewhere(repositories, ("acme/api",))


def test_a_scope_says_nothing_of_an_image_outside_of_it() -> None:
    judge = policy(text("signatures-in: ghcr.io/acme/signatures"))
    assert judge.elsewhere(ImageName.parse("ghcr.io/other/api")) == Elsewhere()


LIMITED = """\
signature: [release]
attestations: [{type: vulnerabilities, signers: [scanner]}]
limits: {vulnerabilities.high: 5}"""
SCANNED = signed(VULNERABILITIES, SCANNER, predicate=scan())


@pytest.mark.parametrize(
    ("scope", "found", "lacks"),
    [
        ("signature: [release]", (signed(),), False),
        ("signature: [release]", (), True),
        ("signature: [release]", (signed(signer=STRANGER),), True),
        ("pinned: true", (), False),
        (LIMITED, (signed(), SCANNED), False),
        (LIMITED, (signed(),), True),
        ("signature: [scanner]\nlimits: {vulnerabilities.high: 5}", (signed(signer=SCANNER),), True),
        ("signature: [scanner]\nlimits: {vulnerabilities.high: 5}", (signed(signer=SCANNER), SCANNED), False),
    ],
)
def test_more_is_needed_as_long_as_something_asked_is_not_verified(
    *, scope: str, found: tuple[SignedStatement, ...], lacks: bool
) -> None:
    assert policy(text(scope)).lacks(evidence(*found)) is lacks


@pytest.mark.parametrize(
    ("subjects", "remark"),
    [
        ((), "the index"),
        (BOTH, "the index and every platform"),
        ((AMD64,), "the index and 1 of 2 platforms"),
    ],
)
def test_at_044_it_is_said_which_of_index_and_platforms_is_signed(subjects: tuple[Digest, ...], remark: str) -> None:
    found = [signed(), *(signed(subject=one) for one in subjects)]
    conclusion = signature(evidence(*found, platforms=BOTH))
    assert (conclusion.word, conclusion.remark) == (Word.VERIFIED, remark)


def test_at_044_platforms_without_their_index_are_said() -> None:
    conclusion = signature(evidence(*(signed(subject=one) for one in BOTH), platforms=BOTH))
    assert (conclusion.remark, conclusion.reason.endswith("(every platform)")) == ("every platform", True)


def test_of_a_single_manifest_there_is_nothing_to_remark() -> None:
    assert signature(evidence(signed())).remark == ""


def test_where_it_was_found_is_said() -> None:
    found = replace(signed(), elsewhere="found in ghcr.io/acme/signatures")
    assert signature(evidence(found, platforms=BOTH)).remark == "the index; found in ghcr.io/acme/signatures"


@pytest.mark.parametrize(
    ("subjects", "word", "words"),
    [
        ((), Word.ABSENT, "for the index only; the policy asks for each platform, and these have none: linux/cpu0"),
        ((AMD64,), Word.ABSENT, "these have none: linux/cpu1"),
        (BOTH, Word.VERIFIED, "the index and every platform"),
    ],
)
def test_at_044_with_all_platforms_a_missing_one_fails(subjects: tuple[Digest, ...], word: Word, words: str) -> None:
    found = [signed(), *(signed(subject=one) for one in subjects)]
    conclusion = signature(evidence(*found, platforms=BOTH), each=True)
    assert (conclusion.word, words in conclusion.reason) == (word, True)


def test_at_044_with_all_platforms_a_single_manifest_needs_its_own_signature_only() -> None:
    assert signature(evidence(signed()), each=True).word is Word.VERIFIED


def test_at_055_with_all_platforms_an_image_whose_platforms_could_not_be_read_is_unknown() -> None:
    assert signature(evidence(signed(), lookups=(FAILED,)), each=True).word is Word.UNKNOWN


def test_at_044_the_finding_fails_where_a_platform_has_no_signature() -> None:
    (finding,) = (one for one in findings(EACH, evidence(signed(), platforms=BOTH)) if one.rule.endswith("signature"))
    assert finding.outcome.word == "BLOCKED"


def test_a_platform_with_a_strange_name_is_named_by_its_digest() -> None:
    strange = Descriptor("application/json", ARM64, 1, Platform("[x](https://evil.test)", ""))
    partly = evidence(signed(subject=AMD64), platforms=(AMD64,))
    reason = signature(replace(partly, platforms=(*partly.platforms, strange))).reason
    assert (ARM64.short in reason, "evil" in reason) == (True, False)


def test_of_many_platforms_without_a_signature_a_few_are_named() -> None:
    platforms = [AMD64, *(Digest(f"{number:064x}") for number in range(6))]
    reason = signature(evidence(signed(subject=AMD64), platforms=platforms)).reason
    assert reason.endswith("linux/cpu1, linux/cpu2, linux/cpu3, linux/cpu4, linux/cpu5 and others")


UNREAD = Lookup("referrers", "ghcr.io", Answer.FOUND, "1 artifacts in a form that is not read (a/b)", "unread-form")


def test_what_lies_there_in_a_form_that_is_not_read_is_unreadable() -> None:
    conclusion = signature(evidence(lookups=(*NOWHERE, UNREAD)))
    assert (conclusion.word, "a/b" in conclusion.reason) == (Word.UNREADABLE, True)


def test_what_is_not_read_takes_nothing_from_what_is_verified() -> None:
    assert signature(evidence(signed(), lookups=(UNREAD,))).word is Word.VERIFIED


CLAIM = replace(lookup(".sbom tag of sha256:1", Answer.FAILED, "timeout"), claims=True)


def test_at_036_a_place_for_claims_that_fails_leaves_a_signature_absent() -> None:
    conclusion = signature(evidence(lookups=(*NOWHERE, CLAIM)))
    assert (conclusion.word, ".sbom" in conclusion.reason) == (Word.ABSENT, False)


def test_a_repository_that_the_app_was_not_given_is_the_operators_to_give() -> None:
    hidden = replace(lookup("attestations in acme/api", Answer.FAILED, "no-access", "github.com"))
    (finding,) = (one for one in findings(RELEASED, evidence(lookups=(hidden,))) if one.rule.endswith("signature"))
    assert (
        finding.remedy
        == "Give the App the repository on github.com that github-attestations names, or correct the name."
    )


def test_a_storage_that_is_not_allowed_is_the_operators_to_allow() -> None:
    hidden = lookup("attestations in acme/api", Answer.FAILED, "refused-host", "storage.test")
    (finding,) = (one for one in findings(RELEASED, evidence(lookups=(hidden,))) if one.rule.endswith("signature"))
    assert (
        finding.remedy == "The operator of Assay allows storage.test in ASSAY_GITHUB_BUNDLE_HOSTS, if GitHub uses it."
    )
