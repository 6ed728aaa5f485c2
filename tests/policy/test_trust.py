"""What counts for an image, and the seven words."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.attestation import SIGNATURE, Answer, Evidence, Form, Rejection, SignedStatement, Signer, Word
from app.core.oci import Digest
from app.core.verdict import Outcome, worst
from app.policy import Policy
from tests.policy.samples import (
    AMD64,
    ARM64,
    FAILED,
    ISSUER,
    NEW,
    NOW,
    NOWHERE,
    PROVENANCE,
    RELEASE,
    SCANNER,
    STRANGER,
    VULNERABILITIES,
    evidence,
    findings,
    lookup,
    policy,
    public_key,
    rejection,
    scan,
    signed,
    text,
)

BOTH = policy(text("signature: [release]\nattestations: [{type: vulnerabilities, signers: [scanner]}]"))


def word(found: Evidence, asked: Policy = BOTH) -> Word:
    return asked.conclude(found)[0].word


def test_verified_names_the_rule_and_the_signer() -> None:
    conclusion = BOTH.conclude(evidence(signed()))[0]
    assert (conclusion.word, conclusion.rule, conclusion.signer) == (Word.VERIFIED, "release", Signer(ISSUER, RELEASE))


def test_untrusted_signer_names_the_identity_found_and_the_closest_rule() -> None:
    two = policy(text("signature: [scanner, release]"))
    conclusion = two.conclude(evidence(signed(signer=RELEASE.replace("main", "dev"))))[0]
    assert (conclusion.word, conclusion.rule) == (Word.UNTRUSTED_SIGNER, "release")
    assert f"refs/heads/dev (issuer {ISSUER}), whom" in conclusion.reason


def test_absent_lists_the_places_that_were_asked() -> None:
    conclusion = BOTH.conclude(evidence(lookups=NOWHERE))[0]
    assert conclusion.reason == "none was found; asked: .sig tag, referrers"


def test_one_failed_place_makes_absent_impossible() -> None:
    assert word(evidence(lookups=(*NOWHERE, FAILED))) is Word.UNKNOWN


def test_unknown_says_the_place_the_host_and_why() -> None:
    reason = BOTH.conclude(evidence(lookups=(FAILED,)))[0].reason
    assert reason == "could not be found out: .att tag at ghcr.io: timeout"


def test_no_place_asked_is_unknown() -> None:
    assert word(evidence(lookups=())) is Word.UNKNOWN


def test_an_image_that_was_not_found_is_unknown() -> None:
    gone = evidence(signed(), digest=None, lookups=(lookup("manifest", Answer.NOT_THERE),))
    assert word(gone) is Word.UNKNOWN


def test_a_valid_signature_stands_although_another_place_failed() -> None:
    assert word(evidence(signed(), lookups=(lookup(), FAILED))) is Word.VERIFIED


@pytest.mark.parametrize("bad", [rejection(Word.INVALID), rejection(Word.UNREADABLE), signed(signer=STRANGER)])
def test_one_valid_signature_suffices_beside_bad_ones(bad: SignedStatement | Rejection) -> None:
    assert word(evidence(bad, signed())) is Word.VERIFIED


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ((rejection(Word.INVALID), signed(signer=STRANGER)), Word.INVALID),
        ((rejection(Word.UNREADABLE), signed(signer=STRANGER)), Word.UNTRUSTED_SIGNER),
        ((rejection(Word.UNREADABLE), rejection(Word.UNTRUSTED_SIGNER)), Word.UNTRUSTED_SIGNER),
        ((rejection(Word.UNREADABLE),), Word.UNREADABLE),
    ],
)
def test_of_several_bad_ones_the_worst_gives_the_word(found: tuple[Rejection, ...], expected: Word) -> None:
    assert word(evidence(*found)) is expected


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (rejection(Word.INVALID), Word.INVALID),
        (signed(signer=STRANGER), Word.UNTRUSTED_SIGNER),
        (rejection(Word.UNTRUSTED_SIGNER), Word.UNTRUSTED_SIGNER),
        (rejection(Word.UNREADABLE), Word.UNKNOWN),
    ],
)
def test_what_was_found_stays_said_when_a_place_failed(found: Rejection, expected: Word) -> None:
    conclusion = BOTH.conclude(evidence(found, lookups=(lookup(), FAILED)))[0]
    assert conclusion.word is expected
    assert "could not be found out" in conclusion.reason


def test_a_rejected_attestation_says_nothing_of_the_signature() -> None:
    assert word(evidence(rejection(Word.INVALID, VULNERABILITIES), lookups=NOWHERE)) is Word.ABSENT


@pytest.mark.parametrize(
    ("form", "signature", "attestation"),
    [
        (Form.BUNDLE, Word.INVALID, Word.INVALID),
        (Form.LEGACY_SIGNATURE, Word.INVALID, Word.ABSENT),
        (Form.LEGACY_ATTESTATION, Word.ABSENT, Word.INVALID),
    ],
)
def test_a_rejected_thing_of_unknown_type_may_be_anything_of_its_form(
    form: Form, signature: Word, attestation: Word
) -> None:
    found, (other,) = BOTH.conclude(evidence(rejection(Word.INVALID, None, form), lookups=NOWHERE))
    assert (found.word, other.word) == (signature, attestation)


def test_not_required_tells_a_scope_that_asks_nothing_from_no_scope() -> None:
    asked = policy(text("pinned: true"))
    inside, outside = evidence(), evidence(name="docker.io/library/nginx")
    assert {asked.conclude(one)[0].word for one in (inside, outside)} == {Word.NOT_REQUIRED}
    assert asked.conclude(inside)[0].reason != asked.conclude(outside)[0].reason


def test_the_worst_conclusion_of_all_scopes_stands() -> None:
    both = text("signature: [release]") + '  - match: ["ghcr.io/**"]\n    signature: [scanner]\n'
    assert word(evidence(signed()), policy(both)) is Word.UNTRUSTED_SIGNER


def test_attestations_are_sorted_by_what_is_asked() -> None:
    asked = policy(
        text(
            "attestations:\n  - {type: vulnerabilities, signers: [scanner]}\n"
            "  - {type: slsa-provenance, signers: [release]}"
        )
    )
    assert [one.what for one in asked.conclude(evidence())[1]] == ["slsa-provenance", "vulnerabilities"]


# --- the whole image


def test_a_signature_of_another_image_is_none() -> None:
    assert word(evidence(signed(subject=Digest("9" * 64)), lookups=NOWHERE)) is Word.ABSENT


def test_every_platform_signed_is_the_whole_image() -> None:
    parts = [signed(subject=AMD64), signed(subject=ARM64)]
    assert word(evidence(*parts, platforms=(AMD64, ARM64))) is Word.VERIFIED


def test_one_platform_signed_is_not_the_whole_image() -> None:
    conclusion = BOTH.conclude(evidence(signed(subject=AMD64), platforms=(AMD64, ARM64)))[0]
    assert conclusion.word is Word.ABSENT
    assert "a part of the platforms only" in conclusion.reason


# --- trust


def test_only_named_signers_of_the_type_are_trusted() -> None:
    right = signed(VULNERABILITIES, SCANNER, predicate=scan())
    found = evidence(
        right, signed(VULNERABILITIES, RELEASE), signed(VULNERABILITIES, STRANGER), signed(SIGNATURE, SCANNER)
    )
    assert BOTH.trust(found) == (right,)


def test_a_type_that_no_scope_lists_is_trusted_from_signers_of_the_image() -> None:
    found = evidence(signed(PROVENANCE, RELEASE), signed(PROVENANCE, SCANNER))
    assert [one.signer.identity for one in BOTH.trust(found)] == [RELEASE]


def test_nothing_is_trusted_for_an_image_outside_every_scope() -> None:
    assert BOTH.trust(evidence(signed(), name="ghcr.io/other/api")) == ()


def test_at_014_a_statement_about_another_image_is_not_trusted() -> None:
    assert BOTH.trust(evidence(signed(subject=Digest("9" * 64)))) == ()


def test_nothing_is_trusted_when_it_is_not_known_which_image_it_is() -> None:
    assert BOTH.trust(evidence(signed(), digest=None)) == ()


FLOOR_SIGNERS = f'signers:\n  scanner: {{issuer: "{ISSUER}", identity: "{SCANNER}"}}\n'
OWN_SCANNER = text("attestations: [{type: vulnerabilities, signers: [release]}]")


@pytest.mark.parametrize(
    ("floor_scope", "trusted"),
    [
        # The floor's limit is decided by nobody but whom the floor names.
        ("signature: [scanner]\nlimits: {vulnerabilities.critical: 0}", [SCANNER]),
        # Without a limit the repository may bring its own scanner.
        ("signature: [scanner]", [RELEASE, SCANNER]),
        ("signature: [scanner]\nno-regression: true", [RELEASE, SCANNER]),
        # Where both list the type, the worse of both stands.
        ("attestations: [{type: vulnerabilities, signers: [scanner]}]", [RELEASE, SCANNER]),
    ],
)
def test_a_repository_cannot_answer_the_floors_limits_by_a_scanner_of_its_own(
    floor_scope: str, trusted: list[str]
) -> None:
    asked = policy(OWN_SCANNER, floor=text(floor_scope, signers=FLOOR_SIGNERS))
    found = evidence(*(signed(VULNERABILITIES, who, predicate=scan()) for who in (RELEASE, SCANNER)))
    assert sorted(str(one.signer.identity) for one in asked.trust(found)) == trusted


# --- identities


@pytest.mark.parametrize(
    "signer",
    [
        Signer("https://accounts.other.example", RELEASE),
        Signer(f"{ISSUER}/", RELEASE),
        Signer(ISSUER.replace("https", "http"), RELEASE),
        Signer(ISSUER.upper(), RELEASE),
        Signer(None, RELEASE),
        Signer(ISSUER, None),
        Signer(ISSUER, RELEASE, key="release"),
    ],
)
def test_at_019_the_issuer_is_compared_exactly(signer: Signer) -> None:
    assert word(evidence(signed(signer=signer))) is Word.UNTRUSTED_SIGNER


@pytest.mark.parametrize("ref", ["refs/heads/dev", "refs/pull/7/merge", "refs/heads/main2", "refs/heads/mai"])
def test_at_020_another_ref_is_another_signer(ref: str) -> None:
    assert word(evidence(signed(signer=RELEASE.replace("refs/heads/main", ref)))) is Word.UNTRUSTED_SIGNER


PATTERN = policy(
    text(
        "signature: [any]",
        signers=f"signers:\n  any:\n    issuer: {ISSUER}\n    identity-pattern: "
        r"https://github\.com/acme/[a-z-]+/\.github/workflows/release\.yml@refs/tags/v[0-9.]+"
        "\n",
    )
)
TAGGED = "https://github.com/acme/api/.github/workflows/release.yml@refs/tags/v1.2"


@pytest.mark.parametrize(
    ("identity", "expected"),
    [
        (TAGGED, Word.VERIFIED),
        (TAGGED + "-evil", Word.UNTRUSTED_SIGNER),
        ("x" + TAGGED, Word.UNTRUSTED_SIGNER),
        (TAGGED + "\n", Word.UNTRUSTED_SIGNER),
        (TAGGED.replace("acme", "evil"), Word.UNTRUSTED_SIGNER),
        (TAGGED.replace("github.com", "githubxcom"), Word.UNTRUSTED_SIGNER),
        (TAGGED.replace("api", "api/../../evil/x"), Word.UNTRUSTED_SIGNER),
        ("\ud800", Word.UNTRUSTED_SIGNER),
    ],
)
def test_at_012_a_pattern_is_enforced_against_the_whole_identity(identity: str, expected: Word) -> None:
    assert word(evidence(signed(signer=identity)), PATTERN) is expected


def test_a_pattern_is_the_closest_rule_by_its_fixed_beginning() -> None:
    signers = "signers:\n" + "".join(
        f"  {name}: {{issuer: {ISSUER}, identity-pattern: 'https://gitlab\\.com/{name}/.*'}}\n"
        for name in ("acme", "apex", "b")
    )
    asked = policy(text("signature: [acme, apex, b]", signers=signers))
    conclusion = asked.conclude(evidence(signed(signer="https://gitlab.com/apple/x")))[0]
    assert conclusion.rule == "apex"


def test_a_stranger_without_issuer_is_shown_by_key() -> None:
    assert "signed by key 00ff, whom" in BOTH.conclude(evidence(signed(signer=Signer(key="00ff"))))[0].reason


# --- keys

PEM = public_key()


def keyed(window: str = "") -> Policy:
    signers = (
        f'signers:\n  held: {{key: keys/a.pub{window}}}\n  release: {{issuer: "{ISSUER}", identity: "{RELEASE}"}}\n'
    )
    return policy(text("signature: [held, release]", signers=signers), keys={"keys/a.pub": PEM})


def test_a_key_is_known_by_its_name_and_by_its_fingerprint() -> None:
    asked = keyed()
    (key,) = asked.keys
    fingerprint = asked.in_force.scopes[0].signature[0].fingerprint  # type: ignore[union-attr]
    assert key.name == "held"
    assert [word(evidence(signed(signer=Signer(key=name))), asked) for name in ("held", fingerprint, "other")] == [
        Word.VERIFIED,
        Word.VERIFIED,
        Word.UNTRUSTED_SIGNER,
    ]


@pytest.mark.parametrize(
    ("window", "time", "expected"),
    [
        (", not-after: 2025-12-31T23:59:59Z", NOW, Word.UNTRUSTED_SIGNER),
        (", not-after: 2025-12-31T23:59:59Z", None, Word.UNTRUSTED_SIGNER),
        (", not-after: 2025-12-31T23:59:59Z", datetime(2025, 6, 1, tzinfo=UTC), Word.VERIFIED),
        (", not-before: 2026-01-01T00:00:00+02:00", datetime(2025, 6, 1, tzinfo=UTC), Word.UNTRUSTED_SIGNER),
        (", not-before: 2026-01-01T00:00:00.5z", NOW, Word.VERIFIED),
        ("", None, Word.UNTRUSTED_SIGNER),
        (", log: not-required", None, Word.VERIFIED),
        (", log: not-required, not-after: 2030-12-31T23:59:59Z", None, Word.UNTRUSTED_SIGNER),
    ],
)
def test_at_022_a_key_signs_only_inside_its_window_at_a_proved_time(
    window: str, time: datetime | None, expected: Word
) -> None:
    assert word(evidence(signed(signer=Signer(key="held"), at=time)), keyed(window)) is expected


def test_the_closest_rule_to_a_key_is_a_key() -> None:
    conclusion = keyed().conclude(evidence(signed(signer=Signer(key="other"))))[0]
    assert conclusion.rule == "held"


def test_the_closest_rule_to_an_identity_is_no_key() -> None:
    conclusion = keyed().conclude(evidence(signed(signer=STRANGER)))[0]
    assert conclusion.rule == "release"


def test_one_key_of_two_signers_is_given_once_and_each_window_is_kept() -> None:
    signers = (
        "signers:\n  early: {key: a.pub, not-after: 2025-12-31T00:00:00Z}\n"
        "  late: {key: b.pub, not-before: 2026-01-01T00:00:00Z}\n"
    )
    asked = policy(text("signature: [late]", signers=signers), keys={"a.pub": PEM, "b.pub": PEM})
    (key,) = asked.keys
    assert (key.name, key.not_before, key.not_after) == ("early", None, None)
    times = (NOW, datetime(2025, 6, 1, tzinfo=UTC))
    assert [word(evidence(signed(signer=Signer(key="early"), at=time)), asked) for time in times] == [
        Word.VERIFIED,
        Word.UNTRUSTED_SIGNER,
    ]


# --- properties

POOL = (
    signed(),
    signed(signer=STRANGER),
    signed(VULNERABILITIES, SCANNER, predicate=scan(0)),
    signed(VULNERABILITIES, SCANNER, predicate=scan(0), at=None),
    signed(VULNERABILITIES, STRANGER, predicate=scan(0)),
    signed(PROVENANCE, at=datetime(2020, 1, 1, tzinfo=UTC)),
    signed(PROVENANCE),
    signed(subject=AMD64),
    rejection(Word.INVALID),
    rejection(Word.UNREADABLE, VULNERABILITIES),
    rejection(Word.UNTRUSTED_SIGNER, None),
)
ASKED = policy(
    text(
        "signature: [release]\nattestations:\n  - {type: vulnerabilities, signers: [scanner], max-age: 9d}\n"
        "  - {type: slsa-provenance, signers: [release], max-age: 9d}\nlimits: {vulnerabilities.critical: 0}"
    )
)
FOUND = st.lists(st.sampled_from(POOL), unique_by=repr)
PLACES = st.lists(st.sampled_from((lookup(), *NOWHERE, FAILED)), unique_by=repr)


@settings(max_examples=200, deadline=None)
@given(FOUND, PLACES, st.randoms(use_true_random=False))
def test_the_order_of_evidence_decides_nothing(
    found: list[SignedStatement], places: list, order: random.Random
) -> None:  # type: ignore[type-arg]
    first = evidence(*found, lookups=places, platforms=(AMD64,))
    order.shuffle(found)
    order.shuffle(places)
    second = evidence(*found, lookups=places, platforms=(AMD64,))
    assert ASKED.conclude(first) == ASKED.conclude(second)
    assert findings(ASKED, first) == findings(ASKED, second)


@settings(max_examples=200, deadline=None)
@given(FOUND, PLACES, st.data())
def test_removing_evidence_never_turns_a_fail_into_a_pass(
    found: list[SignedStatement | Rejection],
    places: list,
    data: st.DataObject,  # type: ignore[type-arg]
) -> None:
    statements = [one for one in found if isinstance(one, SignedStatement)]
    before = worst(findings(ASKED, evidence(*found, lookups=places, platforms=(AMD64,))))
    if before is Outcome.OK or not statements:
        return
    statements.remove(data.draw(st.sampled_from(statements)))
    kept = [one for one in found if isinstance(one, Rejection)] + statements
    assert worst(findings(ASKED, evidence(*kept, lookups=places, platforms=(AMD64,)))) is not Outcome.OK


@settings(max_examples=100, deadline=None)
@given(FOUND, PLACES)
def test_a_failing_place_never_turns_a_fail_into_a_pass(found: list[SignedStatement], places: list) -> None:  # type: ignore[type-arg]
    before = worst(findings(ASKED, evidence(*found, lookups=places)))
    after = worst(findings(ASKED, evidence(*found, lookups=[*places, replace(FAILED, where="more")])))
    assert after is not Outcome.OK or before is Outcome.OK


@settings(max_examples=50, deadline=None)
@given(PLACES)
def test_at_003_nothing_found_is_never_a_success(places: list) -> None:  # type: ignore[type-arg]
    assert worst(findings(ASKED, evidence(lookups=places))) > Outcome.REVIEW


def test_everything_right_is_a_success() -> None:
    whole = [signed(), signed(VULNERABILITIES, SCANNER, predicate=scan(0)), signed(PROVENANCE)]
    assert worst(findings(ASKED, evidence(*whole))) is Outcome.OK


def test_a_digest_of_the_whole_image_is_needed_to_speak_of_it() -> None:
    assert NEW in {one.subject for one in ASKED.trust(evidence(signed()))}


def test_a_type_that_cannot_answer_the_floors_limit_is_the_repositorys_own_matter() -> None:
    floor = text("signature: [scanner]\nlimits: {vulnerabilities.critical: 0}", signers=FLOOR_SIGNERS)
    asked = policy(text("attestations: [{type: slsa-provenance, signers: [release]}]"), floor=floor)
    assert len(asked.trust(evidence(signed(PROVENANCE, RELEASE)))) == 1


# --- logs and trusted roots

HELD = Signer(key="held")


def test_what_a_key_signed_without_log_is_no_stranger_s_but_lacks_a_witness() -> None:
    conclusion = keyed().conclude(evidence(signed(signer=HELD, at=None)))[0]
    reason = (
        "signed by key held, but no log entry and no trusted timestamp vouches for it"
        " (`log: not-required` would do without); the signer is held"
    )
    assert (conclusion.word, conclusion.rule, conclusion.reason) == (Word.UNTRUSTED_SIGNER, "held", reason)


def test_verified_without_log_says_so() -> None:
    conclusion = keyed(", log: not-required").conclude(evidence(signed(signer=HELD, at=None)))[0]
    assert (conclusion.word, conclusion.logged, conclusion.reason) == (
        Word.VERIFIED,
        False,
        "signed by key held, trusted as held, not logged",
    )


def test_a_logged_statement_beside_an_unlogged_one_is_logged() -> None:
    both = evidence(signed(signer=HELD, at=None), signed(signer=HELD))
    assert keyed(", log: not-required").conclude(both)[0].logged


def test_one_platform_without_log_makes_the_whole_not_logged() -> None:
    parts = evidence(
        signed(signer=HELD, subject=AMD64), signed(signer=HELD, subject=ARM64, at=None), platforms=(AMD64, ARM64)
    )
    assert not keyed(", log: not-required").conclude(parts)[0].logged


def test_log_not_required_does_not_soften_a_keyless_signer() -> None:
    asked = keyed(", log: not-required")
    assert asked.conclude(evidence(signed(signer=HELD, at=None, predicate={})))[0].rule == "held"
    stranger = asked.conclude(evidence(signed(signer=STRANGER)))[0]
    assert stranger.word is Word.UNTRUSTED_SIGNER


def rooted(root: str) -> Policy:
    signers = f'signers:\n  release: {{issuer: "{ISSUER}", identity: "{RELEASE}"{root}}}\n'
    return policy(text("signature: [release]", signers=signers))


@pytest.mark.parametrize(
    ("asked", "root", "default", "expected"),
    [
        ("", "public-good", True, Word.VERIFIED),
        ("", "own", True, Word.VERIFIED),
        ("", "github", False, Word.UNTRUSTED_SIGNER),
        ("", "public-good", False, Word.UNTRUSTED_SIGNER),
        (", root: github", "github", False, Word.VERIFIED),
        (", root: github", "public-good", True, Word.UNTRUSTED_SIGNER),
        (", root: public-good", "public-good", True, Word.VERIFIED),
        (", root: public-good", "public-good", False, Word.VERIFIED),
        (", root: public-good", "own", True, Word.UNTRUSTED_SIGNER),
    ],
)
def test_at_062_a_signer_counts_under_its_one_root_alone(
    asked: str,
    root: str,
    default: bool,  # noqa: FBT001 - a case
    expected: Word,
) -> None:
    found = evidence(replace(signed(), root=root, default_root=default))
    assert word(found, rooted(asked)) is expected


@pytest.mark.parametrize(
    ("asked", "wanted"), [("", "the default one"), (", root: public-good", "public-good")], ids=["default", "named"]
)
def test_at_062_another_root_is_named_as_the_reason(asked: str, wanted: str) -> None:
    found = evidence(replace(signed(), root="github", default_root=False))
    assert rooted(asked).conclude(found)[0].reason == (
        f"signed by {RELEASE}, but it is proved under the trusted root github, not under {wanted};"
        " the signer is release"
    )


@pytest.mark.parametrize(("root", "expected"), [("github", Word.VERIFIED), ("own", Word.UNTRUSTED_SIGNER)])
def test_at_062_a_key_s_log_must_be_of_its_root(root: str, expected: Word) -> None:
    found = evidence(replace(signed(signer=HELD), root=root, default_root=False))
    conclusion = keyed(", root: github").conclude(found)[0]
    assert (conclusion.word, conclusion.rule) == (expected, "held")


def test_at_062_another_root_makes_no_statement_count_for_a_limit() -> None:
    found = replace(signed(VULNERABILITIES, SCANNER, predicate=scan()), root="github", default_root=False)
    assert not BOTH.trust(evidence(found))
