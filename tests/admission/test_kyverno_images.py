"""`verifyImages` of Kyverno: which images need signatures and attestations, and whose."""

from __future__ import annotations

import pytest

from app.core.policy_edit import Effect
from tests.admission.edits import CANNOT_TELL, NEUTRAL, STRONGER, WEAKER, Object, edits, effect, with_
from tests.admission.test_kyverno_policies import PODS, POLICY


def pem(text: str) -> str:
    return f"-----BEGIN PUBLIC KEY-----\n{text}\n-----END PUBLIC KEY-----\n"


A, B, C = ({"keys": {"publicKeys": pem(one)}} for one in "abc")
ME = {"keyless": {"subject": "https://github.com/acme/*", "issuer": "https://issuer"}}
ENTRY: Object = {
    "imageReferences": ["ghcr.io/acme/*"],
    "attestors": [{"entries": [A]}],
    "attestations": [{"type": "https://slsa.dev/provenance/v1", "attestors": [{"entries": [A]}]}],
}
RULE: Object = {"name": "r", "match": PODS, "verifyImages": [ENTRY]}
SIGNED = with_(POLICY, "spec.rules", [RULE])


def image(path: str, before: object, after: object) -> Effect:
    sides = [with_(SIGNED, f"spec.rules.0.verifyImages.0.{path}", side) for side in (before, after)]
    return effect(*sides)


FIELDS = [
    ("imageReferences", ["ghcr.io/acme/*"], ["ghcr.io/acme*"], STRONGER),
    ("imageReferences", ["a/*", "b/*"], ["a/*"], WEAKER),
    ("skipImageReferences", None, ["ghcr.io/acme/x*"], WEAKER),
    ("required", None, False, WEAKER),
    ("verifyDigest", None, False, WEAKER),
    ("mutateDigest", None, False, WEAKER),
    ("mutateDigest", None, True, NEUTRAL),
    ("useCache", None, False, NEUTRAL),
    ("type", "Cosign", "SigstoreBundle", CANNOT_TELL),
    ("repository", None, "ghcr.io/sigs", CANNOT_TELL),
    ("cosignOCI11", None, True, CANNOT_TELL),
    ("annotations", {"a": "b"}, None, WEAKER),
    ("annotations", {"a": "b"}, {"a": "*"}, WEAKER),
    ("annotations", {"a": "b"}, {"a": "b", "c": "d"}, STRONGER),
    ("validate", None, {"deny": {}}, CANNOT_TELL),
    ("validate", {"message": "a"}, {"message": "b"}, NEUTRAL),
    ("imageRegistryCredentials", None, {"allowInsecureRegistry": True}, WEAKER),
    ("imageRegistryCredentials", None, {"secrets": ["a"]}, NEUTRAL),
    ("name", "a", "b", NEUTRAL),
    ("invented", None, 1, CANNOT_TELL),
    ("attestors", [{"entries": [A]}], None, WEAKER),
    ("attestors", None, [{"entries": [A]}], STRONGER),
    ("attestors", [{"entries": [A]}], [{"entries": [A]}, {"entries": [B]}], STRONGER),
    ("attestors", [{"entries": [A]}, {"entries": [B]}], [{"entries": [B]}], WEAKER),
    ("attestors", [{"entries": [A]}], "x", WEAKER),
    ("attestors", "x", "y", CANNOT_TELL),
    ("attestors", [{"entries": [A, B]}], [{"entries": [B, A]}], NEUTRAL),
    ("attestors", [{"entries": [A, B]}], [{"entries": [A, C]}], WEAKER),
    ("attestors", [{"entries": [A]}], [{"entries": [A, B]}], STRONGER),
    ("attestors", [{"entries": [A, B]}], [{"entries": [A]}], WEAKER),
    ("attestors", [{"count": 1, "entries": [A]}], [{"count": 1, "entries": [A, B]}], WEAKER),
    ("attestors", [{"count": 1, "entries": [A, B]}], [{"count": 1, "entries": [A]}], STRONGER),
    ("attestors", [{"entries": [A, B]}], [{"count": 1, "entries": [A, B]}], WEAKER),
    # One entry gets narrower while one of two is enough now.
    (
        "attestors",
        [{"entries": [ME, B]}],
        [{"count": 1, "entries": [with_(ME, "keyless.subject", "https://github.com/acme/a"), B]}],
        WEAKER,
    ),
    ("attestors", [{"count": 2, "entries": [A, B]}], [{"entries": [A, B]}], NEUTRAL),
    ("attestors", [{"count": 0, "entries": [A, B]}], [{"entries": [A, B]}], NEUTRAL),
    ("attestors", [{"count": 1, "entries": [A, B]}], [{"count": 2, "entries": [A, B, C]}], STRONGER),
    ("attestors", [{"entries": [A, B]}], [{"count": 2, "entries": [A, B, C]}], WEAKER),
    ("attestors", [{"count": True, "entries": [A, B]}], [{"count": 2, "entries": [A, B]}], CANNOT_TELL),
    ("attestors", [{"count": "x", "entries": [A]}], [{"count": 1, "entries": [A, B]}], CANNOT_TELL),
    ("attestors", [{"entries": [A]}], [{"entries": [A], "invented": 1}], CANNOT_TELL),
    ("attestors", [{"entries": [A]}], [{"entries": [B]}], WEAKER),
    (
        "attestors",
        [{"count": 1, "entries": [{"keys": {"publicKeys": pem("a")}}]}],
        [{"count": 1, "entries": [{"keys": {"publicKeys": pem("a") + pem("b")}}]}],
        WEAKER,
    ),
    (
        "attestors",
        [{"entries": [{"keys": {"publicKeys": pem("a")}}]}],
        [{"entries": [{"keys": {"publicKeys": pem("a") + pem("b")}}]}],
        STRONGER,
    ),
    (
        "attestors",
        [{"count": 1, "entries": [A]}],
        [{"count": 1, "entries": [{"keys": {"kms": str(one)}} for one in range(20)]}],
        CANNOT_TELL,
    ),
    ("attestations", [ENTRY["attestations"][0]], None, WEAKER),
    ("attestations", None, [ENTRY["attestations"][0]], STRONGER),
]


@pytest.mark.parametrize(("path", "before", "after", "wanted"), FIELDS)
def test_an_entry_of_verify_images(path: str, before: object, after: object, wanted: Effect) -> None:
    assert image(path, before, after) is wanted


@pytest.mark.parametrize(
    ("entries", "wanted"),
    [
        ([ENTRY, ENTRY], STRONGER),
        ([], WEAKER),
        (["x"], CANNOT_TELL),
        ([{**ENTRY, "imageReferences": ["x/*"]}, ENTRY], STRONGER),
        ([{**ENTRY, "failureAction": "Audit"}], WEAKER),
        ([{**ENTRY, "failureAction": "Enforce"}], NEUTRAL),
    ],
)
def test_entries_that_come_and_go(entries: list[object], wanted: Effect) -> None:
    assert effect(SIGNED, with_(SIGNED, "spec.rules.0.verifyImages", entries)) is wanted


def test_any_entry_that_enforces_makes_the_rule_enforce() -> None:
    audits = with_(SIGNED, "spec.rules.0.verifyImages", [{**ENTRY, "failureAction": "Audit"}, ENTRY])
    enforces = with_(audits, "spec.rules.0.verifyImages.1.failureAction", "Enforce")
    assert effect(enforces, audits) is WEAKER


def entry(path: str, before: object, after: object) -> Effect:
    known = with_(SIGNED, "spec.rules.0.verifyImages.0.attestors.0.entries.0", ME)
    sides = [
        with_(known, f"spec.rules.0.verifyImages.0.attestors.0.entries.0.{path}", side) for side in (before, after)
    ]
    return effect(*sides)


@pytest.mark.parametrize(
    ("path", "before", "after", "wanted"),
    [
        ("keyless.subject", "https://github.com/acme/a", "https://github.com/acme/*", WEAKER),
        ("keyless.subject", "https://github.com/acme/*", "https://github.com/acme/a", STRONGER),
        ("keyless.subject", "a", None, WEAKER),
        ("keyless.issuer", "a", "b", WEAKER),
        ("keyless.issuer", "a", None, WEAKER),
        ("keyless.issuerRegExp", None, "^https://a$", STRONGER),
        ("keyless.issuerRegExp", "^https://a$", "https://a", WEAKER),
        ("keyless", {"subjectRegExp": "^a$"}, {"subjectRegExp": "^a"}, WEAKER),
        ("keyless", {"subjectRegExp": "^a$"}, {"subjectRegExp": r"\bc"}, CANNOT_TELL),
        ("keyless", {"subjectRegExp": "^a$"}, {"issuer": "x", "subject": "a"}, CANNOT_TELL),
        ("keyless", {"issuer": "x"}, {"issuer": "x", "subjectRegExp": "^a$"}, STRONGER),
        (
            "keyless",
            {"issuer": "x", "subject": "a"},
            {"issuer": "x", "subject": "a", "subjectRegExp": "b"},
            CANNOT_TELL,
        ),
        ("keyless.roots", pem("a"), pem("a") + pem("b"), WEAKER),
        ("keyless.roots", pem("a") + pem("b"), pem("b"), STRONGER),
        ("keyless.roots", pem("a"), pem("b"), WEAKER),
        ("keyless.roots", None, pem("b"), CANNOT_TELL),
        ("keyless.roots", pem("a"), None, WEAKER),
        ("keyless.additionalExtensions", {"a": "b"}, {"a": "*"}, WEAKER),
        ("keyless.rekor", None, {"ignoreTlog": True}, WEAKER),
        ("keyless.rekor", {"url": "a"}, {"url": "b"}, WEAKER),
        ("keyless.rekor", None, {"pubkey": "b"}, CANNOT_TELL),
        ("keyless.ctlog", {"ignoreSCT": True}, None, STRONGER),
        ("keyless.ctlog", {"pubkey": "a"}, {"pubkey": "b"}, WEAKER),
        ("keyless.ctlog", {"tsaCertChain": "a"}, {"tsaCertChain": "b"}, WEAKER),
        ("keyless.invented", None, 1, CANNOT_TELL),
        ("annotations", None, {"a": "b"}, STRONGER),
        ("repository", None, "ghcr.io/x", CANNOT_TELL),
        ("attestor", None, {"entries": []}, CANNOT_TELL),
        ("name", None, "a", NEUTRAL),
        ("invented", None, 1, CANNOT_TELL),
        ("keys", None, {"publicKeys": "k8s://a/b"}, WEAKER),
    ],
)
def test_an_attestor(path: str, before: object, after: object, wanted: Effect) -> None:
    assert entry(path, before, after) is wanted


@pytest.mark.parametrize(
    ("before", "after", "wanted"),
    [
        ({"keys": {"kms": "a"}}, {"keys": {"kms": "b"}}, WEAKER),
        ({"keys": {"secret": {"name": "a"}}}, {"keys": {"secret": {"name": "b"}}}, WEAKER),
        ({"keys": {"kms": "a"}}, {"keys": {"kms": "a", "signatureAlgorithm": "sha512"}}, CANNOT_TELL),
        ({"keys": {"kms": "a"}}, {"keys": {"kms": "a", "rekor": {"ignoreTlog": True}}}, WEAKER),
        ({"certificates": {"cert": "a"}}, {"certificates": {"cert": "b"}}, WEAKER),
        ({"certificates": {"certChain": pem("a")}}, {"certificates": {"certChain": pem("a") + pem("b")}}, WEAKER),
        ({"keys": {"kms": "a"}}, {"certificates": {"cert": "b"}}, WEAKER),
        ("x", {"keys": {"kms": "a"}}, WEAKER),
    ],
)
def test_keys_and_certificates(before: object, after: object, wanted: Effect) -> None:
    assert image("attestors", [{"entries": [before]}], [{"entries": [after]}]) is wanted


ATTESTATION = ENTRY["attestations"][0]
HOLDS = {"all": [{"key": "{{ builder.id }}", "operator": "Equals", "value": "a"}]}


@pytest.mark.parametrize(
    ("before", "after", "wanted"),
    [
        (ATTESTATION, {**ATTESTATION, "attestors": None}, WEAKER),
        ({**ATTESTATION, "attestors": None}, ATTESTATION, STRONGER),
        (ATTESTATION, {**ATTESTATION, "attestors": [{"entries": [B]}]}, WEAKER),
        (ATTESTATION, {**ATTESTATION, "conditions": [HOLDS]}, STRONGER),
        ({**ATTESTATION, "conditions": [HOLDS]}, ATTESTATION, WEAKER),
        (ATTESTATION, {**ATTESTATION, "type": "other"}, WEAKER),
        ({"predicateType": "a"}, {"predicateType": "b"}, WEAKER),
        (ATTESTATION, {**ATTESTATION, "name": "a"}, CANNOT_TELL),
        (ATTESTATION, {**ATTESTATION, "invented": 1}, CANNOT_TELL),
    ],
)
def test_an_attestation(before: Object, after: Object, wanted: Effect) -> None:
    assert image("attestations", [before], [after]) is wanted


OLD = {"image": "ghcr.io/acme/*", "key": pem("a")}
NEW = {"imageReferences": ["ghcr.io/acme/*"], "attestors": [{"entries": [A]}]}


@pytest.mark.parametrize(
    ("before", "after", "wanted"),
    [
        (OLD, NEW, NEUTRAL),
        (OLD, {**OLD, "key": pem("b")}, WEAKER),
        ({"image": "a", "subject": "s", "issuer": "i"}, {"image": "a", "subject": "*", "issuer": "i"}, WEAKER),
        ({"image": "a", "annotations": {"a": "b"}, "key": "k"}, {"image": "a", "key": "k"}, WEAKER),
        ({"image": "a"}, {"imageReferences": ["a"]}, NEUTRAL),
        ({**OLD, "attestations": [ATTESTATION]}, NEW, CANNOT_TELL),
        ({**OLD, "attestors": []}, NEW, CANNOT_TELL),
        ({"key": "k", "imageReferences": ["a"]}, {"key": "k", "imageReferences": ["a", "b"]}, STRONGER),
    ],
)
def test_the_old_form_is_compared_as_the_new_one(before: object, after: object, wanted: Effect) -> None:
    sides = [with_(SIGNED, "spec.rules.0.verifyImages", [side]) for side in (before, after)]
    assert effect(*sides) is wanted


def test_a_widened_identity_has_an_example() -> None:
    known = with_(SIGNED, "spec.rules.0.verifyImages.0.attestors.0.entries.0", {"keyless": {"subject": "https://a/x"}})
    (found,) = edits(
        known, with_(known, "spec.rules.0.verifyImages.0.attestors.0.entries.0.keyless.subject", "https://a/*")
    )
    assert (found.sentence, found.witness) == ("more identities are accepted", "https://a/")
