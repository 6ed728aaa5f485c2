"""One private Sigstore, its verifier, and every form in which a signature is accepted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from app.adapters.sigstore_verifier import SigstoreVerifier
from app.core.attestation import Bundle, Form, PublicKey, Rejection, SignedStatement
from app.core.oci import Digest
from tests.fakes.sigstore import Details, KeylessSigner, KeySigner, PrivateSigstore

IMAGE = Digest.of(b"the image")
OTHER_IMAGE = Digest.of(b"another image")
REFERENCE = "registry.example/acme/api"
IDENTITY = "https://github.com/acme/api/.github/workflows/release.yml@refs/heads/main"
PROVENANCE = "https://slsa.dev/provenance/v1"
CLAIMS = {
    "buildSignerURI": IDENTITY,
    "runnerEnvironment": "github-hosted",
    "sourceRepositoryURI": "https://github.com/acme/api",
    "sourceRepositoryDigest": "0123456789abcdef0123456789abcdef01234567",
    "sourceRepositoryRef": "refs/heads/main",
    "buildTrigger": "push",
}

Json = dict[str, Any]
Signing = KeylessSigner | KeySigner

SIGSTORE = PrivateSigstore()
ELSEWHERE = PrivateSigstore("elsewhere")
SIGNER = SIGSTORE.signer(IDENTITY, claims=CLAIMS)
KEY = SIGSTORE.key("acme-key")
ROOT = SIGSTORE.trusted_root_json()
LATER = SIGSTORE.now + timedelta(days=30)


def now() -> datetime:
    """Return a present that is long after every certificate ended."""
    return LATER


VERIFIER = SigstoreVerifier(ROOT, now)


@dataclass(frozen=True)
class Accepted:
    """One accepted form: how it is made, and with which key."""

    name: str
    make: Callable[[], Bundle]
    key: KeySigner | None = None

    @property
    def keys(self) -> tuple[PublicKey, ...]:
        return () if self.key is None else (self.key.public(),)


def attest(
    signer: Signing = SIGNER,
    *,
    sigstore: PrivateSigstore = SIGSTORE,
    predicate: object = None,
    **how: Any,  # noqa: ANN401 - what the private Sigstore takes
) -> Bundle:
    """Attest provenance of the image."""
    return sigstore.attest(REFERENCE, IMAGE, PROVENANCE, predicate or {"builder": "ci"}, signer, **how)


def sign(signer: Signing = SIGNER, **how: Any) -> Bundle:  # noqa: ANN401 - what the private Sigstore takes
    """Sign the image."""
    return SIGSTORE.sign(IMAGE, REFERENCE, signer, **how)


def verify(bundle: Bundle, *keys: PublicKey, subject: Digest = IMAGE) -> SignedStatement | Rejection:
    """Verify with the shared verifier."""
    return VERIFIER.verify(bundle, (subject,), keys)


def code(result: SignedStatement | Rejection) -> str:
    """Return a rejection's code; "accepted" for a statement."""
    return result.code if isinstance(result, Rejection) else "accepted"


def _accepted() -> list[Accepted]:
    old, sig, att = (Details(version=v) for v in ("0.1", "0.2")), Form.LEGACY_SIGNATURE, Form.LEGACY_ATTESTATION
    v1, v2 = old
    intoto, old_intoto = Details(entry="intoto"), Details(entry="intoto-0.0.1")
    made = [
        Accepted("bundle 0.3, log 1", attest),
        Accepted("bundle 0.3, log 1, stamp", lambda: attest(tsa=True)),
        Accepted("bundle 0.3, log 1 without promise, stamp", lambda: attest(tsa=True, details=Details(promise=False))),
        Accepted("bundle 0.3, log 1, intoto entry", lambda: attest(details=intoto)),
        Accepted("bundle 0.3, log 2, stamp", lambda: attest(rekor=2)),
        Accepted("bundle 0.3, stamp only", lambda: attest(rekor=0, tsa=True)),
        Accepted("bundle 0.3 by its other name", lambda: attest(details=Details(version="0.3-alt"))),
        Accepted("bundle 0.2", lambda: attest(details=v2)),
        Accepted("bundle 0.1", lambda: attest(details=v1)),
        Accepted("bundle 0.1, promise only", lambda: attest(details=Details(version="0.1", proof=False))),
        Accepted("bundle 0.3, image signature", sign),
        Accepted("layer .att, dsse entry", lambda: attest(form=att)),
        Accepted("layer .att, dsse entry, stamp", lambda: attest(form=att, tsa=True)),
        Accepted("layer .att, intoto entry", lambda: attest(form=att, details=intoto)),
        Accepted("layer .att, old intoto entry", lambda: attest(form=att, details=old_intoto)),
        Accepted("layer .att, stamp only", lambda: attest(form=att, rekor=0, tsa=True)),
        Accepted("layer .sig", lambda: sign(form=sig)),
        Accepted("layer .sig, stamp", lambda: sign(form=sig, tsa=True)),
        Accepted("key bundle, log 1", lambda: attest(KEY), KEY),
        Accepted("key bundle, log 2, stamp", lambda: attest(KEY, rekor=2), KEY),
        Accepted("key bundle, no log", lambda: attest(KEY, rekor=0), KEY),
        Accepted("key layer .att, log", lambda: attest(KEY, form=att), KEY),
        Accepted("key layer .att, no log", lambda: attest(KEY, form=att, rekor=0), KEY),
        Accepted("key layer .sig, log", lambda: sign(KEY, form=sig), KEY),
        Accepted("key layer .sig, no log", lambda: sign(KEY, form=sig, rekor=0), KEY),
    ]
    for kind in ("ecdsa-p384", "ecdsa-p521", "ed25519", "rsa"):
        signer, key = SIGSTORE.signer(IDENTITY, key_type=kind), SIGSTORE.key(kind, kind)
        made.append(Accepted(f"bundle 0.3, {kind} certificate", lambda signer=signer: attest(signer)))
        made.append(Accepted(f"key bundle, {kind}", lambda key=key: attest(key), key))
        made.append(Accepted(f"key layer .sig, {kind}", lambda key=key: sign(key, form=sig), key))
    return made


ACCEPTED = _accepted()
KEYLESS = [form for form in ACCEPTED if form.key is None]
