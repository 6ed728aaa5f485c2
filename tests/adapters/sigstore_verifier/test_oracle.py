"""The second opinion: where it is asked, what it takes away, and what is known of its wrong refusals."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from app.adapters.sigstore_verifier import SigstoreVerifier
from app.adapters.sigstore_verifier.bundle import read_bundle
from app.adapters.sigstore_verifier.keys import Digested
from app.adapters.sigstore_verifier.known_refusals import KNOWN_WRONG_REFUSALS, Contested, is_known_wrong
from app.adapters.sigstore_verifier.oracle import Oracle
from app.adapters.sigstore_verifier.second_opinion import can_judge
from app.adapters.sigstore_verifier.trust_root import TrustedRoot
from app.core.attestation import Bundle, Form, SignedStatement
from tests.adapters.sigstore_verifier.making import (
    ELSEWHERE,
    IDENTITY,
    IMAGE,
    KEY,
    ROOT,
    SIGNER,
    SIGSTORE,
    VERIFIER,
    attest,
    now,
    verify,
)
from tests.fakes.sigstore import Details

ORACLE = Oracle.load(ROOT)


def refusal(bundle: Bundle) -> str | None:
    return ORACLE.refusal(bundle.content, None)


def contested(bundle: Bundle) -> Contested:
    material = read_bundle(bundle.content)
    key = SIGSTORE.rekor1.key.public_key()
    return Contested(material, key, (SIGSTORE.now,), TrustedRoot.parse(ROOT))


def test_a_private_root_has_a_second_opinion() -> None:
    assert VERIFIER.has_second_opinion


def test_a_root_without_logs_has_none() -> None:
    root = SIGSTORE.trusted_root()
    del root["tlogs"], root["ctlogs"]
    assert not SigstoreVerifier(json.dumps(root).encode(), now).has_second_opinion


@pytest.mark.parametrize("version", ["0.1", "0.2", "0.3", "0.3-alt"])
def test_it_accepts_what_the_private_log_1_vouches_for(version: str) -> None:
    assert refusal(attest(details=Details(version=version))) is None


@pytest.mark.parametrize("version", ["0.2", "0.3", "0.3-alt"])
def test_it_accepts_what_the_private_log_2_vouches_for(version: str) -> None:
    assert refusal(attest(rekor=2, details=Details(version=version))) is None


def test_it_refuses_what_another_sigstore_makes() -> None:
    assert "CertValidationError" in refusal(attest(ELSEWHERE.signer(IDENTITY), sigstore=ELSEWHERE))


def test_every_error_of_its_is_a_refusal() -> None:
    assert refusal(replace(attest(), content=b'{"verificationMaterial": {"tlogEntries": []}}')) is not None


def test_zeros_that_protobuf_leaves_out_are_written_out_for_it() -> None:
    read = json.loads(attest(details=Details(log_index=0)).content)
    del read["verificationMaterial"]["tlogEntries"][0]["logIndex"]
    assert isinstance(verify(replace(attest(), content=json.dumps(read).encode())), SignedStatement)


def test_numbers_instead_of_strings_are_written_out_for_it() -> None:
    read = json.loads(attest().content)
    entry = read["verificationMaterial"]["tlogEntries"][0]
    entry["logIndex"] = int(entry["logIndex"])
    assert isinstance(verify(replace(attest(), content=json.dumps(read).encode())), SignedStatement)


def test_what_only_it_refuses_is_refused() -> None:
    disagreeing = SigstoreVerifier(_root_that_only_we_can_use(), now)
    result = disagreeing.verify(attest(), (IMAGE,), ())
    assert result.code == "oracle-disagrees"


def _root_that_only_we_can_use() -> bytes:
    # sigstore-python believes the stated kind of a key and drops this one; our steps look at the key itself.
    root = SIGSTORE.trusted_root()
    root["ctlogs"][0]["publicKey"]["keyDetails"] = "PKIX_ED25519_PH"
    return json.dumps(root).encode()


KEYLESS_WITH_PROOF = {
    "bundle, log 1": (attest, True),
    "bundle, log 2": (lambda: attest(rekor=2), True),
    "bundle, no log": (lambda: attest(rekor=0, tsa=True), False),
    "bundle, promise only": (lambda: attest(details=Details(version="0.1", proof=False)), False),
    "key bundle": (lambda: attest(KEY), False),
}


@pytest.mark.parametrize("name", KEYLESS_WITH_PROOF)
def test_it_is_asked_about_keyless_bundles_with_an_inclusion_proof(name: str) -> None:
    make, asked = KEYLESS_WITH_PROOF[name]
    assert can_judge(read_bundle(make().content), None) is asked


def test_it_is_not_asked_about_files_by_another_hash() -> None:
    material = read_bundle(SIGSTORE.sign_artifact(b"file", SIGNER))
    assert not can_judge(material, Digested("sha512", bytes(64)))


@pytest.mark.parametrize("kind", ["ecdsa-p384", "ecdsa-p521", "ed25519", "rsa"])
def test_certificates_of_every_key_type_are_a_known_wrong_refusal(kind: str) -> None:
    bundle = attest(SIGSTORE.signer(IDENTITY, key_type=kind))
    assert (refusal(bundle) is not None, type(verify(bundle))) == (True, SignedStatement)


@pytest.mark.parametrize("promise", [True, False])
def test_an_intoto_entry_is_a_known_wrong_refusal(*, promise: bool) -> None:
    bundle = attest(tsa=True, details=Details(entry="intoto", promise=promise))
    assert (refusal(bundle) is not None, type(verify(bundle))) == (True, SignedStatement)


def test_a_stamp_at_the_end_of_the_authoritys_time_is_a_known_wrong_refusal() -> None:
    root = SIGSTORE.trusted_root_json({"tsa": (SIGSTORE.now, SIGSTORE.now)})
    bundle = attest(rekor=2)
    refused = Oracle.load(root).refusal(bundle.content, None)
    accepted = SigstoreVerifier(root, now).verify(bundle, (IMAGE,), ())
    assert (refused, type(accepted)) == ("VerificationError: not enough sources of verified time", SignedStatement)


@pytest.mark.parametrize(
    "text",
    [
        "VerificationError: Integrated time only supported for dsse/hashedrekord 0.0.1 types",
        "VerificationError: not enough sources of verified time",
        "VerificationError: DSSE: invalid signature",
        "TypeError: RSAPublicKey.verify() missing 1 required positional argument: 'algorithm'",
    ],
)
def test_a_known_reason_excuses_no_bundle_that_it_does_not_apply_to(text: str) -> None:
    assert not is_known_wrong(text, contested(attest()))


def test_a_known_reason_must_match_the_whole_text() -> None:
    longer = "VerificationError: Integrated time only supported for dsse/hashedrekord 0.0.1 types, and more"
    assert not is_known_wrong(longer, contested(attest(details=Details(entry="intoto"))))


def test_every_known_refusal_names_its_source_and_a_case() -> None:
    assert all(known.source and known.case and known.why for known in KNOWN_WRONG_REFUSALS)


def test_no_known_refusal_matches_everything() -> None:
    assert not any(re.fullmatch(known.reason, "Error: anything") for known in KNOWN_WRONG_REFUSALS)


def test_a_stricter_rule_of_ours_stands_although_it_accepts() -> None:
    """The reference ignores the window of the log's key; ours refuses and names the rule."""
    root = SIGSTORE.trusted_root_json({"rekor1": (SIGSTORE.now - timedelta(9), SIGSTORE.now - timedelta(1))})
    accepted = Oracle.load(root).refusal(attest().content, None) is None
    result = SigstoreVerifier(root, now).verify(attest(), (IMAGE,), ())
    assert (accepted, result.code) == (True, "log-key-expired")


def test_the_form_without_bundle_is_proved_without_it() -> None:
    assert isinstance(verify(attest(form=Form.LEGACY_ATTESTATION)), SignedStatement)


def test_the_rsa_case_is_one() -> None:
    key, _ = SIGSTORE.certify(SIGSTORE.signer(IDENTITY, key_type="rsa"), SIGSTORE.now, Details())
    assert isinstance(key, rsa.RSAPrivateKey)
