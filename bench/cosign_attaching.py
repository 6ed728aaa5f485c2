"""What was signed without cosign, attached to an image by the real cosign."""

from __future__ import annotations

import base64
import json

from app.core.attestation import Bundle, Form
from app.core.oci import Digest
from bench.cosign_rows import Row
from bench.cosign_tools import IDENTITY, PREDICATES, Tools
from bench.private_services import ISSUER
from tests.fakes.sigstore import KeySigner
from tests.fakes.sigstore.material import make_key

_VULN = "https://cosign.sigstore.dev/attestation/vuln/v1"
_FILES = (
    ("--signature", "dev.cosignproject.cosign/signature"),
    ("--certificate", "dev.sigstore.cosign/certificate"),
    ("--certificate-chain", "dev.sigstore.cosign/chain"),
)


def attach(tools: Tools, row: Row, image: str) -> tuple[bool, str]:
    """Sign as the row says, and let cosign attach it."""
    made = _made(tools, row, image)
    (tools.folder / "payload").write_bytes(made.content)
    if row.verb == "attest":
        return tools.run("attach", "attestation", "--attestation", "payload", image)
    options = ["--payload", "payload"]
    for flag, note in _FILES:
        if note in made.annotations:
            (tools.folder / flag.strip("-")).write_text(made.annotations[note])
            options += [flag, flag.strip("-")]
    entry = made.annotations.get("dev.sigstore.cosign/bundle")
    if entry is not None:
        # What `sign-blob --bundle` of cosign 1 and 2 writes.
        held = {
            "base64Signature": made.annotations["dev.cosignproject.cosign/signature"],
            "rekorBundle": json.loads(entry),
        }
        (tools.folder / "entry").write_text(json.dumps(held))
        options += ["--rekor-response", "entry"]
    stamp = made.annotations.get("dev.sigstore.cosign/rfc3161timestamp")
    if stamp is not None:
        (tools.folder / "stamp").write_bytes(base64.b64decode(json.loads(stamp)["SignedRFC3161Timestamp"]))
        options += ["--tsr", "stamp"]
    return tools.run("attach", "signature", *options, image)


def _made(tools: Tools, row: Row, image: str) -> Bundle:
    sigstore, (name, _, digest) = tools.services.sigstore, image.partition("@")
    key = KeySigner(make_key(row.signer, row.signer), row.signer) if not row.keyless else None
    signer = key or sigstore.signer(IDENTITY, ISSUER)
    rekor = 1 if row.logged and not row.stamped else 0
    if row.verb == "attest":
        of = (name, Digest.parse(digest), _VULN, PREDICATES["vuln"], signer)
        return sigstore.attest(*of, form=Form.LEGACY_ATTESTATION, rekor=rekor, tsa=row.stamped)
    return sigstore.sign(Digest.parse(digest), name, signer, form=Form.LEGACY_SIGNATURE, rekor=rekor, tsa=row.stamped)
