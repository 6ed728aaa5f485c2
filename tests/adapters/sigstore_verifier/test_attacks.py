"""Rows of the attack catalogue that concern verification; each name carries its row's id."""

from __future__ import annotations

import base64
import json
import pathlib
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from importlib.metadata import version
from typing import Any

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from app.adapters.sigstore_verifier import SigstoreVerifier
from app.core.attestation import Bundle, Form, Rejection, Word
from tests.adapters.sigstore_verifier.making import (
    ELSEWHERE,
    IDENTITY,
    IMAGE,
    KEY,
    KEYLESS,
    LATER,
    PROVENANCE,
    REFERENCE,
    ROOT,
    SIGNER,
    SIGSTORE,
    VERIFIER,
    Accepted,
    Json,
    attest,
    code,
    now,
    sign,
    verify,
)
from tests.fakes.sigstore import Details
from tests.fakes.sigstore.logs import b64

Change = Callable[[Any], Any]
Extensions = list[tuple[x509.ExtensionType, bool]]
Alter = Callable[[Extensions], Extensions]
SIG, ATT = Form.LEGACY_SIGNATURE, Form.LEGACY_ATTESTATION
STATEMENT = {
    "_type": "https://in-toto.io/Statement/v1",
    "subject": [{"name": REFERENCE, "digest": {"sha256": IMAGE.hex}}],
    "predicateType": PROVENANCE,
    "predicate": {},
}


def signed(payload: bytes, **details: str) -> str:
    """Return the code for a payload that is validly signed as it is."""
    return code(verify(SIGSTORE.attest_bytes(payload, IMAGE, SIGNER, details=Details(**details))))


def stated(**changes: object) -> str:
    """Return the code for a statement with changes, `None` meaning left out."""
    statement = {name: value for name, value in {**STATEMENT, **changes}.items() if value is not None}
    return signed(json.dumps(statement).encode())


def edited(bundle: Bundle, change: Change) -> str:
    """Return the code for a bundle whose JSON is changed."""
    read = json.loads(bundle.content)
    change(read)
    return code(verify(replace(bundle, content=json.dumps(read).encode())))


@pytest.mark.parametrize("payload", [b"not json", b"null", b"[]", b'"text"', b"1", b"", b"\xff", b"{"])
def test_at_004_a_signed_payload_that_is_no_statement_is_refused(payload: bytes) -> None:
    assert signed(payload) == "statement-malformed"


@pytest.mark.parametrize("missing", ["predicateType", "subject", "_type"])
def test_at_004_a_statement_that_lacks_a_part_is_refused(missing: str) -> None:
    assert stated(**{missing: None}) == "statement-malformed"


@pytest.mark.parametrize("predicate", [None, [], "text", 1, True])
def test_at_004_a_predicate_that_is_no_object_is_refused(predicate: object) -> None:
    assert stated(predicate=predicate) == "predicate-form"


def test_at_004_a_statement_of_another_version_is_unreadable() -> None:
    assert stated(_type="https://in-toto.io/Statement/v2") == "statement-type"


@pytest.mark.parametrize("rekor", [1, 2])
def test_at_005_a_genuine_log_entry_of_another_attestation_is_refused(rekor: int) -> None:
    other = json.loads(attest(predicate={"other": 1}, rekor=rekor, tsa=True).content)["verificationMaterial"]
    entry = other["tlogEntries"]
    result = edited(attest(rekor=rekor, tsa=True), lambda b: b["verificationMaterial"].update(tlogEntries=entry))
    assert result == "log-entry-mismatch"


def test_at_006_a_swapped_promise_has_its_own_reason() -> None:
    other = SIGSTORE.sign(IMAGE, "registry.example/other", SIGNER, form=SIG)
    mine = sign(form=SIG)
    swapped = {**mine.annotations, "dev.sigstore.cosign/bundle": other.annotations["dev.sigstore.cosign/bundle"]}
    assert code(verify(replace(mine, annotations=swapped))) == "log-entry-mismatch"


def test_at_006_a_broken_promise_has_its_own_reason() -> None:
    def change(read: Json) -> None:
        read["verificationMaterial"]["tlogEntries"][0]["inclusionPromise"]["signedEntryTimestamp"] = b64(b"no promise")

    assert edited(attest(), change) == "log-promise-invalid"


def test_at_006_a_broken_inclusion_proof_has_its_own_reason() -> None:
    def change(read: Json) -> None:
        read["verificationMaterial"]["tlogEntries"][0]["inclusionProof"]["hashes"].reverse()

    assert edited(attest(), change) == "log-inclusion-invalid"


def test_at_006_another_identity_is_reported_as_it_is() -> None:
    assert verify(attest(SIGSTORE.signer("mallory@evil.example"))).signer.identity == "mallory@evil.example"


def test_at_007_a_promise_of_another_signature_of_the_same_key_is_refused() -> None:
    first = SIGSTORE.sign(IMAGE, "registry.example/first", KEY, form=SIG)
    second = SIGSTORE.sign(IMAGE, "registry.example/second", KEY, form=SIG)
    copied = {**first.annotations, "dev.sigstore.cosign/bundle": second.annotations["dev.sigstore.cosign/bundle"]}
    assert code(verify(replace(first, annotations=copied), KEY.public())) == "log-entry-mismatch"


def test_at_010_an_integrated_time_without_promise_is_no_time() -> None:
    bundle = attest(details=Details(version="0.2", promise=False))
    assert code(verify(bundle)) == "no-verified-time"


def test_at_010_an_integrated_time_written_into_a_log_2_entry_is_no_time() -> None:
    def change(read: Json) -> None:
        material = read["verificationMaterial"]
        material["tlogEntries"][0]["integratedTime"] = str(int(SIGSTORE.now.timestamp()))
        material["timestampVerificationData"] = {}

    assert edited(attest(rekor=2), change) == "no-verified-time"


@pytest.mark.parametrize(
    "payload_type",
    [
        "application/vnd.in-toto+JSON",
        "application/vnd.in-toto+json ",
        "application/vnd.in-toto+json; charset=utf-8",
        "application/vnd.in-totš+json",
        "application/json",
        "",
    ],
)
def test_at_013_only_the_exact_payload_type_is_read(payload_type: str) -> None:
    assert signed(json.dumps(STATEMENT).encode(), payload_type=payload_type) == "payload-type"


@pytest.mark.parametrize(
    "digests",
    [
        {},
        {"sha1": IMAGE.hex[:40]},
        {"sha512": IMAGE.hex * 2},
        {"sha256": IMAGE.hex.upper()},
        {"SHA256": IMAGE.hex},
        {"gitCommit": IMAGE.hex},
        {"sha256": f"sha256:{IMAGE.hex}"},
        {"sha256": f" {IMAGE.hex}"},
        {"sha256": "0" * 64},
    ],
)
def test_at_014_only_the_exact_sha256_of_the_image_covers_it(digests: dict[str, str]) -> None:
    assert stated(subject=[{"name": REFERENCE, "digest": digests}]) == "subject-mismatch"


def test_at_014_a_statement_without_subjects_covers_nothing() -> None:
    assert stated(subject=[]) == "statement-malformed"


def test_at_014_one_fitting_subject_among_others_covers_the_image() -> None:
    others = [{"uri": "git+https://example.com/x"}, {"digest": {"sha1": "a" * 40}}]
    assert stated(subject=[*others, *STATEMENT["subject"]]) == "accepted"


def test_at_014_more_subjects_than_the_limit_are_refused() -> None:
    assert stated(subject=STATEMENT["subject"] * 1025) == "statement-malformed"


def test_at_014_as_many_subjects_as_the_limit_are_read() -> None:
    assert stated(subject=STATEMENT["subject"] * 1024) == "accepted"


def test_at_014_more_digests_than_the_limit_are_refused() -> None:
    digests = {f"algorithm{number}": "0" for number in range(32)} | {"sha256": IMAGE.hex}
    assert stated(subject=[{"digest": digests}]) == "statement-malformed"


def test_at_015_the_policy_object_that_checks_nothing_is_not_imported() -> None:
    folder = pathlib.Path(__file__).parents[3] / "app"
    assert [path for path in folder.rglob("*.py") if "UnsafeNoOp" in path.read_text()] == []


@pytest.mark.parametrize("issuer", ["https://accounts.other.example", "https://token.actions.githubusercontent.com/"])
def test_at_019_the_issuer_is_reported_exactly(issuer: str) -> None:
    assert verify(attest(SIGSTORE.signer(IDENTITY, issuer))).signer.issuer == issuer


def test_at_019_two_issuers_in_one_certificate_are_refused() -> None:
    def other_issuer(extensions: Extensions) -> Extensions:
        oid = x509.ObjectIdentifier("1.3.6.1.4.1.57264.1.1")
        forged = (x509.UnrecognizedExtension(oid, b"https://evil.example"), False)
        return [e for e in extensions if e[0].oid != oid] + [forged]

    assert code(verify(attest(details=Details(extensions=other_issuer)))) == "certificate-identity"


@pytest.mark.parametrize("part", ["ca", "ct", "rekor1", "rekor2", "tsa"])
def test_at_021_there_is_no_trust_after_the_end_of_a_window(part: str) -> None:
    root = SIGSTORE.trusted_root_json({part: (SIGSTORE.now - timedelta(days=9), SIGSTORE.now - timedelta(hours=1))})
    rekor = 2 if part == "rekor2" else 1
    result = SigstoreVerifier(root, now).verify(attest(rekor=rekor, tsa=True), (IMAGE,), ())
    expected = {"ca": "authority-expired", "ct": "sct-key-expired", "tsa": "timestamp-authority-expired"}
    assert code(result) == expected.get(part, "log-key-expired")


def test_at_021_a_certificate_without_sct_is_refused() -> None:
    assert code(verify(attest(details=Details(sct=False)))) == "sct-missing"


def test_at_022_a_key_is_not_trusted_after_its_end() -> None:
    ended = KEY.public(not_after=SIGSTORE.now - timedelta(days=1))
    assert code(verify(attest(KEY), ended)) == "key-not-in-force"


def test_at_022_a_key_is_not_trusted_before_its_start() -> None:
    begins = KEY.public(not_before=SIGSTORE.now + timedelta(days=1))
    assert code(verify(attest(KEY), begins)) == "key-not-in-force"


def test_at_022_a_key_with_an_end_needs_a_proved_time() -> None:
    ends = KEY.public(not_after=LATER)
    assert code(verify(attest(KEY, rekor=0), ends)) == "key-time-unknown"


def test_at_022_a_key_is_trusted_inside_its_window() -> None:
    inside = KEY.public(SIGSTORE.now, SIGSTORE.now)
    assert code(verify(attest(KEY), inside)) == "accepted"


def test_at_022_a_key_outside_its_window_is_an_untrusted_signer() -> None:
    ended = KEY.public(not_after=SIGSTORE.now - timedelta(days=1))
    assert verify(attest(KEY), ended).word is Word.UNTRUSTED_SIGNER


def with_stamps(*stamps: bytes) -> str:
    return edited(
        attest(),
        lambda read: read["verificationMaterial"].update(
            timestampVerificationData={"rfc3161Timestamps": [{"signedTimestamp": b64(stamp)} for stamp in stamps]}
        ),
    )


def signature_of(bundle: Bundle) -> bytes:
    return base64.b64decode(json.loads(bundle.content)["dsseEnvelope"]["signatures"][0]["sig"])


def test_at_026_a_stamp_with_one_flipped_signature_byte_is_refused() -> None:
    stamp = bytearray(SIGSTORE.timestamps.stamp(signature_of(attest()), SIGSTORE.now))
    stamp[-1] ^= 1
    assert with_stamps(bytes(stamp)) == "timestamp-invalid"


def test_at_026_the_timestamp_library_is_new_enough() -> None:
    assert tuple(int(part) for part in version("rfc3161-client").split(".")) >= (1, 0, 6)


def test_at_027_a_stamp_by_another_authority_with_its_own_certificate_is_refused() -> None:
    assert with_stamps(ELSEWHERE.timestamps.stamp(signature_of(attest()), SIGSTORE.now)) == "timestamp-invalid"


def test_at_028_more_than_32_stamps_are_refused() -> None:
    signature = signature_of(attest())
    stamps = [SIGSTORE.timestamps.stamp(signature, SIGSTORE.now + timedelta(seconds=n)) for n in range(33)]
    assert with_stamps(*stamps) == "too-many-timestamps"


def test_at_028_32_stamps_are_accepted() -> None:
    signature = signature_of(attest())
    stamps = [SIGSTORE.timestamps.stamp(signature, SIGSTORE.now + timedelta(seconds=n)) for n in range(32)]
    assert with_stamps(*stamps) == "accepted"


def test_at_028_the_same_stamp_twice_is_refused() -> None:
    stamp = SIGSTORE.timestamps.stamp(signature_of(attest()), SIGSTORE.now)
    assert with_stamps(stamp, stamp) == "duplicate-timestamp"


def test_at_028_a_refused_request_is_no_stamp() -> None:
    assert with_stamps(SIGSTORE.timestamps.stamp(signature_of(attest()), SIGSTORE.now, status=2)) == "timestamp-invalid"


def test_at_029_a_key_that_the_bundle_brings_is_no_root_of_trust() -> None:
    forged = ELSEWHERE.attest(REFERENCE, IMAGE, PROVENANCE, {}, ELSEWHERE.signer(IDENTITY))
    assert code(verify(forged)) == "log-unknown"


def test_at_034_a_subject_name_is_text_and_decides_nothing() -> None:
    assert stated(subject=[{"name": "../../etc/passwd", "digest": {"sha256": IMAGE.hex}}]) == "accepted"


@pytest.mark.parametrize("form", [Form.BUNDLE, ATT], ids=str)
def test_at_036_an_envelope_without_signature_is_refused_as_unsigned(form: Form) -> None:
    bundle = attest(form=form, rekor=0, tsa=True)
    read = json.loads(bundle.content)
    (read["dsseEnvelope"] if form is Form.BUNDLE else read)["signatures"] = []
    assert code(verify(replace(bundle, content=json.dumps(read).encode()))) == "unsigned"


@pytest.mark.parametrize("form", list(Form), ids=str)
def test_at_036_a_plain_predicate_is_no_signature(form: Form) -> None:
    bundle = replace(attest(), form=form, content=json.dumps(STATEMENT).encode(), annotations={})
    assert verify(bundle).word in {Word.INVALID, Word.UNREADABLE}


@pytest.mark.parametrize("form", [Form.BUNDLE, ATT], ids=str)
def test_at_037_two_signatures_in_one_envelope_are_refused(form: Form) -> None:
    bundle = attest(form=form)
    read = json.loads(bundle.content)
    envelope = read["dsseEnvelope"] if form is Form.BUNDLE else read
    envelope["signatures"] = [*envelope["signatures"], {"sig": "AAAA"}]
    assert code(verify(replace(bundle, content=json.dumps(read).encode()))) == "several-signatures"


def test_at_051_an_empty_certificate_chain_is_refused() -> None:
    def change(read: Json) -> None:
        read["verificationMaterial"]["x509CertificateChain"]["certificates"] = []

    assert edited(attest(details=Details(version="0.2")), change) == "no-certificate"


def without(*kinds: type[x509.ExtensionType]) -> Alter:
    return lambda extensions: [e for e in extensions if not isinstance(e[0], kinds)]


def named(*names: x509.GeneralName) -> Alter:
    """Replace the certificate's names."""
    return lambda e: [*without(x509.SubjectAlternativeName)(e), (x509.SubjectAlternativeName(names), True)]


def serving(extensions: Extensions) -> Extensions:
    """Make the certificate one for a web server."""
    server = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
    return [*without(x509.ExtendedKeyUsage)(extensions), (server, False)]


def ruling(extensions: Extensions) -> Extensions:
    """Make the certificate an authority."""
    return [*extensions, (x509.BasicConstraints(ca=True, path_length=None), True)]


WANTING = {
    "no name": (without(x509.SubjectAlternativeName), "certificate-identity"),
    "no issuer": (without(x509.UnrecognizedExtension), "certificate-identity"),
    "no usage": (without(x509.KeyUsage), "certificate-use"),
    "no purpose": (without(x509.ExtendedKeyUsage), "certificate-use"),
    "another purpose": (serving, "certificate-use"),
    "an authority": (ruling, "certificate-use"),
    "two names": (named(x509.RFC822Name("a@b.example"), x509.RFC822Name("c@d.example")), "certificate-identity"),
    "a host name": (named(x509.DNSName("a.example")), "certificate-identity"),
}


@pytest.mark.parametrize("wanting", WANTING)
def test_at_051_a_certificate_that_lacks_what_it_must_say_is_refused(wanting: str) -> None:
    extensions, expected = WANTING[wanting]
    assert code(verify(attest(details=Details(extensions=extensions)))) == expected


def test_at_053_duplicate_spellings_of_the_layer_are_not_re_encoded() -> None:
    bundle = attest(form=ATT)
    spaced = replace(bundle, content=json.dumps(json.loads(bundle.content), indent=2).encode())
    assert code(verify(spaced)) == "log-entry-mismatch"


def test_at_054_a_duplicate_key_in_a_signed_statement_is_refused() -> None:
    payload = json.dumps(STATEMENT).replace("{", '{"predicateType": "other", ', 1).encode()
    assert signed(payload) == "statement-malformed"


def test_at_054_a_duplicate_key_in_a_bundle_is_refused() -> None:
    bundle = attest()
    doubled = bundle.content.replace(b"{", b'{"mediaType": "x", ', 1)
    assert code(verify(replace(bundle, content=doubled))) == "malformed"


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_at_054_a_number_that_json_does_not_know_is_refused(number: str) -> None:
    payload = json.dumps(STATEMENT).replace('"predicate": {}', f'"predicate": {{"score": {number}}}').encode()
    assert signed(payload) == "statement-malformed"


def test_at_054_a_lone_surrogate_is_refused() -> None:
    payload = json.dumps(STATEMENT).replace('"predicate": {}', '"predicate": {"name": "\\ud800"}').encode()
    assert signed(payload) == "statement-malformed"


@pytest.mark.parametrize("depth", [101, 5_000, 100_000])
def test_at_054_deep_nesting_is_refused(depth: int) -> None:
    payload = json.dumps(STATEMENT).replace('"predicate": {}', f'"predicate": {"[" * depth}{"]" * depth}').encode()
    assert signed(payload) == "statement-malformed"


def test_at_054_millions_of_empty_lists_are_not_even_read() -> None:
    assert signed(b"[" + b"[]," * 600_000 + b"[]]") == "too-large"


@pytest.mark.parametrize("minutes", [-2, 11])
def test_at_059_a_time_outside_the_certificate_is_refused(minutes: int) -> None:
    outside = Details(certified=SIGSTORE.now - timedelta(minutes=minutes))
    assert code(verify(attest(details=outside))) == "certificate-expired"


def test_at_059_one_of_two_times_outside_the_certificate_is_refused() -> None:
    late = Details(stamped=SIGSTORE.now + timedelta(hours=1))
    assert code(verify(attest(tsa=True, details=late))) == "certificate-expired"


def test_at_059_a_signature_of_tomorrow_is_refused() -> None:
    verifier = SigstoreVerifier(ROOT, lambda: SIGSTORE.now - timedelta(days=1))
    assert code(verifier.verify(attest(), (IMAGE,), ())) == "time-in-future"


def with_checkpoint(change: Change) -> str:
    def changed(read: Json) -> None:
        checkpoint = read["verificationMaterial"]["tlogEntries"][0]["inclusionProof"]["checkpoint"]
        checkpoint["envelope"] = change(checkpoint["envelope"])

    return edited(attest(rekor=2), changed)


CHECKPOINTS = {
    "empty": (lambda note: "", "log-checkpoint-missing"),
    "no note": (lambda note: "text", "log-checkpoint-malformed"),
    "no end of line": (lambda note: note.rstrip("\n"), "log-checkpoint-malformed"),
    "size in words": (lambda note: note.replace("\n7\n", "\nseven\n"), "log-checkpoint-malformed"),
    "another size": (lambda note: note.replace("\n7\n", "\n8\n"), "log-checkpoint-mismatch"),
    "another dash": (lambda note: note.replace("— ", "- "), "log-checkpoint-malformed"),
    "a line that is not base64": (lambda note: f"{note}— witness.example ###\n", "log-checkpoint-malformed"),
    "a line without a name": (lambda note: f"{note}— AAAAAAAAAA==\n", "log-checkpoint-malformed"),
    "a line that is too short": (lambda note: f"{note}— witness.example AAAA\n", "log-checkpoint-malformed"),
    "another origin": (lambda note: note.replace("log2026", "log2025"), "log-checkpoint-invalid"),
    "a witness beside": (lambda note: f"{note}— witness.example AAAAAAAAAA==\n", "accepted"),
}


@pytest.mark.parametrize("checkpoint", CHECKPOINTS)
def test_at_060_a_checkpoint_must_be_the_logs_own(checkpoint: str) -> None:
    change, expected = CHECKPOINTS[checkpoint]
    assert with_checkpoint(change) == expected


@pytest.mark.parametrize("form", [SIG, ATT], ids=str)
def test_at_061_a_legacy_layer_by_its_certificate_alone_is_refused(form: Form) -> None:
    bundle = sign(form=SIG, rekor=0) if form is SIG else attest(form=ATT, rekor=0)
    assert code(verify(bundle)) == "no-verified-time"


def test_at_061_a_bundle_newer_than_0_1_needs_more_than_a_promise() -> None:
    assert code(verify(attest(details=Details(proof=False)))) == "log-proof-missing"


@pytest.mark.parametrize("form", KEYLESS, ids=lambda form: form.name)
def test_at_062_a_bundle_of_another_instance_is_refused(form: Accepted) -> None:
    verifier = SigstoreVerifier(ELSEWHERE.trusted_root_json(), now)
    assert isinstance(verifier.verify(form.make(), (IMAGE,), ()), Rejection)


def test_at_062_a_certificate_of_another_instance_in_this_log_is_refused() -> None:
    mixed = json.loads(ELSEWHERE.trusted_root_json())
    mixed["certificateAuthorities"] = json.loads(ROOT)["certificateAuthorities"]
    foreign = ELSEWHERE.attest(REFERENCE, IMAGE, PROVENANCE, {}, ELSEWHERE.signer(IDENTITY))
    verifier = SigstoreVerifier(json.dumps(mixed).encode(), now)
    assert code(verifier.verify(foreign, (IMAGE,), ())) == "authority-unknown"


def test_at_050_no_sentence_holds_what_a_stranger_wrote() -> None:
    result = verify(SIGSTORE.attest_bytes(b'{"_type": "secret-marker"}', IMAGE, SIGNER))
    assert "secret-marker" not in result.sentence


def test_a_rejection_says_what_the_certificate_claims() -> None:
    assert verify(attest(details=Details(sct=False))).signer.identity == IDENTITY


def test_a_rejected_key_is_named_by_its_fingerprint() -> None:
    assert len(verify(attest(KEY)).signer.key) == 64


def test_a_sound_signature_by_an_unnamed_key_is_an_untrusted_signer() -> None:
    assert [verify(attest(KEY, rekor=rekor)).word for rekor in (0, 1)] == [Word.UNTRUSTED_SIGNER] * 2


def test_a_broken_signature_that_is_logged_is_invalid_even_when_its_key_is_unnamed() -> None:
    def change(read: Json) -> None:
        read["dsseEnvelope"]["payload"] = b64(json.dumps({**STATEMENT, "predicate": {"a": 1}}).encode())

    assert edited(attest(KEY), change) == "signature-invalid"


def test_a_second_key_of_the_policy_verifies_too() -> None:
    assert code(verify(attest(KEY), SIGSTORE.key("first").public(), KEY.public())) == "accepted"


def test_a_key_that_cannot_be_read_verifies_nothing() -> None:
    assert code(verify(attest(KEY), replace(KEY.public(), pem=b"no key"))) == "unknown-key"


def test_a_key_entry_without_any_time_is_refused() -> None:
    bundle = attest(KEY, rekor=2, tsa=False)
    assert code(verify(bundle, KEY.public())) == "no-verified-time"


def test_a_bundle_that_signs_a_file_is_no_statement_about_an_image() -> None:
    bundle = replace(attest(), content=SIGSTORE.sign_artifact(b"file", SIGNER))
    assert code(VERIFIER.verify(bundle, (IMAGE,), ())) == "message-signature"


def test_at_023_two_entries_of_one_log_are_no_two_witnesses() -> None:
    def change(read: Json) -> None:
        read["verificationMaterial"]["tlogEntries"] *= 2

    assert edited(attest(), change) == "several-log-entries"


def test_at_105_a_bundle_over_the_limit_is_unreadable() -> None:
    bundle = replace(attest(), content=b" " * (8 * 1024 * 1024 + 1))
    assert code(verify(bundle)) == "too-large"


def test_the_time_of_signing_is_utc() -> None:
    assert verify(attest()).verified_at == datetime.fromisoformat("2026-06-01T12:00:00+00:00")
