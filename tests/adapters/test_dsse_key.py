"""The operator's keys: what one signs the other proves, and nothing else is proved."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from app.adapters.dsse_key import MAX_ENVELOPE, ProvingKeys, SigningKey
from app.core.errors import Unavailable, Unreadable

ED25519 = ed25519.Ed25519PrivateKey.generate()
P256 = ec.generate_private_key(ec.SECP256R1())
PAYLOAD = b'{"a": 1}'


def pem(key: PrivateKeyTypes, passphrase: bytes = b"") -> bytes:
    sealed = BestAvailableEncryption(passphrase) if passphrase else NoEncryption()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, sealed)


def public(key: PrivateKeyTypes) -> bytes:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


@pytest.mark.parametrize("key", [ED25519, P256], ids=["ed25519", "p256"])
@pytest.mark.parametrize("half", [pem, public], ids=["private", "public"])
def test_what_a_key_signs_is_proved_by_either_half(key: PrivateKeyTypes, half: Any) -> None:  # noqa: ANN401 - a function
    assert ProvingKeys.of([half(key)]).prove(SigningKey(pem(key)).sign(PAYLOAD)) == PAYLOAD


def test_one_of_several_keys_is_enough() -> None:
    assert ProvingKeys.of([public(P256), public(ED25519)]).prove(SigningKey(pem(ED25519)).sign(PAYLOAD)) == PAYLOAD


@pytest.mark.parametrize("keys", [[], [public(P256)]], ids=["none", "another"])
def test_no_other_key_proves_it(keys: list[bytes]) -> None:
    with pytest.raises(Unreadable, match="none of the keys"):
        ProvingKeys.of(keys).prove(SigningKey(pem(ED25519)).sign(PAYLOAD))


def changed(**fields: object) -> bytes:
    envelope = json.loads(SigningKey(pem(ED25519)).sign(PAYLOAD))
    return json.dumps({**envelope, **fields}).encode()


def with_signature(**fields: object) -> bytes:
    (signature,) = json.loads(SigningKey(pem(ED25519)).sign(PAYLOAD))["signatures"]
    return changed(signatures=[{**signature, **fields}])


def with_another_signature() -> bytes:
    signatures = json.loads(SigningKey(pem(ED25519)).sign(PAYLOAD))["signatures"]
    return changed(signatures=[*signatures, {"keyid": "written later", "sig": ""}])


def twice(name: str) -> bytes:
    """Give a name twice: first as another reader may take it, then as it was signed."""
    envelope = SigningKey(pem(ED25519)).sign(PAYLOAD)
    return b'{"%s": "e30=",' % name.encode() + envelope[1:]


@pytest.mark.parametrize(
    "envelope",
    [
        changed(payload=base64.b64encode(b'{"a": 2}').decode()),
        changed(payloadType="application/vnd.in-toto+json; charset=utf-8"),
        changed(payloadType=None),
        changed(payload=None),
        changed(payload="!"),
        changed(signatures=None),
        changed(signatures=[]),
        changed(signatures=[1]),
        changed(signatures=[{"sig": "!"}]),
        changed(signatures=[{"sig": ""}]),
        changed(note="written later"),
        with_another_signature(),
        with_signature(note="written later"),
        twice("payload"),
        twice("payloadType"),
        b"[]",
        b"[" * 5000,
        b"\xff",
        b" " * (MAX_ENVELOPE + 1),
    ],
)
def test_anything_else_is_not_proved(envelope: bytes) -> None:
    with pytest.raises(Unreadable):
        ProvingKeys.of([public(ED25519)]).prove(envelope)


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 10_000), st.integers(0, 255))
def test_an_envelope_with_a_byte_changed_proves_no_other_payload(place: int, byte: int) -> None:
    envelope = bytearray(SigningKey(pem(ED25519)).sign(PAYLOAD))
    envelope[place % len(envelope)] = byte
    try:
        assert ProvingKeys.of([public(ED25519)]).prove(bytes(envelope)) == PAYLOAD
    except Unreadable:
        return


WRONG = [
    b"",
    b"no key",
    pem(rsa.generate_private_key(65_537, 2048)),
    pem(ec.generate_private_key(ec.SECP384R1())),
    pem(ED25519, b"secret"),
]


@pytest.mark.parametrize("given_pem", WRONG, ids=["empty", "text", "rsa", "p384", "passphrase"])
def test_no_other_key_can_be_used(given_pem: bytes) -> None:
    with pytest.raises(Unavailable, match="Ed25519 or P-256"):
        SigningKey(given_pem)
    with pytest.raises(Unavailable, match="Ed25519 or P-256"):
        ProvingKeys.of([given_pem])


def test_no_other_public_key_can_be_used() -> None:
    with pytest.raises(Unavailable, match="public key"):
        ProvingKeys.of([public(ec.generate_private_key(ec.SECP384R1()))])


def test_the_key_is_not_shown() -> None:
    assert base64.b64encode(ED25519.private_bytes_raw()).decode() not in repr(SigningKey(pem(ED25519)))
