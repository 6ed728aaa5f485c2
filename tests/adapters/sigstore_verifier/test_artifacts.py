"""Bundles over files, and the trusted root itself."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from app.adapters.sigstore_verifier import SignedArtifact, SigstoreVerifier, UnusableTrustedRoot, packaged_root
from app.adapters.sigstore_verifier.log import verify_inclusion
from app.adapters.sigstore_verifier.material import Proof
from app.adapters.sigstore_verifier.reasons import Refused
from app.core.attestation import PublicKey, Rejection, Word
from tests.adapters.sigstore_verifier.making import IDENTITY, IMAGE, KEY, ROOT, SIGNER, SIGSTORE, VERIFIER, attest, now
from tests.fakes.sigstore.logs import include

FILE = b"a file"
DIGEST = f"sha256:{hashlib.sha256(FILE).hexdigest()}"


def verified(bundle: bytes, digest: str = DIGEST, *keys: PublicKey) -> SignedArtifact | Rejection:
    return VERIFIER.verify_artifact(bundle, digest, keys)


@pytest.mark.parametrize("rekor", [1, 2])
def test_a_signed_file_is_proved(rekor: int) -> None:
    assert verified(SIGSTORE.sign_artifact(FILE, SIGNER, rekor=rekor)).signer.identity == IDENTITY


def test_a_file_signed_by_key_is_proved() -> None:
    assert verified(SIGSTORE.sign_artifact(FILE, KEY), DIGEST, KEY.public()).signer.key == "acme-key"


def test_a_file_of_another_digest_is_refused() -> None:
    assert verified(SIGSTORE.sign_artifact(b"other", SIGNER)).code == "artifact-mismatch"


def test_a_file_of_another_digest_is_refused_without_the_hint_too() -> None:
    read = json.loads(SIGSTORE.sign_artifact(b"other", SIGNER))
    del read["messageSignature"]["messageDigest"]
    assert verified(json.dumps(read).encode()).code == "signature-invalid"


def test_a_statement_about_the_file_is_proved() -> None:
    assert verified(attest().content, str(IMAGE)).statement.predicate == {"builder": "ci"}


def test_a_statement_about_another_file_is_refused() -> None:
    assert verified(attest().content).code == "artifact-mismatch"


def test_a_file_signed_by_a_key_that_nobody_named_is_an_untrusted_signer() -> None:
    assert verified(SIGSTORE.sign_artifact(FILE, KEY)).word is Word.UNTRUSTED_SIGNER


def test_a_key_that_signs_files_whole_cannot_be_held_against_a_digest() -> None:
    key = SIGSTORE.key("file", "ed25519")
    assert verified(SIGSTORE.sign_artifact(FILE, key, rekor=0), DIGEST, key.public()).code == "key-unsupported"


@pytest.mark.parametrize("digest", ["", "sha256:", "sha256:ABC", "md5:00", f"sha256:{'G' * 64}", "sha512:" + "0" * 64])
def test_a_digest_that_is_none_covers_nothing(digest: str) -> None:
    assert isinstance(verified(attest().content, digest), Rejection)


def test_bytes_that_are_no_bundle_are_refused() -> None:
    assert verified(b"no bundle").code == "malformed"


def test_the_packaged_root_is_the_public_good_instance() -> None:
    assert b"rekor.sigstore.dev" in packaged_root()


def test_the_packaged_root_can_be_used() -> None:
    assert SigstoreVerifier(packaged_root(), now).has_second_opinion


@pytest.mark.parametrize("raw", [b"", b"{}", b"[]", b"null", b"\xff", b'{"tlogs": [{}]}'], ids=repr)
def test_a_file_that_is_no_trusted_root_is_refused(raw: bytes) -> None:
    with pytest.raises(UnusableTrustedRoot):
        SigstoreVerifier(raw, now)


@pytest.mark.parametrize("part", ["rekor1", "ca", "ct", "tsa"])
def test_a_window_without_start_is_refused_and_not_open(part: str) -> None:
    with pytest.raises(UnusableTrustedRoot):
        SigstoreVerifier(SIGSTORE.trusted_root_json({part: (None, SIGSTORE.now)}), now)


def test_a_window_without_time_zone_is_refused() -> None:
    naive = json.loads(ROOT)
    naive["certificateAuthorities"][0]["validFor"]["start"] = "2020-01-01T00:00:00"
    with pytest.raises(UnusableTrustedRoot):
        SigstoreVerifier(json.dumps(naive).encode(), now)


def test_an_authority_without_certificates_is_refused() -> None:
    empty = json.loads(ROOT)
    empty["certificateAuthorities"][0]["certChain"]["certificates"] = []
    with pytest.raises(UnusableTrustedRoot):
        SigstoreVerifier(json.dumps(empty).encode(), now)


def test_a_log_key_of_an_unknown_kind_leaves_the_others_in_force() -> None:
    root = json.loads(ROOT)
    root["tlogs"].insert(0, json.loads(json.dumps(root["tlogs"][0])))
    root["tlogs"][0]["publicKey"]["rawBytes"] = "AAAA"
    assert isinstance(
        SigstoreVerifier(json.dumps(root).encode(), now).verify_artifact(attest().content, str(IMAGE), ()),
        SignedArtifact,
    )


def edited(change: Callable[[dict[str, Any]], object]) -> str:
    """Return the code for a signed file whose message signature is changed."""
    read = json.loads(SIGSTORE.sign_artifact(FILE, SIGNER))
    change(read["messageSignature"])
    result = verified(json.dumps(read).encode())
    return result.code if isinstance(result, Rejection) else "accepted"


def test_a_file_without_signature_is_unsigned() -> None:
    assert edited(lambda message: message.update(signature="")) == "unsigned"


def test_a_file_by_a_hash_that_is_not_known_is_unreadable() -> None:
    assert edited(lambda message: message["messageDigest"].update(algorithm="SHA1")) == "key-unsupported"


@pytest.mark.parametrize("leaf", [0, 6])
def test_a_leaf_at_either_edge_of_the_tree_is_proved(leaf: int) -> None:
    body = base64.b64decode(json.loads(attest().content)["verificationMaterial"]["tlogEntries"][0]["canonicalizedBody"])
    place = include(body, 6, leaf)
    proof = Proof(place.index, place.size, place.root, place.hashes, None)
    assert verify_inclusion(body, proof) is None


@pytest.mark.parametrize("size", range(1, 18))
def test_every_leaf_of_a_tree_is_proved_and_no_other(size: int) -> None:
    for leaf in range(size):
        place = include(b"leaf", size - 1, leaf)
        proof = Proof(place.index, place.size, place.root, place.hashes, None)
        verify_inclusion(b"leaf", proof)
        outside, longer = replace(proof, index=leaf + size), replace(proof, hashes=(*proof.hashes, bytes(32)))
        for wrong in (outside, longer, replace(proof, index=leaf ^ 1) if size > 1 else outside):
            with pytest.raises(Refused):
                verify_inclusion(b"leaf", wrong)
