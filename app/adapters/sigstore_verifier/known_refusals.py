"""What sigstore-python is known to refuse although it is sound: reviewed, each with its source and a case.

Whoever adds an entry shows a source outside this project, a test case, and the narrowest `applies` that admits it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric import ec

from app.adapters.sigstore_verifier.keys import Key
from app.adapters.sigstore_verifier.material import Material
from app.adapters.sigstore_verifier.trust_root import TrustedRoot


@dataclass(frozen=True, slots=True)
class Contested:
    """What our own steps proved and sigstore-python refused."""

    material: Material
    key: Key
    times: Sequence[datetime]
    root: TrustedRoot


@dataclass(frozen=True, slots=True)
class KnownRefusal:
    """One wrong refusal: `reason` must match the whole text, `applies` must hold of the bundle."""

    reason: re.Pattern[str]
    applies: Callable[[Contested], bool]
    why: str
    source: str
    case: str


def _intoto(contested: Contested) -> bool:
    entry = contested.material.entry
    return entry is not None and entry.kind == ("intoto", "0.0.2")


def _stamped_at_the_end(contested: Contested) -> bool:
    ends = {authority.window.end for authority in contested.root.timestamp_authorities}
    return bool(contested.material.stamps) and any(moment in ends for moment in contested.times)


def _not_elliptic(contested: Contested) -> bool:
    return not isinstance(contested.key, ec.EllipticCurvePublicKey)


def _not_p256(contested: Contested) -> bool:
    return isinstance(contested.key, ec.EllipticCurvePublicKey) and contested.key.curve.name != "secp256r1"


KNOWN_WRONG_REFUSALS: tuple[KnownRefusal, ...] = (
    KnownRefusal(
        re.compile(r"VerificationError: Integrated time only supported for dsse/hashedrekord 0\.0\.1 types"),
        _intoto,
        "Rekor v1 entries of kind intoto 0.0.2 are sound: their promise, proof and body are checked by our steps.",
        "sigstore/sigstore-python#1384 and the conformance case itself, which expects acceptance",
        "bundles/conformance/bundle-verify/intoto-with-custom-trust-root",
    ),
    KnownRefusal(
        re.compile(r"VerificationError: Unsupported DSSE log entry type: intoto/0\.0\.2"),
        _intoto,
        "The same kind of entry, met when the time comes from a timestamp authority.",
        "sigstore/sigstore-python#1384",
        "tests/adapters/sigstore_verifier/test_oracle.py: an intoto entry with a timestamp only",
    ),
    KnownRefusal(
        re.compile(r"VerificationError: not enough sources of verified time"),
        _stamped_at_the_end,
        "A time range is closed: a stamp at the very end of the authority's validity counts.",
        "protobuf-specs `TimeRange` and the conformance case itself, which expects acceptance",
        "bundles/conformance/bundle-verify/trust-root-tsa-validity-end-inclusive",
    ),
    KnownRefusal(
        re.compile(r"TypeError: (?:Ed25519PublicKey|RSAPublicKey)\.verify\(\) .*", re.DOTALL),
        _not_elliptic,
        "RSA and Ed25519 are in Sigstore's algorithm registry; sigstore-python hands every key an ECDSA algorithm.",
        "sigstore-python 4.5.1, `sigstore/dsse/__init__.py` `_verify`; architecture-docs, algorithm registry",
        "tests/adapters/sigstore_verifier/test_oracle.py: certificates of every key type",
    ),
    KnownRefusal(
        re.compile(r"VerificationError: (?:DSSE: invalid signature|Signature is invalid for input)"),
        _not_p256,
        "P-384 goes with SHA-384 and P-521 with SHA-512 in the registry; sigstore-python hashes with SHA-256 always.",
        "sigstore-python 4.5.1, `sigstore/dsse/__init__.py` `_verify`; architecture-docs, algorithm registry",
        "tests/adapters/sigstore_verifier/test_oracle.py: certificates of every key type",
    ),
)
"""A refusal by sigstore-python that none of these explains refuses the bundle."""


def is_known_wrong(refusal: str, contested: Contested) -> bool:
    """Say whether a reviewed entry explains the refusal."""
    return any(known.reason.fullmatch(refusal) and known.applies(contested) for known in KNOWN_WRONG_REFUSALS)
