"""What edits of our own policy do: never called stronger when something more passes."""

from __future__ import annotations

import itertools
from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.admission.base.languages import accepts
from app.core.globs import Glob, InvalidGlob, PathGlob, folded
from app.core.policy_edit import Effect, PolicyEdit, combined
from app.core.tree import File
from app.policy.effect import PolicyTexts, compare
from app.policy.effect.languages import NAMES, Comparer, of_glob, of_path_glob
from app.policy.files import PATH
from app.policy.waivers import FOLDER
from tests.policy.samples import ISSUER, RELEASE, SCANNER, SIGNERS, public_key, text
from tests.policy.test_every_key_counts import CASES, REVIEWS, Case

WEAKER, STRONGER, NEUTRAL, CANNOT_TELL = Effect.WEAKER, Effect.STRONGER, Effect.NEUTRAL, Effect.CANNOT_TELL
VULN = "attestations: [{type: vulnerabilities, signers: [scanner]}]\n"
SOUND = (
    "version: 1\nowner: alice\nreason: so\nticket: S-1\nexpires: 2026-12-31\nscope: {vulnerabilities: [CVE-2026-1]}\n"
)
WAIVER = f"{FOLDER}/one.yml"


def edits(
    before: str | None,
    after: str | None,
    keys: tuple[Mapping[str, str], Mapping[str, str]] = ({}, {}),
    *,
    floor: bool = False,
) -> tuple[PolicyEdit, ...]:
    """Compare two policy files."""
    sides = [
        PolicyTexts(None if one is None else File(PATH, one), known, floor=floor)
        for one, known in zip((before, after), keys, strict=True)
    ]
    return compare(sides[0], sides[1])


def effects(before: str | None, after: str | None, *, floor: bool = False) -> dict[str, Effect]:
    return {one.field: one.effect for one in edits(before, after, floor=floor)}


def waived(before: str | None, after: str | None) -> tuple[PolicyEdit, ...]:
    """Compare one waiver file."""
    sides = [PolicyTexts(waivers=() if one is None else (File(WAIVER, one),)) for one in (before, after)]
    return compare(sides[0], sides[1])


# --- soundness


@pytest.mark.parametrize("case", CASES, ids=["-".join(case.key) for case in CASES])
def test_at_141_what_lets_an_image_pass_is_never_called_stronger_or_neutral(case: Case) -> None:
    found = edits(case.strict, case.loose, (case.keys, case.keys))
    assert combined(one.effect for one in found) in (WEAKER, CANNOT_TELL)


@pytest.mark.parametrize("case", CASES, ids=["-".join(case.key) for case in CASES])
def test_what_stops_an_image_is_never_called_neutral(case: Case) -> None:
    assert combined(one.effect for one in edits(case.loose, case.strict, (case.keys, case.keys))) is not NEUTRAL


@pytest.mark.parametrize("key", REVIEWS, ids=["-".join(key) for key in REVIEWS])
def test_at_141_what_lets_a_review_pass_is_never_called_stronger_or_neutral(key: tuple[str, str]) -> None:
    strict, loose = REVIEWS[key]
    assert combined(one.effect for one in edits(strict, loose)) in (WEAKER, CANNOT_TELL)


@pytest.mark.parametrize("written", sorted({case.strict for case in CASES} | {one for one, _ in REVIEWS.values()}))
def test_a_file_that_did_not_change_has_no_edit(written: str) -> None:
    keys = {"a.pub": public_key(), "b.pub": public_key()}
    assert edits(written, written, (keys, keys)) == ()


# --- the table: before, after, field, effect there, effect back


def scoped(*lines: str, top: str = "") -> str:
    """Write a policy with one scope a line."""
    return f"version: 1\n{top}\n{SIGNERS}images:\n" + "".join(f"  - {{{one}}}\n" for one in lines)


def review(*lines: str) -> str:
    return "version: 1\nreviews:\n" + "".join(f"  - {{{one}}}\n" for one in lines)


def signers(one: str, use: str = "signature: [one]") -> str:
    return text(use, signers=f"signers:\n  one: {one}\n")


HERE = 'name: a, match: ["ghcr.io/acme/**"]'
PATTERN = r"https://github\.com/acme/[a-z]+/\.github/workflows/release\.yml@refs/heads/main"
TABLE = [
    (text("pinned: true", "mode: enforce"), text("pinned: true", "mode: observe"), "mode", WEAKER, STRONGER),
    ("version: 1\n", "version: 1\nunmatched: block\n", "unmatched", STRONGER, WEAKER),
    ("version: 1\n", "version: 1\nunmatched: review\n", "unmatched", NEUTRAL, NEUTRAL),
    ("version: 1\nsolo: true\n", "version: 1\n", "solo", STRONGER, WEAKER),
    ("version: 1\nwaivers: {allow: false}\n", "version: 1\n", "waivers.allow", WEAKER, STRONGER),
    (
        "version: 1\nwaivers: {max-days: 30}\n",
        "version: 1\nwaivers: {max-days: 90}\n",
        "waivers.max-days",
        WEAKER,
        STRONGER,
    ),
    ("version: 1\nwaivers: {max-days: 30}\n", "version: 1\n", "waivers.max-days", WEAKER, STRONGER),
    ("version: 1\n", "version: 1\nwaivers: {trivyignore: true}\n", "waivers.trivyignore", WEAKER, STRONGER),
    ("version: 1\n", "version: 1\nrequest-reviewers: false\n", "request-reviewers", NEUTRAL, NEUTRAL),
    # scopes
    (scoped(f"{HERE}, pinned: true"), scoped(f"{HERE}, pinned: false"), "images[a].pinned", WEAKER, STRONGER),
    (
        scoped(f"{HERE}, pinned: true"),
        scoped(HERE.replace("a,", "b,") + ", pinned: true"),
        "images[b].name",
        NEUTRAL,
        None,
    ),
    (
        scoped(HERE, "name: b, match: [quay.io/x/y]", top="unmatched: allow"),
        scoped(HERE, top="unmatched: allow"),
        "images[b]",
        WEAKER,
        STRONGER,
    ),
    (scoped(HERE, "name: b, match: [ghcr.io/acme/api]"), scoped(HERE), "images[b]", WEAKER, STRONGER),
    (scoped(HERE), scoped(HERE, "name: b, match: [quay.io/x/y]"), "images[b]", CANNOT_TELL, WEAKER),
    (
        scoped(HERE, top="unmatched: block"),
        scoped(HERE, "name: b, match: [quay.io/x/y]", top="unmatched: block"),
        "images[b]",
        WEAKER,
        STRONGER,
    ),
    (
        scoped('name: a, match: ["ghcr.io/acme/*"]', top="unmatched: allow"),
        scoped(HERE, top="unmatched: allow"),
        "images[a].match",
        STRONGER,
        WEAKER,
    ),
    (
        scoped(HERE, top="unmatched: allow"),
        scoped(f'{HERE}, exclude: ["ghcr.io/acme/old/**"]', top="unmatched: allow"),
        "images[a].exclude",
        WEAKER,
        STRONGER,
    ),
    (
        scoped(HERE),
        scoped('name: a, match: ["ghcr.io/acme/**", "ghcr.io/acme/api"]'),
        "images[a].match",
        NEUTRAL,
        NEUTRAL,
    ),
    (scoped(HERE), scoped(f"{HERE}, mode: observe"), "images[a].mode", WEAKER, STRONGER),
    (scoped(HERE), scoped(f"{HERE}, mode: enforce"), "images[a].mode", NEUTRAL, NEUTRAL),
    (scoped(HERE), scoped(f"{HERE}, signatures-in: quay.io/a/b"), "images[a].signatures-in", CANNOT_TELL, CANNOT_TELL),
    (scoped(HERE), scoped(f"{HERE}, signature: [release]"), "images[a].signature", STRONGER, WEAKER),
    (
        scoped(f"{HERE}, signature: [release]"),
        scoped(f"{HERE}, signature: [release, scanner]"),
        "images[a].signature",
        WEAKER,
        STRONGER,
    ),
    (
        scoped(f"{HERE}, signature: [release]"),
        scoped(f"{HERE}, signature: [scanner]"),
        "images[a].signature",
        WEAKER,
        WEAKER,
    ),
    (
        text(f"{VULN}signature: [release, scanner]\nlimits: {{tests.failed: 0}}"),
        text(f"{VULN}signature: [release]\nlimits: {{tests.failed: 0}}"),
        "images[apps].signature",
        CANNOT_TELL,
        WEAKER,
    ),
    (
        text(f"{VULN}signature: [release, scanner]\nlimits: {{vulnerabilities.high: 0}}"),
        text(f"{VULN}signature: [release]\nlimits: {{vulnerabilities.high: 0}}"),
        "images[apps].signature",
        STRONGER,
        WEAKER,
    ),
    (
        text("attestations: [{type: vulnerabilities, signers: [scanner, release]}]\nlimits: {vulnerabilities.high: 0}"),
        text("attestations: [{type: vulnerabilities, signers: [scanner]}]\nlimits: {vulnerabilities.high: 0}"),
        "images[apps].attestations[vulnerabilities].signers",
        CANNOT_TELL,
        WEAKER,
    ),
    (
        text("attestations: [{type: sbom, signers: [scanner]}]"),
        text("attestations: [{type: sbom, signers: [scanner]}, {type: vulnerabilities, signers: [scanner]}]"),
        "images[apps].attestations[vulnerabilities]",
        STRONGER,
        WEAKER,
    ),
    (
        text("signature: [release]\nlimits: {vulnerabilities.high: 0}"),
        text(f"signature: [release]\n{VULN}limits: {{vulnerabilities.high: 0}}"),
        "images[apps].attestations[vulnerabilities]",
        CANNOT_TELL,
        WEAKER,
    ),
    (
        text("limits: {tests.failed: 0}"),
        text("limits: {tests.failed: 0, image.size: 9}"),
        "images[apps].limits.image.size",
        STRONGER,
        WEAKER,
    ),
    (
        text("limits: {image.size: 9}"),
        text("limits: {image.size: 10}"),
        "images[apps].limits.image.size",
        WEAKER,
        STRONGER,
    ),
    (
        text("limits: {image.layers-shared: 1}"),
        text("limits: {image.layers-shared: 2}"),
        "images[apps].limits.image.layers-shared",
        STRONGER,
        WEAKER,
    ),
    (
        text("limits: {hardening.packages-removed: 1}"),
        text("limits: {hardening.packages-removed: 2}"),
        "images[apps].limits.hardening.packages-removed",
        STRONGER,
        WEAKER,
    ),
    (
        text("limits: {packages.count: 1}"),
        text("limits: {packages.count: 2}"),
        "images[apps].limits.packages.count",
        CANNOT_TELL,
        CANNOT_TELL,
    ),
    (
        text("limits: {image.root: true}"),
        text("limits: {image.root: false}"),
        "images[apps].limits.image.root",
        CANNOT_TELL,
        CANNOT_TELL,
    ),
    (
        text("no-regression: true"),
        text("no-regression: [image.size]".replace("image.size", "packages.count")),
        "images[apps].no-regression",
        WEAKER,
        CANNOT_TELL,
    ),
    (
        text("no-regression: [tests.failed]"),
        text("no-regression: [tests.failed, packages.count]"),
        "images[apps].no-regression",
        STRONGER,
        WEAKER,
    ),
    (text("pinned: true"), text("pinned: true\nno-regression: true"), "images[apps].no-regression", STRONGER, WEAKER),
    (text("pinned: true"), text("pinned: true\nno-regression: false"), "images[apps].no-regression", NEUTRAL, NEUTRAL),
    (text("vex: [release]"), text("vex: [release, scanner]"), "images[apps].vex", WEAKER, STRONGER),
    (
        text(f"{VULN}limits: {{vulnerabilities.high: 1}}\nonly-fixable: false"),
        text(f"{VULN}limits: {{vulnerabilities.high: 1}}"),
        "images[apps].only-fixable",
        CANNOT_TELL,
        NEUTRAL,
    ),
    # signers
    (
        signers(f"{{issuer: {ISSUER}, identity: {RELEASE}}}"),
        signers(f"{{issuer: {ISSUER}, identity-pattern: '{PATTERN}'}}"),
        "signers.one",
        WEAKER,
        STRONGER,
    ),
    (
        signers(f"{{issuer: {ISSUER}, identity: {RELEASE}}}"),
        signers(f"{{issuer: {ISSUER}, identity: {SCANNER}}}"),
        "signers.one",
        WEAKER,
        WEAKER,
    ),
    (
        signers(f"{{issuer: {ISSUER}, identity: {RELEASE}}}", "pinned: true"),
        signers(f"{{issuer: {ISSUER}, identity: {SCANNER}}}", "pinned: true"),
        "signers.one",
        NEUTRAL,
        NEUTRAL,
    ),
    (
        signers(f"{{issuer: {ISSUER}, identity-pattern: '{PATTERN}'}}"),
        signers(f"{{issuer: {ISSUER}, identity-pattern: '{PATTERN.replace('[a-z]+', '[a-z][a-z]*')}'}}"),
        "signers.one",
        NEUTRAL,
        NEUTRAL,
    ),
    (
        signers(f"{{issuer: {ISSUER}, identity-pattern: '{PATTERN}'}}", "signature: [one]\nlimits: {tests.failed: 0}"),
        signers(f"{{issuer: {ISSUER}, identity: {RELEASE}}}", "signature: [one]\nlimits: {tests.failed: 0}"),
        "signers.one",
        CANNOT_TELL,
        WEAKER,
    ),
    (
        signers(f"{{issuer: {ISSUER}, identity-pattern: '{PATTERN}'}}"),
        signers(rf"{{issuer: {ISSUER}, identity-pattern: '{PATTERN}\b'}}"),
        "signers.one",
        CANNOT_TELL,
        CANNOT_TELL,
    ),
    # reviews
    (
        review("name: a, paths: [/p/], users: [bob]"),
        review("name: a, paths: [/p/, /q/], users: [bob]"),
        "reviews[a].paths",
        STRONGER,
        WEAKER,
    ),
    (
        review("name: a, paths: [/p/], users: [bob]"),
        review("name: a, paths: [/p], users: [bob]"),
        "reviews[a].paths",
        NEUTRAL,
        NEUTRAL,
    ),
    (
        review("name: a, paths: [/p/], users: [bob]", "name: b, paths: [/q/], users: [bob]"),
        review("name: a, paths: [/p/], users: [bob]"),
        "reviews[b]",
        WEAKER,
        STRONGER,
    ),
    (
        review("name: a, paths: [/p/], users: [bob]"),
        review("name: a, paths: [/p/], users: [bob, al]"),
        "reviews[a].users",
        WEAKER,
        STRONGER,
    ),
    (
        review("name: a, paths: [/p/], users: [bob]"),
        review("name: a, paths: [/p/], teams: [o/t]"),
        "reviews[a].teams",
        WEAKER,
        WEAKER,
    ),
    (
        review("name: a, paths: [/p/], permission: admin"),
        review("name: a, paths: [/p/], permission: write"),
        "reviews[a].permission",
        WEAKER,
        STRONGER,
    ),
    (
        review("name: a, paths: [/p/], permission: admin"),
        review("name: a, paths: [/p/], permission: admin, count: 2"),
        "reviews[a].count",
        STRONGER,
        WEAKER,
    ),
    (
        review("name: a, paths: [/p/], users: [bob]"),
        review("name: a, paths: [/p/], users: [bob], effects: [weaker]"),
        "reviews[a].effects",
        WEAKER,
        STRONGER,
    ),
    (
        review("name: a, paths: [/p/], users: [b], effects: [weaker]"),
        review("name: a, paths: [/p/], users: [b], effects: [weaker, stronger]"),
        "reviews[a].effects",
        STRONGER,
        WEAKER,
    ),
    (
        review("name: a, paths: [/p/], users: [b]"),
        review("name: a, paths: [/p/], any-of: [{users: [b]}]"),
        "reviews[a].any-of",
        CANNOT_TELL,
        CANNOT_TELL,
    ),
    (
        review("name: a, paths: [/p/], users: [b]"),
        review("name: b, paths: [/p/], users: [b]"),
        "reviews[b].name",
        NEUTRAL,
        None,
    ),
]


@pytest.mark.parametrize(("before", "after", "field", "there", "_back"), TABLE)
def test_an_edit_has_its_effect(before: str, after: str, field: str, there: Effect, _back: Effect | None) -> None:
    assert effects(before, after).get(field) is there


@pytest.mark.parametrize(("before", "after", "field", "_there", "back"), [one for one in TABLE if one[4]])
def test_the_edit_back_has_its_effect(before: str, after: str, field: str, _there: Effect, back: Effect) -> None:
    assert effects(after, before).get(field) is back


def test_an_edit_names_its_line_both_sides_and_an_example() -> None:
    (edit,) = edits(
        scoped(HERE, top="unmatched: allow"), scoped('name: a, match: ["ghcr.io/acme/*"]', top="unmatched: allow")
    )
    assert (edit.path, edit.line, edit.resource) == (PATH, 8, None)
    assert (edit.before, edit.after) == ("ghcr.io/acme/**", "ghcr.io/acme/*")
    assert Glob("ghcr.io/acme/**").matches(edit.witness)
    assert not Glob("ghcr.io/acme/*").matches(edit.witness)


def test_what_enters_a_scope_that_was_blocked_before_names_an_example() -> None:
    block = "unmatched: block"
    (edit,) = edits(scoped('name: a, match: ["ghcr.io/acme/*"]', top=block), scoped(HERE, top=block))
    assert (edit.effect, Glob("ghcr.io/acme/*").matches(edit.witness)) == (WEAKER, False)


def test_a_scope_that_moves_from_some_images_to_others_is_weaker() -> None:
    before = scoped('name: a, match: ["ghcr.io/acme/*"]', top="unmatched: allow")
    assert effects(before, scoped("name: a, match: [quay.io/x/y]", top="unmatched: allow"))["images[a].match"] is WEAKER


def test_a_signer_that_only_changes_its_name_changes_nothing() -> None:
    before = text("signature: [one]", signers=f"signers:\n  one: {{issuer: {ISSUER}, identity: {RELEASE}}}\n")
    found = edits(before, before.replace("one", "two"))
    assert {one.effect for one in found} == {NEUTRAL}


def test_a_scope_more_that_brings_other_signers_for_numbers_cannot_be_told() -> None:
    asks = "signature: [release], limits: {vulnerabilities.high: 0}"
    before = scoped(f"{HERE}, {asks}")
    listing = "attestations: [{type: vulnerabilities, signers: [scanner]}]"
    shared = scoped(f"{HERE}, {asks}", f"name: b, match: [ghcr.io/acme/api], {listing}")
    apart = scoped(f"{HERE}, {asks}", f"name: b, match: [quay.io/x/y], {listing}", top="unmatched: allow")
    assert effects(before, shared)["images[b]"] is CANNOT_TELL
    assert effects(scoped(f"{HERE}, {asks}", top="unmatched: allow"), apart)["images[b]"] is STRONGER


def test_an_attestation_for_which_another_scope_holds_limits_cannot_be_told() -> None:
    limits = 'name: b, match: ["ghcr.io/**"], signature: [release], limits: {vulnerabilities.high: 0}'
    before, after = (
        f"{HERE}, pinned: true",
        f"{HERE}, pinned: true, attestations: [{{type: vulnerabilities, signers: [scanner]}}]",
    )
    found = effects(scoped(before, limits), scoped(after, limits))
    assert found == {"images[a].attestations[vulnerabilities]": CANNOT_TELL}


def test_a_signature_more_may_bring_numbers_that_answer_a_limit() -> None:
    before = text("limits: {vulnerabilities.high: 0}")
    found = effects(before, text("limits: {vulnerabilities.high: 0}\nsignature: [release]"))
    assert found == {"images[apps].signature": CANNOT_TELL}
    joined = scoped(
        f"{HERE}, limits: {{vulnerabilities.high: 0}}", "name: b, match: [ghcr.io/acme/api], signature: [release]"
    )
    assert effects(scoped(f"{HERE}, limits: {{vulnerabilities.high: 0}}"), joined)["images[b]"] is CANNOT_TELL


def test_a_scope_that_goes_is_weaker_where_unmatched_images_are_only_observed() -> None:
    top = "unmatched: block\nmode: observe"
    before = scoped(f"{HERE}, mode: enforce", top=top)
    assert effects(before, f"version: 1\n{top}\n{SIGNERS}")["images[a]"] is WEAKER


def test_another_name_of_the_same_type_changes_nothing() -> None:
    before = text("attestations: [{type: vsa, signers: [scanner]}]")
    after = before.replace("type: vsa", 'type: "https://slsa.dev/verification_summary/v1"')
    assert set(effects(before, after).values()) == {NEUTRAL}


def test_fewer_identities_of_a_scanner_may_be_milder() -> None:
    asks = "attestations: [{type: vulnerabilities, signers: [one]}]\nlimits: {vulnerabilities.high: 0}"
    wide, narrow = (
        signers(f"{{issuer: {ISSUER}, identity-pattern: '{PATTERN}'}}", asks),
        signers(f"{{issuer: {ISSUER}, identity: {RELEASE}}}", asks),
    )
    assert effects(wide, narrow) == {"signers.one": CANNOT_TELL}
    assert effects(narrow, wide) == {"signers.one": WEAKER}


def test_two_signers_of_one_issuer_that_change_places_change_nothing() -> None:
    both = scoped(f"{HERE}, signature: [release, scanner]")
    assert effects(both, both.replace("[release, scanner]", "[scanner, release]"))["images[a].signature"] is NEUTRAL


def test_a_signer_at_an_issuer_that_stays_and_one_more_at_another() -> None:
    more = SIGNERS + "  other: {issuer: https://other.test, identity: x}\n"
    before, after = (text(f"signature: [release{also}]", signers=more) for also in ("", ", other"))
    assert effects(before, after)["images[apps].signature"] is WEAKER


def test_images_that_leave_for_another_scope_are_not_called_blocked() -> None:
    block = "unmatched: block"
    before = scoped(f"{HERE}, pinned: true", 'name: b, match: ["ghcr.io/**"]', top=block)
    assert effects(before, scoped('name: b, match: ["ghcr.io/**"]', top=block))["images[a]"] is WEAKER


@pytest.mark.parametrize(
    ("rest", "effect"), [(", root: github", WEAKER), (", not-before: 2026-01-01T00:00:00Z", STRONGER)]
)
def test_where_and_when_a_key_may_sign_is_compared(rest: str, effect: Effect) -> None:
    keys = {"a.pub": public_key()}
    before, after = (
        text("signature: [one]", signers=f"signers:\n  one: {{key: a.pub{more}}}\n") for more in ("", rest)
    )
    assert [one.effect for one in edits(before, after, (keys, keys))] == [effect]


def test_terms_of_waivers_that_stay_are_not_told() -> None:
    before, after = (f"version: 1\nwaivers: {{allow: true, max-days: {days}}}\n" for days in (9, 8))
    assert effects(before, after) == {"waivers.max-days": STRONGER}


def test_more_pairs_of_patterns_than_are_compared_cannot_be_told() -> None:
    names = [f"name: s{number}, match: [ghcr.io/a/{number}]" for number in range(80)]
    found = effects(scoped(HERE, top="unmatched: allow"), scoped(HERE, *names, top="unmatched: allow"))
    assert CANNOT_TELL in found.values()


# --- whole files


def test_a_policy_that_comes_is_stronger() -> None:
    assert effects(None, "version: 1\n") == {"": STRONGER}


def test_at_145_a_policy_that_goes_is_weaker() -> None:
    assert effects("version: 1\n", None) == {"": WEAKER}


@pytest.mark.parametrize(
    ("before", "after"), [("version: 1\n", "version: 2\n"), ("x", "version: 1\n"), (None, "x"), ("x", "y")]
)
def test_a_file_with_faults_cannot_be_told(before: str | None, after: str) -> None:
    (edit,) = edits(before, after)
    assert (edit.effect, "not valid" in edit.sentence) == (CANNOT_TELL, True)


def test_a_file_that_is_no_text_cannot_be_told() -> None:
    link = PolicyTexts(File(PATH, None, "a symbolic link, which is not followed"))
    (edit,) = compare(PolicyTexts(File(PATH, "version: 1\n")), link)
    assert (edit.effect, "a symbolic link" in edit.sentence) == (CANNOT_TELL, True)


def test_nothing_that_stays_nothing_has_no_edit() -> None:
    assert compare(PolicyTexts(), PolicyTexts()) == ()


def test_at_141_another_key_under_the_same_name_is_weaker() -> None:
    policy = text("signature: [one]", signers="signers:\n  one: {key: a.pub}\n")
    (edit,) = edits(policy, policy, ({"a.pub": public_key()}, {"a.pub": public_key()}))
    assert (edit.field, edit.effect) == ("signers.one.key", WEAKER)
    assert edit.before is not None
    assert edit.before.startswith("the key ")


def test_a_floor_allows_waivers_only_when_it_says_so() -> None:
    assert effects("version: 1\n", "version: 1\nwaivers: {allow: true}\n", floor=True) == {"waivers.allow": WEAKER}
    assert effects("version: 1\n", "version: 1\nallow-solo: false\n", floor=True) == {"allow-solo": STRONGER}


def test_too_many_patterns_are_not_compared() -> None:
    before = scoped(*(f'name: s{number}, match: ["ghcr.io/a{number}/*"]' for number in range(70)))
    after = scoped(*(f'name: s{number}, match: ["ghcr.io/a{number}/**"]' for number in range(70)))
    assert set(effects(before, after).values()) == {CANNOT_TELL}


def test_patterns_of_too_many_characters_are_not_compared() -> None:
    long = [f'name: s{number}, match: ["ghcr.io/{"a" * 400}{number}/*"]' for number in range(80)]
    found = effects(scoped(HERE, *long), scoped(HERE.replace("/**", "/*"), *long))
    assert found == {"images[a].match": CANNOT_TELL}


@pytest.mark.timeout(30)
def test_at_103_patterns_of_strangers_take_bounded_time() -> None:
    hard = [f'name: s{number}, match: ["**/{"ab?*" * 20}{number}/**/x*y?z/**"]' for number in range(40)]
    found = effects(scoped(*hard), scoped(*(one.replace("x*y", "y*x") for one in hard)))
    assert not {STRONGER, NEUTRAL} & set(found.values())


# --- waivers


def test_a_new_waiver_is_weaker_and_one_that_goes_is_stronger() -> None:
    (there,), (back,) = waived(None, SOUND), waived(SOUND, None)
    assert (there.effect, there.after, back.effect) == (WEAKER, "until 2026-12-31 by alice: so", STRONGER)


@pytest.mark.parametrize(
    ("old", "new", "field", "there", "back"),
    [
        ("2026-12-31", "2027-12-31", "expires", WEAKER, STRONGER),
        ("ticket", "not-before: 2026-12-01\nticket", "not-before", STRONGER, WEAKER),
        ("reason: so", "reason: otherwise", "reason", NEUTRAL, NEUTRAL),
        ("[CVE-2026-1]", "[CVE-2026-1, CVE-2026-2]", "scope", WEAKER, STRONGER),
        ("[CVE-2026-1]", "[CVE-2026-2]", "scope", WEAKER, WEAKER),
        ("[CVE-2026-1]", '[CVE-2026-1], images: ["ghcr.io/a/*"]', "scope", STRONGER, WEAKER),
        ("[CVE-2026-1]", '[CVE-2026-1], packages: ["pkg:npm/a"]', "scope", STRONGER, WEAKER),
        ("[CVE-2026-1]", f'[CVE-2026-1], digests: ["sha256:{"a" * 64}"]', "scope", STRONGER, WEAKER),
        ("{vulnerabilities: [CVE-2026-1]}", "{images: [ghcr.io/a/b], rules: [pinned]}", "scope", WEAKER, WEAKER),
    ],
)
def test_an_edit_of_a_waiver_has_its_effect(  # noqa: PLR0917 - a table
    old: str, new: str, field: str, there: Effect, back: Effect
) -> None:
    found = waived(SOUND, SOUND.replace(old, new)), waived(SOUND.replace(old, new), SOUND)
    assert [{one.field: one.effect for one in side} for side in found] == [{field: there}, {field: back}]


def test_packages_that_changed_cannot_be_told() -> None:
    one = SOUND.replace("[CVE-2026-1]", '[CVE-2026-1], packages: ["pkg:npm/a"]')
    (edit,) = waived(one, one.replace("npm/a", "npm/b"))
    assert edit.effect is CANNOT_TELL


@pytest.mark.parametrize(
    ("before", "after", "effect"),
    [
        (None, "x", CANNOT_TELL),
        (SOUND, "x", CANNOT_TELL),
        ("x", "y: [", CANNOT_TELL),
        ("", "x", CANNOT_TELL),
        ("x", SOUND, WEAKER),
        ("x", None, NEUTRAL),
    ],
)
def test_a_waiver_with_a_fault_is_told(before: str | None, after: str | None, effect: Effect) -> None:
    assert [one.effect for one in waived(before, after)] == [effect]


def test_a_waiver_with_a_fault_that_did_not_change_is_not_told() -> None:
    assert waived("x", "x") == ()


def test_a_waiver_that_only_moves_changes_nothing() -> None:
    before = PolicyTexts(waivers=(File(WAIVER, SOUND),))
    (edit,) = compare(before, PolicyTexts(waivers=(File(f"{FOLDER}/two.yml", SOUND),)))
    assert (edit.effect, edit.before, edit.after) == (NEUTRAL, WAIVER, f"{FOLDER}/two.yml")


def ignoring(policy: str, before: str | None, after: str | None) -> list[tuple[Effect, str | None, str | None]]:
    files = [None if one is None else File(".trivyignore.yaml", one) for one in (before, after)]
    sides = [PolicyTexts(File(PATH, policy), trivyignore=one) for one in files]
    return [(one.effect, one.before, one.after) for one in compare(sides[0], sides[1])]


def test_trivy_s_ignore_file_is_told_entry_by_entry_where_it_is_read() -> None:
    reads = "version: 1\nwaivers: {trivyignore: true}\n"
    one, two = (f"vulnerabilities:\n  - {{id: CVE-{n}-1, expired_at: 2026-12-31}}\n" for n in (1, 2))
    assert ignoring(reads, one, two) == [
        (WEAKER, None, "CVE-2-1 until 2026-12-31"),
        (STRONGER, "CVE-1-1 until 2026-12-31", None),
    ]
    assert ignoring(reads, None, None) == []
    assert ignoring("version: 1\n", one, two) == []


# --- languages


GLOBS = ["ghcr.io/acme/**", "ghcr.io/*/api", "**", "*.gcr.io/a?c/*", "ghcr.io/**/api", "a/b", "**/b/**"]
NAMES_TRIED = [
    "ghcr.io/acme",
    "ghcr.io/acme/api",
    "ghcr.io/api",
    "eu.gcr.io/abc/x",
    "a/b",
    "a/b/c",
    "x/y/b",
    "ghcr.io/a/b/api",
]


@pytest.mark.parametrize(("pattern", "name"), list(itertools.product(GLOBS, NAMES_TRIED)))
def test_the_language_of_a_glob_is_what_it_matches(pattern: str, name: str) -> None:
    assert accepts(of_glob(Glob(pattern)), f"/{name}") is Glob(pattern).matches(name)


@given(
    st.lists(st.sampled_from(["a", "b", "ab", "*", "?", "**", "a*"]), min_size=1, max_size=4),
    st.lists(st.sampled_from(["a", "b", "ab", "ba"]), min_size=1, max_size=4),
    st.sampled_from(["", "/"]),
)
@settings(max_examples=200, deadline=None)
def test_the_languages_agree_with_the_globs(pattern: list[str], name: list[str], root: str) -> None:
    text_of, path = "/".join(pattern), "/".join(name)
    try:
        globs = Glob(text_of), PathGlob(root + text_of)
    except InvalidGlob:
        return
    assert accepts(of_glob(globs[0]), f"/{path}") is globs[0].matches(path)
    assert accepts(of_path_glob(globs[1]), f"/{folded(path)}") is globs[1].covers(path)
    assert accepts(NAMES, f"/{path}")


def test_a_comparer_compares_so_often_and_no_more() -> None:
    comparer = Comparer(1)
    assert comparer.texts(NAMES, NAMES).why == ""
    assert "too many" in comparer.texts(NAMES, NAMES).why


@pytest.mark.parametrize(("before", "after", "always"), [("x", "y: [", True), (SOUND, "x", False), ("x", SOUND, False)])
def test_only_a_waiver_with_a_fault_on_both_sides_is_said_to_have_one_on_both(
    before: str,
    after: str,
    always: bool,  # noqa: FBT001 - a table
) -> None:
    (edit,) = waived(before, after)
    assert ("before and after" in edit.sentence) == always


def test_a_waiver_that_is_new_had_nothing_before_and_one_that_goes_has_nothing_after() -> None:
    (there,), (back,) = waived(None, SOUND), waived(SOUND, None)
    said = "until 2026-12-31 by alice: so"
    assert ((there.before, there.after), (back.before, back.after)) == ((None, said), (said, None))
