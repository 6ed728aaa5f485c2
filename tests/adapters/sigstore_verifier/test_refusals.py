"""The steps that no tampering of a whole form reaches: material that is validly logged and signed, and still wrong."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from app.adapters.sigstore_verifier import SigstoreVerifier
from app.core.attestation import Bundle, Form, PublicKey
from tests.adapters.sigstore_verifier.making import (
    ELSEWHERE,
    IDENTITY,
    IMAGE,
    KEY,
    SIGNER,
    SIGSTORE,
    Json,
    attest,
    code,
    now,
    sign,
    verify,
)
from tests.fakes.sigstore import Details
from tests.fakes.sigstore.logs import b64
from tests.fakes.sigstore.material import spki

SIG, ATT = Form.LEGACY_SIGNATURE, Form.LEGACY_ATTESTATION
BUNDLE = "dev.sigstore.cosign/bundle"
SIGNATURE_ANNOTATION = "dev.cosignproject.cosign/signature"
FULCIO = "1.3.6.1.4.1.57264.1."


def body_of(layer: Bundle) -> Json:
    """Return the log entry's body of a layer."""
    return json.loads(base64.b64decode(json.loads(layer.annotations[BUNDLE])["Payload"]["body"]))


def logged(layer: Bundle, body: object) -> str:
    """Return the code for a layer whose log entry has this body, validly promised by the log."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    promise = json.dumps(SIGSTORE.rekor1.promise(raw, SIGSTORE.now, 7))
    return code(verify(replace(layer, annotations={**layer.annotations, BUNDLE: promise}), KEY.public()))


def changed(layer: Bundle, *path: str | int, to: object) -> str:
    """Return the code for a layer whose logged body has one value changed."""
    body = body_of(layer)
    place: Any = body
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = to
    return logged(layer, body)


def edited(bundle: Bundle, change: Callable[[Json], object], *keys: PublicKey) -> str:
    """Return the code for a bundle whose JSON is changed."""
    read = json.loads(bundle.content)
    change(read)
    return code(verify(replace(bundle, content=json.dumps(read).encode()), *keys))


def under(change: Callable[[Json], object], bundle: Bundle) -> str:
    """Return the code under a trusted root that is changed."""
    root = SIGSTORE.trusted_root()
    change(root)
    return code(SigstoreVerifier(json.dumps(root).encode(), now).verify(bundle, (IMAGE,), ()))


@pytest.mark.parametrize(
    "body", [b"", b"null", b"[]", b"{}", b'{"kind": 1}', b'{"kind": "dsse", "apiVersion": "0.0.1"}']
)
def test_at_005_a_logged_body_that_is_no_entry_is_refused(body: bytes) -> None:
    assert logged(sign(form=SIG), body) == "log-entry-malformed"


@pytest.mark.parametrize("kind", ["rekord", "hashedrekord", "helm"])
def test_at_005_a_logged_entry_of_an_unknown_kind_is_unreadable(kind: str) -> None:
    body = {**body_of(sign(form=SIG)), "kind": kind, "apiVersion": "0.0.9"}
    assert logged(sign(form=SIG), body) == "log-entry-kind"


def test_at_005_an_unnamed_key_in_an_entry_of_an_unknown_kind_is_unreadable() -> None:
    layer = sign(SIGSTORE.key("stranger"), form=SIG)
    assert logged(layer, {**body_of(layer), "kind": "helm"}) == "log-entry-kind"


def test_at_005_an_entry_is_of_the_kind_that_the_bundle_says() -> None:
    def change(read: Json) -> None:
        entry = read["verificationMaterial"]["tlogEntries"][0]
        entry["kindVersion"] = {"kind": "intoto", "version": "0.0.2"}

    assert edited(attest(), change) == "log-entry-mismatch"


@pytest.mark.parametrize("year", [1970, 3500])
def test_at_010_a_promised_time_that_is_none_is_refused(year: int) -> None:
    layer = sign(form=SIG)
    raw = base64.b64decode(json.loads(layer.annotations[BUNDLE])["Payload"]["body"])
    promise = json.dumps(SIGSTORE.rekor1.promise(raw, datetime(year, 1, 1, tzinfo=UTC), 7))
    assert code(verify(replace(layer, annotations={**layer.annotations, BUNDLE: promise}))) == "log-promise-invalid"


def _logged_by_ed25519(algorithm: str) -> str:
    """Return the code for a layer of an Ed25519 key, whose signature is another and whose entry is of this digest."""
    key = SIGSTORE.key("ed25519", "ed25519")
    layer = sign(key, form=SIG)
    body = body_of(layer)
    body["spec"]["data"]["hash"] = {"algorithm": algorithm, "value": hashlib.new(algorithm, layer.content).hexdigest()}
    body["spec"]["signature"]["content"] = b64(bytes(64))
    changed_layer = replace(layer, annotations={**layer.annotations, SIGNATURE_ANNOTATION: b64(bytes(64))})
    return logged(changed_layer, body)


def test_ed25519_over_a_digest_alone_is_unread_and_not_called_wrong() -> None:
    assert _logged_by_ed25519("sha512") == "key-unsupported"


def test_ed25519_that_does_not_fit_is_wrong() -> None:
    assert _logged_by_ed25519("sha256") == "signature-invalid"


@pytest.mark.parametrize("index", [2**53, 2**63 - 1])
def test_a_log_index_that_canonical_json_cannot_hold_is_refused(index: int) -> None:
    def change(read: Json) -> None:
        read["verificationMaterial"]["tlogEntries"][0]["logIndex"] = str(index)

    assert edited(attest(), change) == "log-promise-invalid"


DSSE = attest(form=ATT)
INTOTO = attest(form=ATT, details=Details(entry="intoto"))
OLD_INTOTO = attest(form=ATT, details=Details(entry="intoto-0.0.1"))
HASHED = sign(form=SIG)
OTHER_PEM = b64(SIGSTORE.key("other").pem)
ZERO = "0" * 64
FORGED: dict[str, tuple[Bundle, tuple[str | int, ...], object]] = {
    "hashedrekord, hash": (HASHED, ("spec", "data", "hash", "value"), ZERO),
    "hashedrekord, signature": (HASHED, ("spec", "signature", "content"), b64(b"other")),
    "hashedrekord, certificate": (HASHED, ("spec", "signature", "publicKey", "content"), OTHER_PEM),
    "dsse, payload": (DSSE, ("spec", "payloadHash", "value"), ZERO),
    "dsse, envelope": (DSSE, ("spec", "envelopeHash", "value"), ZERO),
    "dsse, signature": (DSSE, ("spec", "signatures", 0, "signature"), b64(b"other")),
    "dsse, certificate": (DSSE, ("spec", "signatures", 0, "verifier"), OTHER_PEM),
    "intoto, payload": (INTOTO, ("spec", "content", "payloadHash", "value"), ZERO),
    "intoto, type": (INTOTO, ("spec", "content", "envelope", "payloadType"), "text/plain"),
    "intoto, signature": (INTOTO, ("spec", "content", "envelope", "signatures", 0, "sig"), b64(b64(b"other").encode())),
    "intoto, certificate": (INTOTO, ("spec", "content", "envelope", "signatures", 0, "publicKey"), OTHER_PEM),
    "old intoto, envelope": (OLD_INTOTO, ("spec", "content", "hash", "value"), ZERO),
    "old intoto, payload": (OLD_INTOTO, ("spec", "content", "payloadHash", "value"), ZERO),
    "old intoto, certificate": (OLD_INTOTO, ("spec", "publicKey"), OTHER_PEM),
}


@pytest.mark.parametrize("name", FORGED)
def test_at_005_an_entry_that_differs_in_one_place_is_of_another_signature(name: str) -> None:
    layer, path, value = FORGED[name]
    assert changed(layer, *path, to=value) == "log-entry-mismatch"


MALFORMED: dict[str, tuple[Bundle, tuple[str | int, ...], object]] = {
    "no hash algorithm known": (HASHED, ("spec", "data", "hash", "algorithm"), "md5"),
    "no signature": (DSSE, ("spec", "signatures"), []),
    "two signatures": (DSSE, ("spec", "signatures"), [{}, {}]),
    "signature not base64 twice": (INTOTO, ("spec", "content", "envelope", "signatures", 0, "sig"), b64(b"\xff")),
    "no spec": (HASHED, ("spec",), None),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_at_005_an_entry_that_is_not_well_formed_is_refused(name: str) -> None:
    layer, path, value = MALFORMED[name]
    assert changed(layer, *path, to=value) == "log-entry-malformed"


def test_an_old_intoto_entry_without_payload_hash_is_bound_by_the_envelope() -> None:
    body = body_of(OLD_INTOTO)
    del body["spec"]["content"]["payloadHash"]
    assert logged(OLD_INTOTO, body) == "accepted"


def test_an_old_intoto_entry_cannot_vouch_for_a_bundle() -> None:
    assert code(verify(attest(details=Details(entry="intoto-0.0.1")))) == "log-entry-kind"


def test_an_envelope_is_not_vouched_for_as_a_hash_in_log_1() -> None:
    layer = attest(form=ATT)
    assert logged(layer, body_of(HASHED)) == "log-entry-mismatch"


def test_a_simple_signature_is_not_vouched_for_as_an_envelope() -> None:
    assert logged(HASHED, body_of(DSSE)) == "log-entry-mismatch"


def test_an_entry_that_names_a_certificate_does_not_vouch_for_a_bare_key() -> None:
    layer = attest(SIGSTORE.key("stranger"), form=ATT)
    assert logged(layer, body_of(DSSE)) == "signature-invalid"


V2_FORGED: dict[str, tuple[tuple[str, ...], object, str]] = {
    "algorithm": (("data", "algorithm"), "SHA1", "log-entry-malformed"),
    "digest": (("data", "digest"), b64(bytes(32)), "log-entry-mismatch"),
    "signature": (("signature", "content"), b64(b"other"), "log-entry-mismatch"),
    "certificate": (
        ("signature", "verifier", "x509Certificate", "rawBytes"),
        b64(SIGSTORE.root.certificate.public_bytes(serialization.Encoding.DER)),
        "log-entry-mismatch",
    ),
    "a key beside": (("signature", "verifier", "publicKey"), {"rawBytes": ""}, "log-entry-mismatch"),
}


@pytest.mark.parametrize("name", V2_FORGED)
def test_at_005_a_log_2_entry_that_differs_in_one_place_is_refused(name: str) -> None:
    path, value, expected = V2_FORGED[name]

    def change(read: Json) -> None:
        entry = read["verificationMaterial"]["tlogEntries"][0]
        body = json.loads(base64.b64decode(entry["canonicalizedBody"]))
        place = body["spec"]["hashedRekordV002"]
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = value
        entry.update(SIGSTORE.rekor2.entry(json.dumps(body).encode(), ("hashedrekord", "0.0.2")))

    assert edited(attest(rekor=2), change) == expected


@pytest.mark.parametrize("raw", [b"no key", spki(SIGSTORE.rekor1.key.public_key())])
def test_at_005_a_log_2_entry_of_another_key_is_refused(raw: bytes) -> None:
    def change(read: Json) -> None:
        entry = read["verificationMaterial"]["tlogEntries"][0]
        body = json.loads(base64.b64decode(entry["canonicalizedBody"]))
        body["spec"]["hashedRekordV002"]["signature"]["verifier"]["publicKey"]["rawBytes"] = b64(raw)
        entry.update(SIGSTORE.rekor2.entry(json.dumps(body).encode(), ("hashedrekord", "0.0.2")))

    assert edited(attest(KEY, rekor=2), change, KEY.public()) == "log-entry-mismatch"


def test_an_unnamed_key_in_log_2_is_an_untrusted_signer() -> None:
    assert code(verify(attest(KEY, rekor=2))) == "unknown-key"


def test_a_log_2_entry_that_names_a_certificate_does_not_vouch_for_a_bare_key() -> None:
    material = json.loads(attest(rekor=2).content)["verificationMaterial"]

    def change(read: Json) -> None:
        read["verificationMaterial"]["tlogEntries"] = material["tlogEntries"]

    assert edited(attest(KEY, rekor=2), change) == "signature-invalid"


def test_a_certificate_log_that_did_not_sign_is_not_believed() -> None:
    def change(root: Json) -> None:
        root["ctlogs"][0]["publicKey"]["rawBytes"] = b64(spki(ELSEWHERE.ct.key.public_key()))

    assert under(change, attest()) == "sct-invalid"


def test_a_certificate_log_that_the_root_does_not_name_is_not_believed() -> None:
    def change(root: Json) -> None:
        root["ctlogs"] = ELSEWHERE.trusted_root()["ctlogs"]

    assert under(change, attest()) == "sct-log-unknown"


def test_a_root_without_certificate_logs_asks_for_no_sct() -> None:
    assert under(lambda root: root.pop("ctlogs"), attest(details=Details(sct=False))) == "accepted"


def with_scts(change: Callable[[bytes], bytes]) -> str:
    """Return the code for a certificate whose SCT list is changed before it is issued."""
    oid = x509.ObjectIdentifier("1.3.6.1.4.1.11129.2.4.2")
    _, logged_certificate = SIGSTORE.certify(SIGNER, SIGSTORE.now - timedelta(minutes=1), Details())
    listed = logged_certificate.extensions.get_extension_for_oid(oid).value.public_bytes()
    extension = (x509.UnrecognizedExtension(oid, change(listed)), False)
    return code(verify(attest(details=Details(sct=False, extensions=lambda held: [*held, extension]))))


def test_two_scts_are_refused() -> None:
    def doubled(listed: bytes) -> bytes:
        one = listed[4:]
        return b"\x04\x81" + bytes([2 * len(one) + 2]) + (2 * len(one)).to_bytes(2, "big") + one * 2

    assert with_scts(doubled) == "sct-missing"


def test_an_sct_by_another_hash_is_refused() -> None:
    assert with_scts(lambda listed: listed.replace(b"\x04\x03\x00", b"\x05\x03\x00", 1)) == "sct-invalid"


def test_an_sct_list_that_is_none_is_refused() -> None:
    assert with_scts(lambda listed: b"\x04\x03\x00\x01\x00") in {"certificate-malformed", "sct-missing"}


def fulcio(number: int, value: bytes) -> Details:
    """Replace one of Fulcio's extensions."""
    oid = x509.ObjectIdentifier(f"{FULCIO}{number}")
    extension = (x509.UnrecognizedExtension(oid, value), False)
    return Details(extensions=lambda held: [*[e for e in held if e[0].oid != oid], extension])


@pytest.mark.parametrize(("number", "value"), [(8, b"raw"), (12, b"\x0c\x09short"), (1, b"\xff"), (5, b"\xff")])
def test_a_claim_that_is_not_well_formed_is_refused(number: int, value: bytes) -> None:
    assert code(verify(attest(details=fulcio(number, value)))) == "certificate-malformed"


def test_a_claim_of_an_unknown_number_is_ignored() -> None:
    assert code(verify(attest(details=fulcio(99, b"whatever")))) == "accepted"


def test_the_deprecated_claims_are_read_by_their_present_names() -> None:
    signer = SIGSTORE.signer(IDENTITY)
    claims = verify(attest(signer, details=fulcio(5, b"acme/api"))).signer.claims
    assert claims["sourceRepositoryURI"] == "https://github.com/acme/api"


def test_the_deprecated_claims_of_another_issuer_are_left_alone() -> None:
    signer = SIGSTORE.signer(IDENTITY, "https://issuer.example")
    assert "sourceRepositoryURI" not in verify(attest(signer, details=fulcio(5, b"acme/api"))).signer.claims


def test_an_empty_name_is_no_identity() -> None:
    def nameless(held: list[Any]) -> list[Any]:
        name = (x509.SubjectAlternativeName([x509.UniformResourceIdentifier("")]), True)
        return [*[e for e in held if not isinstance(e[0], x509.SubjectAlternativeName)], name]

    assert code(verify(attest(details=Details(extensions=nameless)))) == "certificate-identity"


def test_at_105_a_certificate_over_the_limit_is_refused() -> None:
    assert code(verify(attest(details=fulcio(99, bytes(16 * 1024))))) == "certificate-malformed"


def test_a_certificate_that_is_none_is_refused() -> None:
    def change(read: Json) -> None:
        read["verificationMaterial"]["certificate"]["rawBytes"] = b64(b"no certificate")

    assert edited(attest(), change) == "certificate-malformed"


def with_certificate(change: Callable[[bytes], bytes]) -> str:
    """Return the code for a bundle whose certificate's bytes are changed."""

    def changed(read: Json) -> None:
        held = read["verificationMaterial"]["certificate"]
        held["rawBytes"] = b64(change(base64.b64decode(held["rawBytes"])))

    return edited(attest(), changed)


@pytest.mark.parametrize(
    ("what", "by"),
    [
        ("2a8648ce3d0201", "2a8648ce3d0200"),
        ("2a8648ce3d030107", "2a8648ce3d030006"),
        ("a003020102", "a003020103"),
        ("021076", "021096"),
    ],
    ids=["an unknown key", "an unknown curve", "an unknown version", "a negative serial number"],
)
def test_a_certificate_that_the_library_cannot_read_is_malformed(what: str, by: str) -> None:
    assert (
        with_certificate(lambda raw: raw.replace(bytes.fromhex(what), bytes.fromhex(by), 1)) == "certificate-malformed"
    )


def test_a_pem_that_is_no_certificate_is_refused() -> None:
    pem = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
    layer = sign(form=SIG)
    forged = {**layer.annotations, "dev.sigstore.cosign/certificate": pem}
    assert code(verify(replace(layer, annotations=forged))) == "certificate-malformed"


def test_at_105_more_certificates_than_ten_are_refused() -> None:
    def change(read: Json) -> None:
        chain = read["verificationMaterial"]["x509CertificateChain"]
        chain["certificates"] = chain["certificates"] * 11

    assert edited(attest(details=Details(version="0.2")), change) == "too-many-certificates"


def test_a_chain_in_a_bundle_of_version_0_3_is_refused() -> None:
    version = "application/vnd.dev.sigstore.bundle.v0.3+json"
    assert (
        edited(attest(details=Details(version="0.2")), lambda read: read.update(mediaType=version)) == "no-certificate"
    )


def test_certificate_and_key_at_once_are_refused() -> None:
    def change(read: Json) -> None:
        read["verificationMaterial"]["publicKey"] = {"hint": ""}

    assert edited(attest(), change) == "no-certificate"


def test_a_bundle_of_version_0_1_without_promise_is_refused() -> None:
    assert code(verify(attest(tsa=True, details=Details(version="0.1", promise=False)))) == "log-promise-missing"


def test_a_bundle_that_signs_two_things_is_refused() -> None:
    assert edited(attest(), lambda read: read.update(messageSignature={"signature": "AAAA"})) == "bundle-content"


def test_a_bundle_that_signs_nothing_is_refused() -> None:
    assert edited(attest(), lambda read: read.pop("dsseEnvelope")) == "bundle-content"


def small_rsa() -> bytes:
    """Return a public key that is too short to be believed."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=1024).public_key()  # noqa: S505 - the point of it
    return key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def odd_curve() -> bytes:
    """Return a public key of a curve that Sigstore does not know."""
    key = ec.generate_private_key(ec.SECP256K1()).public_key()
    return key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


@pytest.mark.parametrize("pem", [small_rsa, odd_curve])
def test_a_weak_or_odd_key_verifies_nothing(pem: Callable[[], bytes]) -> None:
    assert code(verify(attest(KEY, rekor=0), PublicKey("odd", pem()))) == "unknown-key"


@pytest.mark.parametrize("form", [SIG, ATT], ids=str)
def test_a_layer_over_the_limit_is_unreadable(form: Form) -> None:
    layer = sign(form=SIG) if form is SIG else attest(form=ATT)
    assert code(verify(replace(layer, content=b" " * (8 * 1024 * 1024 + 1)))) == "too-large"


def test_an_annotation_over_the_limit_is_unreadable() -> None:
    layer = sign(form=SIG)
    assert code(verify(replace(layer, annotations={**layer.annotations, BUNDLE: " " * 1_100_000}))) == "too-large"


def test_a_text_over_the_limit_is_refused() -> None:
    bundle = SIGSTORE.attest("x" * 5000, IMAGE, "https://slsa.dev/provenance/v1", {}, SIGNER)
    assert code(verify(bundle)) == "statement-malformed"


def simple(**critical: object) -> str:
    """Return the code for a simple-signing payload that is validly signed."""
    whole = {
        "identity": {"docker-reference": "x"},
        "image": {"docker-manifest-digest": str(IMAGE)},
        "type": "cosign container image signature",
    }
    payload = json.dumps({"critical": {**whole, **critical}, "optional": None}).encode()
    return code(verify(SIGSTORE.sign_bytes(payload, IMAGE, SIGNER)))


@pytest.mark.parametrize("digest", ["", IMAGE.hex, f"sha256:{IMAGE.hex.upper()}", "sha512:00", f"sha256:{IMAGE.hex} "])
def test_at_014_a_simple_signature_without_a_digest_covers_nothing(digest: str) -> None:
    assert simple(image={"docker-manifest-digest": digest}) == "statement-malformed"


def test_at_014_a_simple_signature_of_another_image_is_refused() -> None:
    assert simple(image={"docker-manifest-digest": f"sha256:{ZERO}"}) == "subject-mismatch"


def test_a_simple_signature_of_another_type_is_unreadable() -> None:
    assert simple(type="atomic container signature") == "payload-kind"


def test_a_simple_signature_without_reference_is_read() -> None:
    assert simple(identity=None) == "accepted"


@pytest.mark.parametrize("stamp", [b"", b"no stamp", bytes(70_000)], ids=len)
def test_a_stamp_that_is_none_is_refused(stamp: bytes) -> None:
    def change(read: Json) -> None:
        stamps = [{"signedTimestamp": b64(stamp)}]
        read["verificationMaterial"]["timestampVerificationData"] = {"rfc3161Timestamps": stamps}

    assert edited(attest(), change) == "timestamp-malformed"


def test_an_authority_of_one_certificate_vouches_for_no_time() -> None:
    def change(root: Json) -> None:
        root["timestampAuthorities"][0]["certChain"]["certificates"].pop()

    assert under(change, attest(rekor=2)) == "timestamp-invalid"


def test_a_root_without_timestamp_authority_refuses_a_stamp() -> None:
    assert under(lambda root: root.pop("timestampAuthorities"), attest(tsa=True)) == "timestamp-invalid"


def test_two_windows_of_one_log_are_both_in_force() -> None:
    def change(root: Json) -> None:
        earlier = json.loads(json.dumps(root["tlogs"][0]))
        earlier["publicKey"]["validFor"] = {"start": "2000-01-01T00:00:00Z", "end": "2001-01-01T00:00:00Z"}
        root["tlogs"].insert(0, earlier)

    assert under(change, attest()) == "accepted"


def test_at_007_a_promise_of_another_signature_of_an_unnamed_key_is_refused() -> None:
    stranger = SIGSTORE.key("stranger")
    first, second = (SIGSTORE.sign(IMAGE, f"registry.example/{name}", stranger, form=SIG) for name in ("a", "b"))
    copied = {**first.annotations, BUNDLE: second.annotations[BUNDLE]}
    assert code(verify(replace(first, annotations=copied))) == "log-entry-mismatch"
