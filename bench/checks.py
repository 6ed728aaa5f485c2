"""Signature checks: how many a piece of work does, and how many of each kind this machine does a second.

A check is one verification of one signature. Checks that Python asks for are counted as they are called, with their
key's kind. Two calls do several inside, the proof of a certificate's chain and that of a timestamp with its chain: what
they do follows from the private Sigstore, whose certificates they are asked about.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping
from types import FrameType
from typing import Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa

from tests.fakes.sigstore.material import make_key

INSIDE: Final[Mapping[str, Mapping[str, int]]] = {
    # Leaf by intermediate by root, both of P-384, as Fulcio's are.
    "ClientVerifier.verify": {"P-384": 2},
    # The stamp's own signature, and its signer's certificate by the root.
    "pkcs7_verify": {"P-256": 1, "P-384": 1},
}
_CURVES: Final = {"secp256r1": "P-256", "secp384r1": "P-384", "secp521r1": "P-521"}
_KEYS: Final = {
    "P-256": "ecdsa-p256",
    "P-384": "ecdsa-p384",
    "P-521": "ecdsa-p521",
    "Ed25519": "ed25519",
    "RSA-2048": "rsa",
}


def counted(work: Callable[[], object]) -> Counter[str]:
    """Do the work and count the checks in it, by the kind of the key."""
    found: Counter[str] = Counter()

    def watch(_: FrameType, event: str, called: object) -> None:
        if event == "c_call":
            found.update(_checks(called))

    sys.setprofile(watch)
    try:
        work()
    finally:
        sys.setprofile(None)
    return found


def _checks(called: object) -> Mapping[str, int]:
    name, of = getattr(called, "__name__", ""), getattr(called, "__self__", None)
    if name == "pkcs7_verify":
        return INSIDE[name]
    if name != "verify":
        return {}
    if isinstance(of, ec.EllipticCurvePublicKey):
        return {_CURVES[of.curve.name]: 1}
    if isinstance(of, ed25519.Ed25519PublicKey):
        return {"Ed25519": 1}
    if isinstance(of, rsa.RSAPublicKey):
        return {f"RSA-{of.key_size}": 1}
    return INSIDE.get(f"{type(of).__name__}.verify", {})


def raw_rates(seconds: float) -> dict[str, float]:
    """Return how many checks of each kind this process does a second, one after another and nothing else."""
    return {name: rate(_check(kind), seconds) for name, kind in _KEYS.items()}


def _check(kind: str) -> Callable[[], object]:
    private = make_key(kind, "bench")
    if isinstance(private, ed25519.Ed25519PrivateKey):
        key, stamp = private.public_key(), private.sign(b"x")
        return lambda: key.verify(stamp, b"x")
    if isinstance(private, rsa.RSAPrivateKey):
        method = (padding.PKCS1v15(), hashes.SHA256())
        public, signature = private.public_key(), private.sign(b"x", *method)
        return lambda: public.verify(signature, b"x", *method)
    curve, signed = private.public_key(), private.sign(b"x", ec.ECDSA(hashes.SHA256()))
    return lambda: curve.verify(signed, b"x", ec.ECDSA(hashes.SHA256()))


def openssl_rate() -> float | None:
    """Return what `openssl speed ecdsap256` says of verification; `None` where there is no openssl."""
    if shutil.which("openssl") is None:
        return None
    command = ["openssl", "speed", "-seconds", "1", "ecdsap256"]
    said = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    found = re.search(r"nistp256.*\s([0-9.]+)\s*$", said, re.MULTILINE)
    return None if found is None else float(found.group(1))


def rate(work: Callable[[], object], seconds: float) -> float:
    """Return how often it is done in a second of processor time, which no other program takes away."""
    done, start = 0, time.process_time()
    while (spent := time.process_time() - start) < seconds:
        for _ in range(10):
            work()
        done += 10
    return done / spent
