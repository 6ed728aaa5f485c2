"""Terminal text: the words of everywhere else, one line a thing, no control character."""

from __future__ import annotations

import dataclasses

import hypothesis.strategies as st
from hypothesis import given, settings

from app.core.assessment import Standing
from app.core.attestation import Answer, Conclusion, Form, Lookup, Rejection, Signer, Word
from app.core.errors import PolicyError
from app.core.inventory import ImageVersion, UnreadablePlace
from app.core.oci import ImageName
from app.core.posture import Better, Measure
from app.core.verdict import Outcome
from app.render import terminal
from app.render.verification import Verification
from tests.render import samples
from tests.render.samples import EMPTY, assessed, change, digest, finding, image
from tests.render.test_document import statement


def test_the_first_line_is_the_verdict() -> None:
    assert terminal.check(samples.blocked()).splitlines()[0] == "BLOCKED: 3 image changes"


def test_observe_is_said_beside_the_verdict() -> None:
    assert terminal.check(samples.observed()).startswith("BLOCKED (observe: not enforced): 3 image changes\n")


def test_no_image_change_is_said() -> None:
    assert terminal.check(EMPTY) == "OK: no image changed\n"


def test_no_policy_is_said() -> None:
    found = dataclasses.replace(samples.all_clear(), standing=Standing.SILENT)
    assert terminal.check(found).startswith("OK: no policy in force, nothing was asked\n")


def test_a_change_shows_signature_attestations_findings_and_measures() -> None:
    lines = terminal.check(samples.blocked()).splitlines()[1:6]
    assert [line.split(":")[0] for line in lines] == [
        "BLOCKED  ghcr.io/payments/api",
        "  signature invalid (was verified)",
        "  https",
        "  BLOCKED (signature)",
        "    to do",
    ]


def test_a_remedy_follows_its_finding() -> None:
    lines = terminal.check(samples.blocked()).splitlines()
    at = next(number for number, line in enumerate(lines) if line.startswith("  BLOCKED (signature)"))
    assert lines[at + 1].startswith("    to do: publish a signature")


def test_findings_about_no_image_stand_after_the_images() -> None:
    found = dataclasses.replace(
        EMPTY,
        findings=(
            finding(Outcome.BLOCKED, "", "too many images"),
            finding(Outcome.REVIEW, "a.yaml", "x"),
            finding(Outcome.OK, "b.yaml", "fine"),
        ),
    )
    assert terminal.check(found).splitlines()[1:] == ["BLOCKED  the whole change: too many images", "REVIEW  a.yaml: x"]


def test_policy_edits_and_who_is_needed_are_listed() -> None:
    lines = terminal.check(samples.policy_change()).splitlines()
    field = "policies/require-signature.yaml ClusterPolicy require-signature spec.validationFailureAction"
    assert lines[1:] == [
        f"policy weaker: {field}: violations will be logged, not blocked",
        "review waiting: cluster policies: waits for 2 approvals from @acme/policy-owners",
    ]


def test_a_broken_policy_says_its_sentence() -> None:
    assert "  policy broken: .github/assay.yml:7: the key limit" in terminal.check(samples.broken())


def test_errors_of_a_proposed_policy_are_listed() -> None:
    assert "  proposed policy: .github/assay.yml:3: x" in terminal.check(samples.proposed(".github/assay.yml:3: x"))


def test_notices_and_unreadable_places_are_listed() -> None:
    found = dataclasses.replace(samples.cannot_read(), notices=("a note",))
    assert terminal.check(found).splitlines()[-2:] == [
        "cannot be read: apps/web/values.yaml:12: a template, not YAML",
        "note: a note",
    ]


def test_a_change_that_was_not_looked_at_has_its_first_line_only() -> None:
    moved = change("a.test/x", None, ImageVersion("1", None))
    text = terminal.check(dataclasses.replace(EMPTY, changes=(assessed(moved, None, None),)))
    assert text == "OK: 1 image change\nOK  a.test/x: added 1\n"


def test_measures_of_every_kind_are_written_in_words() -> None:
    moved = change("a.test/x", ImageVersion("1", None), ImageVersion("2", None))

    def side(*packages: str, has_shell: bool) -> dict[str, Measure]:
        return {
            "packages": Measure("packages", "packages", frozenset(packages), Better.NEITHER, "t"),
            "shell": Measure("shell", "has a shell", has_shell, Better.LOWER, "t"),
        }

    old = image(moved, Word.ABSENT, side("a", has_shell=True), old=True)
    one = assessed(moved, old, image(moved, Word.ABSENT, side("a", "b", has_shell=False)))
    assert terminal.check(dataclasses.replace(EMPTY, changes=(one,))).splitlines()[-2:] == [
        "  changed: packages 1 entry -> 2 entries",
        "  better: has a shell true -> false",
    ]


def test_image_changes_list_their_places() -> None:
    moved = change("a.test/x", ImageVersion("1", None), None)
    expected = "a.test/x: removed 1\n  deploy.yaml:17 kubernetes spec.template.spec.containers[0].image\n"
    assert terminal.images([moved], []) == expected


def test_no_image_change_and_what_cannot_be_read_are_said() -> None:
    text = terminal.images([], [UnreadablePlace("a.yaml", 0, "no YAML")])
    assert text == "no image changed\ncannot be read: a.yaml: no YAML\n"


def test_a_repository_that_moved_or_is_not_known_is_said() -> None:
    moved = change("a.test/x", ImageVersion("1", None), ImageVersion("2", None))
    first = dataclasses.replace(moved, name_before=ImageName.parse("a.test/y"))
    text = terminal.images([first, dataclasses.replace(moved, name=None)], [])
    assert [line for line in text.splitlines() if not line.startswith(" ")] == [
        "a.test/y -> a.test/x: 1 -> 2",
        "repository not known (deploy.yaml): 1 -> 2",
    ]


def test_a_verification_says_what_was_asked_found_and_where() -> None:
    rejections = (
        Rejection(Word.INVALID, "c", "it is wrong", Form.BUNDLE, "referrers", "https://p.test", None),
        Rejection(Word.INVALID, "c", "it is wrong", Form.BUNDLE, "referrers", None, None),
        Rejection(Word.UNREADABLE, "c", "not known", Form.LEGACY_SIGNATURE, ".sig tag", None, None),
    )
    found = Verification(
        "a.test/x:1",
        digest("a"),
        (Conclusion("signature", Word.VERIFIED, "signed by alice"),),
        (statement(), statement("https://p.test", Signer(key="release"))),
        (statement(),),
        rejections,
        (Lookup("referrers", "a.test", Answer.FOUND), Lookup(".sig tag", "a.test", Answer.FAILED, "no answer")),
    )
    assert terminal.verify(found).splitlines() == [
        f"verified: a.test/x:1 (sha256:{'a' * 64})",
        "  asked signature: verified: signed by alice",
        "  verified: signature by alice in a sigstore bundle (referrers)",
        "  untrusted signer: attestation https://p.test by key release in a sigstore bundle (referrers)",
        "  invalid: attestation https://p.test in a sigstore bundle (referrers): it is wrong",
        "  invalid: attestation of unknown type in a sigstore bundle (referrers): it is wrong",
        "  unreadable: signature in a cosign signature layer (.sig tag): not known",
        "  looked at referrers at a.test: found",
        "  looked at .sig tag at a.test: failed (unknown): no answer",
    ]


def test_a_verification_without_a_digest_says_so() -> None:
    found = Verification("x", None, (), (), (), (), ())
    assert terminal.verify(found) == "not required: x (digest not known)\n"


def test_validation_lists_every_error_or_says_valid() -> None:
    errors = [PolicyError("unknown key", path="assay.yml", line=3)]
    assert terminal.validate("assay.yml", errors) == "assay.yml:3: unknown key\nassay.yml: 1 error\n"
    assert terminal.validate("assay.yml", []) == "assay.yml: valid\n"


@settings(max_examples=80, deadline=None)
@given(st.text(max_size=60))
def test_at_201_no_control_character_reaches_the_terminal(text: str) -> None:
    found = dataclasses.replace(EMPTY, findings=(finding(Outcome.BLOCKED, text, text, remedy=text),), notices=(text,))
    written = terminal.check(found)
    assert (written.count("\n"), written.replace("\n", "").isprintable()) == (3 + bool(text), True)
