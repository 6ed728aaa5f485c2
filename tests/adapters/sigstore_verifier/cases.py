"""The cases of real signed data in the folder of real public data, each as the Verifier is asked about it."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from app.adapters.sigstore_verifier import SignedArtifact, SigstoreVerifier, UnusableTrustedRoot, packaged_root
from app.core.attestation import Bundle, Form, PublicKey, Rejection, SignedStatement, Word
from app.core.oci import Digest

DATA = Path(__file__).resolve().parents[4] / "shared" / "data" / "sigstore"
_CONFORMANCE = "bundles/conformance/bundle-verify/"
_LEGACY = {"legacy-att": Form.LEGACY_ATTESTATION, "legacy-sig": Form.LEGACY_SIGNATURE}
_NOTHING = f"sha256:{'0' * 64}"


@dataclass(frozen=True)
class Case:
    """One signature: `layer` for a legacy layer, else a bundle's `content` for a file of digest `artifact`."""

    id: str
    accepted: bool
    root: bytes
    keys: tuple[PublicKey, ...]
    measured: dict[str, Any]
    reference: str
    layer: Bundle | None = None
    content: bytes = b""
    artifact: str = ""

    @property
    def conformance(self) -> bool:
        """Say whether it is of the conformance suite."""
        return self.id.startswith(_CONFORMANCE)

    def verifier(self) -> SigstoreVerifier | None:
        """Return a verifier with the case's root; `None` when that root is unusable, as one case has it."""
        try:
            return SigstoreVerifier(self.root, now)
        except UnusableTrustedRoot:
            return None

    def verify(self) -> SignedStatement | SignedArtifact | Rejection:
        """Ask the Verifier."""
        verifier = self.verifier()
        if verifier is None:
            return Rejection(Word.INVALID, "trusted-root", "The trusted root is unusable.", Form.BUNDLE, "file")
        if self.layer is not None:
            return verifier.verify(self.layer, (self.layer.subject,), self.keys)
        return verifier.verify_artifact(self.content, self.artifact, self.keys)


def now() -> datetime:
    """Return the day on which the cases were measured."""
    return datetime(2026, 11, 23, tzinfo=UTC)


def cases() -> tuple[Case, ...]:
    """Read all cases; none where the folder of real public data is absent."""
    return tuple(_cases()) if DATA.is_dir() else ()


def _cases() -> Iterator[Case]:
    for case in json.loads((DATA / "cases.json").read_text())["cases"]:
        # Where upstream states nothing, the measured verdict counts; "only without proof (SET)" is bundle 0.1's rule.
        expected = case.get("expect") or case["prototype"].split()[0]
        common = {
            "id": case["id"],
            "accepted": expected == "accept",
            "measured": case["measured"],
            "reference": case["sigstore-python"],
        }
        if case["format"] in _LEGACY:
            yield Case(**common, root=packaged_root(), keys=(), layer=_layer(case))
        elif case["id"].startswith(_CONFORMANCE):
            yield Case(**common, **_conformance(DATA / case["id"]))
        else:
            keys = _npm_keys() if case.get("key") else ()
            root = (
                (DATA / "trust/github_trusted_root.json").read_bytes() if case["root"] == "github" else packaged_root()
            )
            content = _bundle(case["id"])
            yield Case(**common, root=root, keys=keys, content=content, artifact=_subject(content))


def _layer(case: dict[str, str]) -> Bundle:
    blobs = DATA / case["layout"] / "blobs" / "sha256"
    manifest = json.loads((blobs / Digest.parse(case["manifest"]).hex).read_text())
    (layer,) = (one for one in manifest["layers"] if one["digest"] == case["layer"])
    content = (blobs / Digest.parse(case["layer"]).hex).read_bytes()
    subject = Digest.parse(case["image"])
    return Bundle(_LEGACY[case["format"]], content, subject, "layout", layer.get("annotations", {}))


def _conformance(folder: Path) -> dict[str, Any]:
    root, key, artifact = folder / "trusted_root.json", folder / "key.pub", folder / "artifact"
    file = artifact if artifact.exists() else DATA / "bundles/conformance/a.txt"
    return {
        "root": root.read_bytes() if root.exists() else packaged_root(),
        "keys": (PublicKey("key.pub", key.read_bytes()),) if key.exists() else (),
        "content": (folder / "bundle.sigstore.json").read_bytes(),
        "artifact": f"sha256:{hashlib.sha256(file.read_bytes()).hexdigest()}",
    }


def _bundle(name: str) -> bytes:
    path, _, number = name.partition("#")
    text = (DATA / path).read_text()
    try:
        read = json.loads(text)
    except ValueError:
        bundles = [json.loads(line) for line in text.splitlines() if line.strip()]
    else:
        bundles = read.get("attestations", [read])
    chosen = bundles[int(number)]
    return json.dumps(chosen.get("bundle", chosen)).encode()


def _subject(content: bytes) -> str:
    """Return the digest that the payload itself names, so that a refusal has another reason than the subject."""
    try:
        payload = base64.b64decode(json.loads(content)["dsseEnvelope"]["payload"])
        digests = json.loads(payload)["subject"][0]["digest"]
    except (ValueError, KeyError):
        return _NOTHING
    return next(f"{name}:{value}" for name, value in digests.items() if name in ("sha256", "sha512"))


def _npm_keys() -> tuple[PublicKey, ...]:
    keys = []
    for key in json.loads((DATA / "trust/npm_keys.json").read_text())["keys"]:
        pem = f"-----BEGIN PUBLIC KEY-----\n{key['publicKey']['rawBytes']}\n-----END PUBLIC KEY-----\n"
        window = key["publicKey"]["validFor"]
        end = datetime.fromisoformat(window["end"]) if "end" in window else None
        keys.append(PublicKey(key["keyId"], pem.encode(), datetime.fromisoformat(window["start"]), end))
    return tuple(keys)
